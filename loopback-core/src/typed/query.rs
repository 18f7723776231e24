//! The typed query builder. What it writes down is the plan that a client's filter becomes.

use super::relation::Includable;
use crate::plan::{self, Condition, Order, Query};
use crate::value::{GeoPoint, Unit};
use std::fmt;
use std::marker::PhantomData;

/// A condition on a model: `shop.city.eq("Oslo").and(shop.rating.gt(4.0))`.
pub struct Where<M> {
    condition: Condition,
    of: PhantomData<fn() -> M>,
}

/// A condition on the distance of a geo point: `shop.place.near(here).max_distance(2.0, Unit::Kilometers)`. It goes
/// where a [`Where`] or a [`Filter`] goes.
pub struct Near<M> {
    near: plan::Near,
    of: PhantomData<fn() -> M>,
}

/// A condition, an order, a limit: `shop.city.eq("Oslo").order(shop.rating.desc()).limit(20)`.
pub struct Filter<M> {
    query: Query,
    of: PhantomData<fn() -> M>,
}

/// A property to order by, with the direction: `shop.rating.desc()`.
pub struct OrderTerm<M> {
    order: Order,
    of: PhantomData<fn() -> M>,
}

macro_rules! plain {
    ($($type:ident, $field:ident;)*) => { $(
        impl<M> Clone for $type<M> {
            fn clone(&self) -> Self {
                Self { $field: self.$field.clone(), of: PhantomData }
            }
        }
        impl<M> fmt::Debug for $type<M> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.$field.fmt(f)
            }
        }
    )* };
}

plain! { Where, condition; Near, near; Filter, query; OrderTerm, order; }

impl<M> Near<M> {
    pub(super) fn new(at: usize, from: GeoPoint) -> Self {
        Self { near: plan::Near { at, from, min: None, max: None }, of: PhantomData }
    }

    /// No farther than this. No point is within a distance that is negative or not a number.
    #[must_use]
    pub fn max_distance(mut self, distance: f64, unit: Unit) -> Self {
        self.near.max = Some(unit.to_radians(distance));
        self
    }

    /// No nearer than this. No point is beyond a distance that is not a number.
    #[must_use]
    pub fn min_distance(mut self, distance: f64, unit: Unit) -> Self {
        self.near.min = Some(unit.to_radians(distance));
        self
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: impl Into<Where<M>>) -> Where<M> {
        Where::from(self).and(other.into())
    }

    /// One of the two holds. The rows do not come ordered by distance.
    #[must_use]
    pub fn or(self, other: impl Into<Where<M>>) -> Where<M> {
        Where::from(self).or(other.into())
    }

    /// Orders the rows by a property instead of by distance.
    pub fn order(self, term: OrderTerm<M>) -> Filter<M> {
        Filter::from(self).order(term)
    }

    /// At most so many rows: the nearest.
    pub fn limit(self, limit: u64) -> Filter<M> {
        Filter::from(self).limit(limit)
    }

    /// Leaves out so many rows at the beginning: the nearest.
    pub fn skip(self, skip: u64) -> Filter<M> {
        Filter::from(self).skip(skip)
    }

    /// Reads related rows along; see [`Filter::include`].
    pub fn include(self, include: impl Includable<M>) -> Filter<M> {
        Filter::from(self).include(include)
    }
}

impl<M> From<Near<M>> for Where<M> {
    fn from(near: Near<M>) -> Self {
        Self::new(Condition::Near(near.near))
    }
}

impl<M> From<Near<M>> for Filter<M> {
    fn from(near: Near<M>) -> Self {
        Where::from(near).into()
    }
}

impl<M> OrderTerm<M> {
    pub(super) fn new(at: usize, descending: bool) -> Self {
        Self { order: Order { at, descending }, of: PhantomData }
    }

    /// Orders rows that agree in the property by another one.
    pub fn order(self, term: Self) -> Filter<M> {
        Filter::from(self).order(term)
    }

    /// At most so many rows.
    pub fn limit(self, limit: u64) -> Filter<M> {
        Filter::from(self).limit(limit)
    }

