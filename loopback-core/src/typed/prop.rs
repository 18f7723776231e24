//! Handles of properties: what a query and a change set are written with.

use super::entity::Column;
use super::query::{Near, OrderTerm, Where};
use crate::plan::{Comparison, Condition, Pattern};
use crate::value::{GeoPoint, IntoProperty, PropertyType, Value};
use std::fmt;
use std::marker::PhantomData;

/// The property of a model, of a type: `CoffeeShop::props().city` is a `Prop<CoffeeShop, Option<String>>`.
pub struct Prop<M, T> {
    at: u16,
    of: PhantomData<fn() -> (M, T)>,
}

impl<M, T> Clone for Prop<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for Prop<M, T> {}

impl<M, T> fmt::Debug for Prop<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prop({})", self.at)
    }
}

impl<M, T> Prop<M, T> {
    /// The property with an index; expansions call it.
    #[doc(hidden)]
    pub const fn new(at: u16) -> Self {
        Self { at, of: PhantomData }
    }

    pub(crate) fn at(self) -> usize {
        self.at.into()
    }
}

impl<M: super::Model, T> Prop<M, T> {
    /// SeaORM's column of it, for queries of the application's own.
    pub fn column(self) -> Column<M> {
        Column::from(self.at)
    }
}

impl<M, T: PropertyType> Prop<M, T> {
    fn compare(self, comparison: Comparison, value: impl IntoProperty<T>) -> Where<M> {
        Where::new(Condition::Compare(self.at().into(), comparison, value.into_property().into_value()))
    }

    /// It equals the value; `None` equals NULL.
    pub fn eq(self, value: impl IntoProperty<T>) -> Where<M> {
        Where::new(Condition::equals(self.at(), value.into_property().into_value()))
    }

    /// It has another value. Rows without a value are left out, as in SQL; `None`: it has a value.
    pub fn neq(self, value: impl IntoProperty<T>) -> Where<M> {
        match value.into_property().into_value() {
            Value::Null => self.is_not_null(),
            value => Where::new(Condition::Compare(self.at().into(), Comparison::Ne, value)),
        }
    }

    /// It is greater.
    pub fn gt(self, value: impl IntoProperty<T>) -> Where<M> {
        self.compare(Comparison::Gt, value)
    }

    /// It is greater or equal.
    pub fn gte(self, value: impl IntoProperty<T>) -> Where<M> {
        self.compare(Comparison::Gte, value)
    }

    /// It is less.
    pub fn lt(self, value: impl IntoProperty<T>) -> Where<M> {
        self.compare(Comparison::Lt, value)
    }

    /// It is less or equal.
    pub fn lte(self, value: impl IntoProperty<T>) -> Where<M> {
        self.compare(Comparison::Lte, value)
    }

    /// It is between the two, both included.
    pub fn between(self, low: impl IntoProperty<T>, high: impl IntoProperty<T>) -> Where<M> {
        let (low, high) = (low.into_property().into_value(), high.into_property().into_value());
        Where::new(Condition::Between(self.at().into(), low, high))
    }

    fn list(self, inside: bool, values: impl IntoIterator<Item = impl IntoProperty<T>>) -> Where<M> {
        let values: Vec<_> = values.into_iter().map(|value| value.into_property().into_value()).collect();
        let null = values.iter().any(Value::is_null);
        let values: Vec<_> = values.into_iter().filter(|value| !value.is_null()).collect();
        let listed = if values.is_empty() {
            Condition::Constant(!inside)
        } else {
            Condition::In(self.at().into(), inside, values)
        };
        Where::new(match (null, inside) {
            (false, _) => listed,
            (true, true) => listed.or(Condition::Null(self.at().into(), true)),
            (true, false) => listed.and(Condition::Null(self.at().into(), false)),
        })
    }

    /// It is one of the values.
    pub fn inq(self, values: impl IntoIterator<Item = impl IntoProperty<T>>) -> Where<M> {
        self.list(true, values)
    }

    /// It is none of the values.
    pub fn nin(self, values: impl IntoIterator<Item = impl IntoProperty<T>>) -> Where<M> {
        self.list(false, values)
    }

    /// It has no value.
    pub fn is_null(self) -> Where<M> {
        Where::new(Condition::Null(self.at().into(), true))
    }

    /// It has a value.
    pub fn is_not_null(self) -> Where<M> {
        Where::new(Condition::Null(self.at().into(), false))
    }

    /// From the least up; rows without a value come last.
    pub fn asc(self) -> OrderTerm<M> {
        OrderTerm::new(self.at(), false)
    }

    /// From the greatest down; rows without a value come first.
    pub fn desc(self) -> OrderTerm<M> {
        OrderTerm::new(self.at(), true)
    }
}

/// A pattern that ends in the middle of an escape means the backslash itself. PostgreSQL would refuse it.
fn whole_pattern(mut pattern: String) -> String {
    if pattern.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1 {
        pattern.push('\\');
    }
    pattern
}

macro_rules! like {
    ($($type:ty)*) => { $(
        impl<M> Prop<M, $type> {
            /// It matches the pattern: `%` stands for any text, `_` for any character, a backslash takes their meaning
            /// away. Case counts.
            pub fn like(self, pattern: impl Into<String>) -> Where<M> {
                Where::new(Condition::Like(self.at().into(), true, whole_pattern(pattern.into())))
            }

            /// It has a value and does not match the pattern.
            pub fn nlike(self, pattern: impl Into<String>) -> Where<M> {
                Where::new(Condition::Like(self.at().into(), false, whole_pattern(pattern.into())))
            }

            /// It matches the pattern, as [`like`](Self::like); case does not count, also that of letters beyond ASCII.
            pub fn ilike(self, pattern: impl Into<String>) -> Where<M> {
                Where::new(Condition::Ilike(self.at().into(), true, pattern.into()))
            }

            /// It has a value and does not match the pattern, whatever the case.
            pub fn nilike(self, pattern: impl Into<String>) -> Where<M> {
                Where::new(Condition::Ilike(self.at().into(), false, pattern.into()))
            }

            /// The regular expression is found in it: `p.name.regexp(Pattern::new("^a")?)`. What patterns can be, and
            /// what they mean, says [`Pattern`].
            pub fn regexp(self, pattern: Pattern) -> Where<M> {
                Where::new(Condition::Regexp(self.at().into(), pattern))
            }
        }
    )* };
}

like!(String Option<String>);

macro_rules! near {
    ($($type:ty)*) => { $(
        impl<M> Prop<M, $type> {
            /// It has a point; and the rows come ordered by its distance from this one, nearest first, when the filter
            /// has no order of its own. [`Near::max_distance`] and [`Near::min_distance`] leave rows out.
            pub fn near(self, point: GeoPoint) -> Near<M> {
                Near::new(self.at(), point)
            }
        }
    )* };
}

near!(GeoPoint Option<GeoPoint>);
