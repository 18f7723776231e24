//! Related rows that are read along: `find(&ctx, shop.city.eq("Oslo").include(shop.reviews))`.

use super::AnyKey;
use super::handles::{References, ToAny, ToMany, ToOne};
use crate::plan::{self, Query};
use crate::typed::Filter;
use std::fmt;
use std::marker::PhantomData;

/// A relation of a model with what is wanted of it: `shop.reviews.scope(review.stars.gt(3).limit(2))`.
pub struct Include<M> {
    include: plan::Include,
    of: PhantomData<fn() -> M>,
}

impl<M> Include<M> {
    fn new(relation: u16, query: Query) -> Self {
        Self { include: plan::Include { relation: relation.into(), query, of_any: Vec::new() }, of: PhantomData }
    }
}

impl<M> Clone for Include<M> {
    fn clone(&self) -> Self {
        Self { include: self.include.clone(), of: PhantomData }
    }
}

impl<M> fmt::Debug for Include<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.include.fmt(f)
    }
}

/// What `include` takes: the handle of a relation, one with a [`scope`](ToMany::scope), or a tuple of such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relation of `{M}` that can be included",
    label = "not a relation of `{M}`",
    note = "write a handle of `{M}`'s own relations, `.scope(..)` of one, or a tuple of such",
    note = "relations of the related rows go into the scope: `shop.reviews.scope(Filter::new().include(review.author))`",
    note = "embedded data is part of its row: it is there without being included"
)]
pub trait Includable<M> {
    /// The includes of a plan.
    #[doc(hidden)]
    fn into_includes(self) -> Vec<plan::Include>;
}

impl<M> Includable<M> for Include<M> {
    fn into_includes(self) -> Vec<plan::Include> {
        vec![self.include]
    }
}

/// `scope` and the bare handle, for relations to rows of a model `T`.
macro_rules! includable {
    ($($name:ident<M, T $(, $param:ident)?>;)*) => { $(
        impl<M, T $(, $param)?> $name<M, T $(, $param)?> {
            /// The related rows that a filter finds, in its order, with its includes. A limit counts for each row that
            /// they are related to.
            pub fn scope(self, filter: impl Into<Filter<T>>) -> Include<M> {
                Include::new(self.relation, filter.into().into_query())
            }
        }

        impl<M, T $(, $param)?> Includable<M> for $name<M, T $(, $param)?> {
            fn into_includes(self) -> Vec<plan::Include> {
                Include::<M>::new(self.relation, Query::default()).into_includes()
            }
        }
    )* };
}

includable! {
    ToOne<M, T, P>;
    ToMany<M, T>;
    References<M, T, P>;
}

impl<M, F: AnyKey> Includable<M> for ToAny<M, F> {
    fn into_includes(self) -> Vec<plan::Include> {
        Include::<M>::new(self.relation, Query::default()).into_includes()
    }
}

macro_rules! tuple {
    ($($name:ident $at:tt),*) => {
        impl<M, $($name: Includable<M>),*> Includable<M> for ($($name,)*) {
            fn into_includes(self) -> Vec<plan::Include> {
                [$(self.$at.into_includes()),*].concat()
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
