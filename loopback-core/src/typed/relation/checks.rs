//! What an expansion asks the compiler about relations: functions that do nothing and compile only when the two ends
//! of a relation fit.

use super::handles::{ToAny, ToOne};
use super::{AnyKey, BelongsTo, BelongsToAny};
use crate::plan::Query;
use crate::typed::{Filter, Model, Prop};
use crate::value::{IntoProperty, PropertyType};
use std::marker::PhantomData;

/// A model with exactly one field `BelongsTo<M>`; the attribute implements it.
///
/// `Via` says where the field is: [`Own`], or [`Inherited`] of the base. Without it the two could overlap.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no field of the type `BelongsTo<{M}>`, or several",
    label = "the other end is missing",
    note = "add a `BelongsTo<{M}>` to `{Self}`; of several, name one: `#[relation(foreign_key = field)]`"
)]
pub trait RefersTo<M, Via = Own> {}

/// The field is one of the struct itself.
#[derive(Debug)]
pub struct Own;

/// The field is one of the base.
pub struct Inherited<Via>(PhantomData<Via>);

/// A `BelongsTo`, or an `Option` of one.
pub trait KeyOf {
    /// The model it leads to.
    type Target: Model;
    /// The type of its key.
    type Key: PropertyType;
}

impl<T: Model, K: PropertyType> KeyOf for BelongsTo<T, K> {
    type Target = T;
    type Key = K;
}

impl<F: KeyOf> KeyOf for Option<F> {
    type Target = F::Target;
    type Key = F::Key;
}

/// `T` refers to `M` by one field.
pub const fn refers<M, T: RefersTo<M, Via>, Via>() {}

/// The named field of `T` is a `BelongsTo<M>`.
pub fn refers_by<M, T, P>(_: ToOne<T, M, P>) {}

/// The named field of `T` is a `BelongsToAny` whose key is of the type of `M`'s id.
pub fn refers_by_any<M: Model, T, F>(_: ToAny<T, F>)
where
    F: AnyKey + AnyKeyTo<M::Id>,
{
}

/// A `BelongsToAny` whose key is a `K`, or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "the id `{K}` does not fit the polymorphic key of `{Self}`",
    note = "write `BelongsToAny<{K}>` there"
)]
pub trait AnyKeyTo<K> {}

impl<K> AnyKeyTo<K> for BelongsToAny<K> {}
impl<K> AnyKeyTo<K> for Option<BelongsToAny<K>> {}

/// The named property has the type of the field's key.
pub fn key_is<F: KeyOf>(_: &Prop<F::Target, F::Key>) {}

/// A property can take over the other's value.
pub fn takes_over<A, B, T: IntoProperty<U> + PropertyType, U: PropertyType>(_: &Prop<A, T>, _: &Prop<B, U>) {}

/// The query of a scope.
pub fn scope<M>(filter: impl Into<Filter<M>>) -> Query {
    filter.into().into_query()
}
