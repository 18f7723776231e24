//! `ReferencesMany<T>`: a list of keys.

use super::calls::{link_calls, related_rows};
use super::engine::Calls;
use super::handles::References;
use super::loaded::Loaded;
use super::{Origin, RelationField, RelationType, def};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::meta::{KindDef, ModelDef, RelationKindDef};
use crate::typed::Model;
use crate::typed::model::{from_row, to_full_row};
use crate::value::{IntoProperty, PropertyType, Row, TypeError, Value};
use std::fmt;

/// The rows of another model whose ids are in a list of this row: `pub categories: ReferencesMany<Category>` stores
/// the property `categoryIds`.
///
/// Its calls go to the database each time, and leave the list of the instance in hand as it was read.
pub struct ReferencesMany<T: Model, K = <T as Model>::Id> {
    keys: Vec<K>,
    origin: Option<Origin>,
    loaded: Loaded<Vec<T>>,
}

related_rows! {
    [T: Model, K] ReferencesMany<T, K>;
}

link_calls! {
    [T: Model, K] ReferencesMany<T, K>;
}

impl<T: Model, K> ReferencesMany<T, K> {
    /// The ids of the rows, in their order.
    pub fn ids(&self) -> &[K] {
        &self.keys
    }

    /// The rows, when they were included; else none.
    pub fn loaded(&self) -> &[T] {
        self.loaded.get().map(Vec::as_slice).unwrap_or_default()
    }

    /// The rows, when they were included; else none.
    pub fn into_loaded(self) -> Vec<T> {
        self.loaded.take().unwrap_or_default()
    }

    /// Whether it was included when this row was read.
    pub fn is_loaded(&self) -> bool {
        self.loaded.is_some()
    }

    fn calls<'a>(&self, cx: &'a Ctx) -> Calls<'a> {
        Calls::new(cx, self.origin.as_ref(), RelationKindDef::ReferencesMany, T::DEF.name)
    }
}

impl<T: Model, K: PropertyType> RelationType for ReferencesMany<T, K> {
    const KIND: RelationKindDef = RelationKindDef::ReferencesMany;
    const TARGET: Option<fn() -> &'static ModelDef> = Some(def::<T>);
    type Handle<M> = References<M, T, Self>;

    fn handle<M>(relation: u16, property: u16) -> Self::Handle<M> {
        References::new(relation, property)
    }
}

impl<T: Model, K: PropertyType> RelationField for ReferencesMany<T, K> {
    fn attach(&mut self, origin: Origin, related: Option<Vec<Row>>) -> Result<()> {
        self.origin = Some(origin);
        self.loaded =
            related.map(|rows| rows.into_iter().map(from_row).collect::<Result<Vec<_>>>()).transpose()?.into();
        Ok(())
    }

    fn shown(&self) -> Option<Vec<Row>> {
        let rows = self.loaded.get()?;
        Some(rows.iter().cloned().map(to_full_row).collect())
    }
}

impl<T: Model, K: PropertyType> PropertyType for ReferencesMany<T, K> {
    const KIND: KindDef = KindDef::Array(&K::KIND);
    const NULLABLE: bool = true;

    fn into_value(self) -> Value {
        self.keys.into_value()
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        let keys = if value.is_null() { Vec::new() } else { Vec::from_value(value)? };
        Ok(keys.into_iter().collect())
    }
}

impl<T: Model, K> Default for ReferencesMany<T, K> {
    fn default() -> Self {
        Self { keys: Vec::new(), origin: None, loaded: Loaded::NOT }
    }
}

impl<T: Model, K> FromIterator<K> for ReferencesMany<T, K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        Self { keys: keys.into_iter().collect(), origin: None, loaded: Loaded::NOT }
    }
}

impl<T: Model, K> IntoProperty<ReferencesMany<T, K>> for Vec<K> {
    fn into_property(self) -> ReferencesMany<T, K> {
        self.into_iter().collect()
    }
}

impl<T: Model, K, const N: usize> IntoProperty<ReferencesMany<T, K>> for [K; N] {
    fn into_property(self) -> ReferencesMany<T, K> {
        self.into_iter().collect()
    }
}

impl<T: Model, K: Clone> Clone for ReferencesMany<T, K> {
    fn clone(&self) -> Self {
        Self { keys: self.keys.clone(), origin: self.origin.clone(), loaded: self.loaded.clone() }
    }
}

impl<T: Model, K: fmt::Debug> fmt::Debug for ReferencesMany<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.loaded.get() {
            Some(rows) => f.debug_list().entries(rows).finish(),
            None => write!(f, "ReferencesMany({:?})", self.keys),
        }
    }
}
