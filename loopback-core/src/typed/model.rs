//! The trait that `#[model]` implements.

use super::relation::{Origin, RelationField};
use super::{Entity, Patch};
use crate::error::{Error, Result};
use crate::meta::ModelDef;
use crate::value::{PropertyType, Row, TypeError, Value};
use std::fmt::Debug;

/// A type that can be the id of a model: an integer, a `String` or a `Uuid`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the id of a model",
    note = "an id is an integer, a `String` or a `Uuid`"
)]
pub trait IdType: PropertyType + Debug + PartialEq + sea_orm_id::SeaOrmId {}

impl<T: PropertyType + Debug + PartialEq + sea_orm_id::SeaOrmId> IdType for T {}

/// What SeaORM asks of a primary key, under one name.
pub(crate) mod sea_orm_id {
    /// What SeaORM asks of a primary key.
    pub trait SeaOrmId:
        sea_orm::sea_query::IntoValueTuple
        + sea_orm::sea_query::FromValueTuple
        + sea_orm::TryGetableMany
        + sea_orm::TryFromU64
        + sea_orm::PrimaryKeyArity
    {
    }

    impl<T> SeaOrmId for T where
        T: sea_orm::sea_query::IntoValueTuple
            + sea_orm::sea_query::FromValueTuple
            + sea_orm::TryGetableMany
            + sea_orm::TryFromU64
            + sea_orm::PrimaryKeyArity
    {
    }
}

/// A model: a struct with `#[model]`.
///
/// The attribute implements it; nothing here is meant to be written by hand. For what a model can do see
/// [`PersistedModel`](super::PersistedModel).
#[diagnostic::on_unimplemented(message = "`{Self}` is not a LoopBack model", note = "add `#[model]` to the struct")]
pub trait Model:
    Sized
    + Clone
    + Debug
    + Send
    + Sync
    + 'static
    + sea_orm::ModelTrait<Entity = Entity<Self>>
    + sea_orm::FromQueryResult
    + sea_orm::IntoActiveModel<Patch<Self>>
{
    /// The type of its id.
    type Id: IdType;
    /// The handles of its properties, as those of a model `M`: itself, or one that extends it.
    type Props<M>: Copy;
    /// What the attribute saw.
    const DEF: &'static ModelDef;

    /// The handles of its properties, as those of a model `M`, in which they have the same indexes.
    #[doc(hidden)]
    fn props_of<M>() -> Self::Props<M>;

    /// The handles of its properties: `Product::props().price` is a `Prop<Product, f64>`.
    fn props() -> Self::Props<Self> {
        Self::props_of()
    }

    /// The value of the property with an index.
    fn value(&self, at: usize) -> Value;

    /// Sets the property with an index.
    ///
    /// # Errors
    /// The property's type cannot hold the value.
    fn set_value(&mut self, at: usize, value: Value) -> Result<(), TypeError>;

    /// An instance of the values that `next` gives for each index.
    ///
    /// # Errors
    /// Those of `next`, and values that a property's type cannot hold.
    fn from_values(next: &mut dyn FnMut(usize) -> Result<Value, TypeError>) -> Result<Self, TypeError>;

    /// Gives the fields that are relations, with their indexes, to `visit`.
    ///
    /// # Errors
    /// Those of `visit`.
    fn relations(&mut self, _visit: &mut dyn FnMut(usize, &mut dyn RelationField) -> Result<()>) -> Result<()> {
        Ok(())
    }
}

/// The index of the id.
pub(crate) fn id_index<M: Model>() -> usize {
    M::DEF.properties.iter().position(|property| property.id).unwrap_or_default()
}

/// The values of an instance.
pub(crate) fn to_row<M: Model>(instance: &M) -> Row {
    let mut row = Row::new(M::DEF.properties.len());
    for at in 0..M::DEF.properties.len() {
        row.set(at, instance.value(at));
    }
    row
}

/// The values of an instance, with the related rows that were read with it.
pub(crate) fn to_full_row<M: Model>(mut instance: M) -> Row {
    let mut row = to_row(&instance);
    let visited = instance.relations(&mut |at, field| {
        if let Some(related) = field.shown() {
            row.set_related(at, related);
        }
        Ok(())
    });
    // The visit above has no errors.
    debug_assert!(visited.is_ok());
    row
}

/// An instance of a row. What the row does not have is NULL.
///
/// # Errors
/// 500: the row has a value that the type cannot hold; model, property and id are in the log.
pub(crate) fn from_row<M: Model>(mut row: Row) -> Result<M> {
    let mut last = 0;
    let id = row.get(id_index::<M>()).cloned().unwrap_or_default();
    let made = M::from_values(&mut |at| {
        last = at;
        Ok(row.take(at).unwrap_or_default())
    });
    let mut made = made.map_err(|error| unreadable(M::DEF, last, &id, &error))?;
    made.relations(&mut |at, field| {
        let related = row.take_related(at);
        field.attach(Origin { model: M::DEF, relation: at, id: id.clone() }, related)
    })?;
    Ok(made)
}

fn unreadable(def: &ModelDef, at: usize, id: &Value, error: &TypeError) -> Error {
    let property = def.properties.get(at).map_or("?", |property| property.name);
    Error::internal(format!("{}.{property} of id {}: {error}", def.name, id.to_json()))
}