    /// Leaves out so many rows at the beginning.
    pub fn skip(self, skip: u64) -> Filter<M> {
        Filter::from(self).skip(skip)
    }

    /// Reads related rows along; see [`Filter::include`].
    pub fn include(self, include: impl Includable<M>) -> Filter<M> {
        Filter::from(self).include(include)
    }
}

impl<M> Where<M> {
    pub(crate) fn new(condition: Condition) -> Self {
        Self { condition, of: PhantomData }
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::new(self.condition.and(other.condition))
    }

    /// One of the two holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::new(self.condition.or(other.condition))
    }

    /// It does not hold: rows of which it is unknown, because a property has no value, are among those that are found.
    #[must_use]
    #[allow(clippy::should_implement_trait, reason = "`!condition` works too; a chain of calls reads better")]
    pub fn not(self) -> Self {
        Self::new(self.condition.negated())
    }

    /// Orders the rows by a property; the first call is the strongest.
    pub fn order(self, term: OrderTerm<M>) -> Filter<M> {
        Filter::from(self).order(term)
    }

    /// At most so many rows.
    pub fn limit(self, limit: u64) -> Filter<M> {
        Filter::from(self).limit(limit)
    }

    /// Leaves out so many rows at the beginning.
    pub fn skip(self, skip: u64) -> Filter<M> {
        Filter::from(self).skip(skip)
    }

    /// Reads related rows along; see [`Filter::include`].
    pub fn include(self, include: impl Includable<M>) -> Filter<M> {
        Filter::from(self).include(include)
    }

    pub(crate) fn of(condition: Condition) -> Self {
        Self { condition, of: PhantomData }
    }

    pub(crate) fn into_condition(self) -> Condition {
        self.condition
    }
}

impl<M> std::ops::Not for Where<M> {
    type Output = Self;

    fn not(self) -> Self {
        self.not()
    }
}

impl<M> Default for Filter<M> {
    fn default() -> Self {
        Self { query: Query::default(), of: PhantomData }
    }
}

impl<M> Filter<M> {
    /// All rows, by id.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only rows that the condition holds for, too.
    #[must_use]
    pub fn filter(mut self, condition: Where<M>) -> Self {
        self.query.condition = Some(match self.query.condition.take() {
            None => condition.condition,
            Some(first) => first.and(condition.condition),
        });
        self
    }

    /// Orders the rows by a property; the first call is the strongest.
    #[must_use]
    pub fn order(mut self, term: OrderTerm<M>) -> Self {
        self.query.order.push(term.order);
        self
    }

    /// At most so many rows.
    #[must_use]
    pub fn limit(mut self, limit: u64) -> Self {
        self.query.limit = Some(limit);
        self
    }

    /// Leaves out so many rows at the beginning.
    #[must_use]
    pub fn skip(mut self, skip: u64) -> Self {
        self.query.skip = Some(skip);
        self
    }

    /// Reads related rows along: `shop.reviews`, `shop.reviews.scope(review.stars.gt(3).limit(2))`, or a tuple of such.
    /// The fields of the instances have them in `loaded()`. Of a relation that is included twice the last one counts.
    #[must_use]
    pub fn include(mut self, include: impl Includable<M>) -> Self {
        for include in include.into_includes() {
            self.query.include.retain(|known| known.relation != include.relation);
            self.query.include.push(include);
        }
        self
    }

    pub(crate) fn of_query(query: Query) -> Self {
        Self { query, of: PhantomData }
    }

    pub(crate) fn into_query(self) -> Query {
        self.query
    }
}

impl<M> From<Where<M>> for Filter<M> {
    fn from(condition: Where<M>) -> Self {
        Self { query: Query::of(Some(condition.condition)), of: PhantomData }
    }
}

impl<M> From<OrderTerm<M>> for Filter<M> {
    fn from(term: OrderTerm<M>) -> Self {
        Self::new().order(term)
    }
}

/// All rows, by id.
impl<M> From<()> for Filter<M> {
    fn from((): ()) -> Self {
        Self::new()
    }
}
