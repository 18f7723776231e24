//! `EmbedsOne<T>`, `EmbedsMany<T>`: data of another model inside this row.

use super::calls::key;
use super::engine::{Calls, one};
use super::handles::{EmbeddedMany, EmbeddedOne};
use super::{Origin, RelationField, RelationType, def};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::meta::{KindDef, ModelDef, RelationKindDef};
use crate::typed::{Model, Patch};
use crate::value::{IntoProperty, PropertyType, Row, TypeError, Value};
use std::fmt;
use std::ops::Deref;

/// Data of a model that is stored inside this row.
///
/// ```ignore
/// Supplier::create(&ctx, set!(Supplier { address: Address { street: "High Street".into() } })).await?;
/// supplier.address.update(&ctx, set!(Address { street: "Low Street" })).await?;   // this place alone
/// ```
pub struct EmbedsOne<T> {
    origin: Option<Origin>,
    item: Option<Box<T>>,
}

/// A list of data of a model that is stored inside this row: a slice of it.
///
/// Its calls change the row in the database, and leave the instance in hand as it was read.
pub struct EmbedsMany<T> {
    origin: Option<Origin>,
    items: Vec<T>,
}

impl<T> EmbedsOne<T> {
    /// The data, as it was read.
    pub fn get(&self) -> Option<&T> {
        self.item.as_deref()
    }

    /// The data, to be changed before the instance is saved.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.item.as_deref_mut()
    }

    /// The data, as it was read.
    pub fn into_inner(self) -> Option<T> {
        self.item.map(|item| *item)
    }
}

impl<T: Model> EmbedsOne<T> {
    /// Stores data in the row; what was there is replaced.
    ///
    /// # Errors
    /// 422 with all that is not valid; 404 when the row is gone; 500 when this field was not read from the database.
    pub fn create(&self, cx: &Ctx, data: impl Into<Patch<T>>) -> impl Future<Output = Result<T>> + Send {
        one(self.calls(cx).create(data.into().into_row()))
    }

    /// Changes some properties of the data, and gives it as it is stored then.
    ///
    /// # Errors
    /// As [`create`](Self::create); 404 also when there is no data.
    pub fn update(&self, cx: &Ctx, data: impl Into<Patch<T>>) -> impl Future<Output = Result<T>> + Send {
        one(self.calls(cx).update(data.into().into_row()))
    }

    /// Takes the data out of the row. There may be none.
    ///
    /// # Errors
    /// 404 when the row is gone; 500 when this field was not read from the database.
    pub fn destroy(&self, cx: &Ctx) -> impl Future<Output = Result<()>> + Send {
        self.calls(cx).destroy()
    }

    fn calls<'a>(&self, cx: &'a Ctx) -> Calls<'a> {
        Calls::new(cx, self.origin.as_ref(), RelationKindDef::EmbedsOne, T::DEF.name)
    }
}

impl<T> EmbedsMany<T> {
    /// The items, as they were read.
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// The items, to be changed before the instance is saved.
    pub fn items_mut(&mut self) -> &mut Vec<T> {
        &mut self.items
    }

    /// The items, as they were read.
    pub fn into_items(self) -> Vec<T> {
        self.items
    }
}

impl<T: Model> EmbedsMany<T> {
    /// Adds an item to the row.
    ///
    /// # Errors
    /// 422 with all that is not valid; 404 when the row is gone; 500 when this field was not read from the database.
    pub fn create(&self, cx: &Ctx, data: impl Into<Patch<T>>) -> impl Future<Output = Result<T>> + Send {
        one(self.calls(cx).create(data.into().into_row()))
    }

    /// Changes some properties of the item with an id, and gives it as it is stored then.
    ///
    /// # Errors
    /// As [`create`](Self::create); 404 also when no item has the id.
    pub fn update_by_id(
        &self,
        cx: &Ctx,
        id: impl IntoProperty<T::Id>,
        data: impl Into<Patch<T>>,
    ) -> impl Future<Output = Result<T>> + Send {
        one(self.calls(cx).update_by_id(key::<T>(id), data.into().into_row()))
    }

    /// Takes the item with an id out of the row. There may be none.
    ///
    /// # Errors
    /// 404 when the row is gone; 500 when this field was not read from the database.
    pub fn destroy_by_id(&self, cx: &Ctx, id: impl IntoProperty<T::Id>) -> impl Future<Output = Result<()>> + Send {
        self.calls(cx).destroy_by_id(key::<T>(id))
    }

    fn calls<'a>(&self, cx: &'a Ctx) -> Calls<'a> {
        Calls::new(cx, self.origin.as_ref(), RelationKindDef::EmbedsMany, T::DEF.name)
    }
}

impl<T: Model> RelationType for EmbedsOne<T> {
    const KIND: RelationKindDef = RelationKindDef::EmbedsOne;
    const TARGET: Option<fn() -> &'static ModelDef> = Some(def::<T>);
    type Handle<M> = EmbeddedOne<M, T, Self>;

    fn handle<M>(relation: u16, property: u16) -> Self::Handle<M> {
        EmbeddedOne::new(relation, property)
    }
}

