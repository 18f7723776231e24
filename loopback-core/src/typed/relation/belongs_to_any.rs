//! `BelongsToAny`: a foreign key to a row of any model.

use super::engine::{Calls, maybe};
use super::handles::ToAny;
use super::{Origin, RelationField, RelationType};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::meta::{KindDef, ModelDef, RelationKindDef};
use crate::typed::Model;
use crate::typed::model::from_row;
use crate::value::{IntoProperty, PropertyType, Row, TypeError, Value};
use std::fmt;

/// The row of any model: two properties say of which model, and its id. `Option<BelongsToAny>` may name none.
///
/// ```ignore
/// Picture::create(&ctx, set!(Picture { imageable: BelongsToAny::new::<Product>(product.id) })).await?;
/// if let Some(product) = picture.imageable.get::<Product>(&ctx).await? { /* .. */ }
/// ```
pub struct BelongsToAny<K = i64> {
    key: K,
    model: String,
    origin: Option<Origin>,
    loaded: Option<Box<Row>>,
}

impl<K> BelongsToAny<K> {
    /// The id of the row that it leads to.
    pub fn id(&self) -> &K {
        &self.key
    }

    /// The name of the model that it leads to.
    pub fn model_name(&self) -> &str {
        &self.model
    }

    /// Whether it leads to a row of the model.
    pub fn is<T: Model>(&self) -> bool {
        self.model == T::DEF.name
    }

    /// The row that it leads to, when it was included; `None` also when it is one of another model.
    ///
    /// # Errors
    /// 500: the row has a value that its type cannot hold.
    pub fn loaded<T: Model>(&self) -> Result<Option<T>> {
        self.loaded.as_ref().filter(|_| self.is::<T>()).map(|row| from_row(Row::clone(row))).transpose()
    }

    /// Reads the row that it leads to; `None`: it leads to one of another model.
    ///
    /// # Errors
    /// 404 when there is no such row; 500 when this field was not read from the database.
    pub fn get<T: Model>(&self, cx: &Ctx) -> impl Future<Output = Result<Option<T>>> + Send {
        let calls = || Calls::new(cx, self.origin.as_ref(), RelationKindDef::BelongsToAny, &self.model);
        let row = self.is::<T>().then(|| maybe::<T>(calls().get()));
        async move {
            match row {
                Some(row) => row.await?.map(Some).ok_or_else(|| Error::not_found_in(T::DEF.name)),
                None => Ok(None),
            }
        }
    }
}

impl<K: PropertyType> BelongsToAny<K> {
    /// Leads to the row of a model with an id: `BelongsToAny::new::<Product>(5)`.
    pub fn new<T: Model<Id = K>>(id: impl IntoProperty<K>) -> Self {
        Self { key: id.into_property(), model: T::DEF.name.to_owned(), origin: None, loaded: None }
    }
}

/// A polymorphic key in two properties: the key, and the name of the model.
pub trait AnyKey: Sized {
    /// The kind of the key.
    const KEY: KindDef;
    /// Whether there may be none.
    const NULLABLE: bool;
    /// The type of the key, `Option` when there may be none.
    type Property: PropertyType;

    /// The value of the key.
    fn key_value(&self) -> Value;
    /// The name of the model.
    fn model_value(&self) -> Value;

    /// It, of the two values.
    ///
    /// # Errors
    /// Values of another kind.
    fn from_values(key: Value, model: Value) -> Result<Self, TypeError>;
}

impl<K: PropertyType> AnyKey for BelongsToAny<K> {
    const KEY: KindDef = K::KIND;
    const NULLABLE: bool = false;
    type Property = K;

    fn key_value(&self) -> Value {
        self.key.clone().into_value()
    }

    fn model_value(&self) -> Value {
        Value::Text(self.model.clone())
    }

    fn from_values(key: Value, model: Value) -> Result<Self, TypeError> {
        Ok(Self { key: K::from_value(key)?, model: String::from_value(model)?, origin: None, loaded: None })
    }
}

impl<K: PropertyType> AnyKey for Option<BelongsToAny<K>> {
    const KEY: KindDef = K::KIND;
    const NULLABLE: bool = true;
    type Property = Option<K>;

    fn key_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, AnyKey::key_value)
    }

    fn model_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, AnyKey::model_value)
    }

    fn from_values(key: Value, model: Value) -> Result<Self, TypeError> {
        if key.is_null() || model.is_null() { Ok(None) } else { BelongsToAny::from_values(key, model).map(Some) }
    }
}

impl<K: PropertyType> RelationType for BelongsToAny<K> {
    const KIND: RelationKindDef = RelationKindDef::BelongsToAny;
    const TARGET: Option<fn() -> &'static ModelDef> = None;
    type Handle<M> = ToAny<M, Self>;

    fn handle<M>(relation: u16, property: u16) -> Self::Handle<M> {
        ToAny::new(relation, property)
    }
}

impl<K: PropertyType> RelationType for Option<BelongsToAny<K>> {
    const KIND: RelationKindDef = RelationKindDef::BelongsToAny;
    const TARGET: Option<fn() -> &'static ModelDef> = None;
    type Handle<M> = ToAny<M, Self>;

    fn handle<M>(relation: u16, property: u16) -> Self::Handle<M> {
        ToAny::new(relation, property)
    }
}

impl<K: PropertyType> RelationField for BelongsToAny<K> {
    fn attach(&mut self, origin: Origin, related: Option<Vec<Row>>) -> Result<()> {
        self.origin = Some(origin);
        self.loaded = related.and_then(|mut rows| rows.pop()).map(Box::new);
        Ok(())
    }

    fn shown(&self) -> Option<Vec<Row>> {
        self.loaded.as_ref().map(|row| vec![Row::clone(row)])
    }
}

impl<K: PropertyType> IntoProperty<Option<BelongsToAny<K>>> for BelongsToAny<K> {
    fn into_property(self) -> Option<BelongsToAny<K>> {
        Some(self)
    }
}

impl<K: Clone> Clone for BelongsToAny<K> {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            model: self.model.clone(),
            origin: self.origin.clone(),
            loaded: self.loaded.clone(),
        }
    }
}

impl<K: fmt::Debug> fmt::Debug for BelongsToAny<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BelongsToAny({} {:?})", self.model, self.key)
    }
}
