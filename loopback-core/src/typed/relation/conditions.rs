//! Conditions on related rows and on embedded data: `shop.reviews.some(review.stars.eq(5))`.

use super::AnyKey;
use super::handles::{EmbeddedOne, ToAny, ToMany, ToOne};
use crate::plan::{Condition, Related, inside};
use crate::typed::{Model, Where};
use crate::value::Value;

fn related<M>(relation: u16, some: bool, condition: Option<Condition>) -> Where<M> {
    Where::new(Condition::Related(Box::new(Related { relation: relation.into(), some, condition, between: None })))
}

impl<M, T> ToMany<M, T> {
    /// There is a related row that the condition holds for.
    pub fn some(self, condition: Where<T>) -> Where<M> {
        related(self.relation, true, Some(condition.into_condition()))
    }

    /// There is no related row that the condition holds for.
    pub fn none(self, condition: Where<T>) -> Where<M> {
        related(self.relation, false, Some(condition.into_condition()))
    }

    /// There is a related row.
    pub fn any(self) -> Where<M> {
        related(self.relation, true, None)
    }

    /// There is no related row.
    pub fn is_empty(self) -> Where<M> {
        related(self.relation, false, None)
    }
}

impl<M, T, P> ToOne<M, T, P> {
    /// The row that it leads to is such: `review.shop.is(shop.city.eq("Oslo"))`.
    pub fn is(self, condition: Where<T>) -> Where<M> {
        related(self.relation, true, Some(condition.into_condition()))
    }

    /// The row that it leads to is not such, or there is none.
    pub fn is_not(self, condition: Where<T>) -> Where<M> {
        related(self.relation, false, Some(condition.into_condition()))
    }
}

impl<M, F: AnyKey> ToAny<M, F> {
    /// It leads to a row of the model: `picture.imageable.is::<Product>()`. For one row:
    /// `picture.imageable.is::<Product>().and(picture.imageable.eq(5))`.
    pub fn is<T: Model>(self) -> Where<M> {
        // The name of the model follows the key.
        Where::new(Condition::equals(self.at() + 1, Value::Text(T::DEF.name.to_owned())))
    }
}

impl<M, T: Model, P> EmbeddedOne<M, T, P> {
    /// The embedded data is such: `supplier.address.is(address.city.eq("Troy"))`.
    ///
    /// Values are compared as they are in JSON: a date or a `Decimal` is text there. A list or an object is equal to
    /// nothing; name a place of it. What is embedded has no related rows.
    pub fn is(self, condition: Where<T>) -> Where<M> {
        let name = |at: usize| T::DEF.properties.get(at).map_or("", |property| property.name).to_owned();
        Where::new(inside(self.at(), &name, condition.into_condition()))
    }
}