impl<T: Model> RelationType for EmbedsMany<T> {
    const KIND: RelationKindDef = RelationKindDef::EmbedsMany;
    const TARGET: Option<fn() -> &'static ModelDef> = Some(def::<T>);
    type Handle<M> = EmbeddedMany<M, T, Self>;

    fn handle<M>(relation: u16, property: u16) -> Self::Handle<M> {
        EmbeddedMany::new(relation, property)
    }
}

/// The JSON object of embedded data.
fn embed<T: Model>(item: &T) -> serde_json::Value {
    let properties = T::DEF.properties.iter().enumerate();
    let set = properties.map(|(at, property)| (property, item.value(at))).filter(|(_, value)| !value.is_null());
    serde_json::Value::Object(set.map(|(property, value)| (property.name.to_owned(), value.to_json())).collect())
}

/// Embedded data of its JSON object.
fn unembed<T: Model>(json: serde_json::Value) -> Result<T, TypeError> {
    let serde_json::Value::Object(mut map) = json else {
        return Err(TypeError::new(format!("{json} is no {}", T::DEF.name)));
    };
    T::from_values(&mut |at| {
        let property = &T::DEF.properties[at];
        crate::value::stored(&property.kind, map.remove(property.name).unwrap_or_default())
            .map_err(|error| TypeError::new(format!("{}.{}: {error}", T::DEF.name, property.name)))
    })
}

impl<T: Model> PropertyType for EmbedsOne<T> {
    // What the object has is known when the graph is built: it is the target's properties.
    const KIND: KindDef = KindDef::Any;
    const NULLABLE: bool = true;
    const HOLDS_ALL: bool = true;

    fn into_value(self) -> Value {
        self.item.map_or(Value::Null, |item| Value::Json(embed(&*item)))
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        match value {
            Value::Null => Ok(Self::default()),
            Value::Json(json) => Ok(unembed::<T>(json)?.into()),
            other => Err(TypeError::expected("an object", &other)),
        }
    }
}

impl<T: Model> PropertyType for EmbedsMany<T> {
    const KIND: KindDef = KindDef::Array(&KindDef::Any);
    const NULLABLE: bool = true;
    const HOLDS_ALL: bool = true;

    fn into_value(self) -> Value {
        Value::Json(self.items.iter().map(embed).collect())
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        match value {
            Value::Null => Ok(Self::default()),
            Value::Json(serde_json::Value::Array(items)) => items.into_iter().map(unembed).collect(),
            other => Err(TypeError::expected("a list", &other)),
        }
    }
}

impl<T: Model> RelationField for EmbedsOne<T> {
    fn attach(&mut self, origin: Origin, _: Option<Vec<Row>>) -> Result<()> {
        self.origin = Some(origin);
        Ok(())
    }
}

impl<T: Model> RelationField for EmbedsMany<T> {
    fn attach(&mut self, origin: Origin, _: Option<Vec<Row>>) -> Result<()> {
        self.origin = Some(origin);
        Ok(())
    }
}

impl<T> From<T> for EmbedsOne<T> {
    fn from(item: T) -> Self {
        Some(item).into()
    }
}

impl<T> From<Option<T>> for EmbedsOne<T> {
    fn from(item: Option<T>) -> Self {
        Self { origin: None, item: item.map(Box::new) }
    }
}

impl<T: Model> IntoProperty<EmbedsOne<T>> for T {
    fn into_property(self) -> EmbedsOne<T> {
        self.into()
    }
}

impl<T: Model> IntoProperty<EmbedsOne<T>> for Option<T> {
    fn into_property(self) -> EmbedsOne<T> {
        self.into()
    }
}

impl<T> FromIterator<T> for EmbedsMany<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self { origin: None, items: items.into_iter().collect() }
    }
}

impl<T: Model> IntoProperty<EmbedsMany<T>> for Vec<T> {
    fn into_property(self) -> EmbedsMany<T> {
        self.into_iter().collect()
    }
}

impl<T: Model, const N: usize> IntoProperty<EmbedsMany<T>> for [T; N] {
    fn into_property(self) -> EmbedsMany<T> {
        self.into_iter().collect()
    }
}

impl<T> Deref for EmbedsMany<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<'a, T> IntoIterator for &'a EmbedsMany<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<T: Clone> Clone for EmbedsOne<T> {
    fn clone(&self) -> Self {
        Self { origin: self.origin.clone(), item: self.item.clone() }
    }
}

impl<T> Default for EmbedsOne<T> {
    fn default() -> Self {
        Self { origin: None, item: None }
    }
}

impl<T: fmt::Debug> fmt::Debug for EmbedsOne<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.item.fmt(f)
    }
}

impl<T: Clone> Clone for EmbedsMany<T> {
    fn clone(&self) -> Self {
        Self { origin: self.origin.clone(), items: self.items.clone() }
    }
}

impl<T> Default for EmbedsMany<T> {
    fn default() -> Self {
        Self { origin: None, items: Vec::new() }
    }
}

impl<T: fmt::Debug> fmt::Debug for EmbedsMany<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(f)
    }
}
