//! The typed query builder. What it writes down is the plan that a client's filter becomes.

use super::relation::Includable;
use crate::plan::{Condition, Order, Query};
use std::fmt;
use std::marker::PhantomData;

/// A condition on a model: `shop.city.eq("Oslo").and(shop.rating.gt(4.0))`.
pub struct Where<M> {
    condition: Condition,
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

plain! { Where, condition; Filter, query; OrderTerm, order; }

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
    pub(super) fn new(condition: Condition) -> Self {
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

    pub(crate) fn into_condition(self) -> Condition {
        self.condition
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
