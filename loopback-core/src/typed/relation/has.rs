//! `HasMany<T>`, `HasAndBelongsToMany<T>`, `HasOne<T>`: rows of another model that lead to this one.

use super::calls::{counted_rows, link_calls, link_with, related_rows};
use super::engine::{Calls, maybe, one};
use super::handles::ToMany;
use super::loaded::Loaded;
use super::{Origin, RelationField, RelationType, def};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::meta::{ModelDef, RelationKindDef};
use crate::typed::model::{from_row, to_full_row};
use crate::typed::{Model, Patch};
use crate::value::Row;
use std::fmt;

/// The rows of another model that refer to this one, in a `BelongsTo` of theirs or through a model between.
///
/// Its calls go to the database each time; [`loaded`](Self::loaded) are the rows that an include brought.
///
/// ```ignore
/// let good = shop.reviews.find(&ctx, Review::props().stars.gt(3)).await?;
/// let new = shop.reviews.create(&ctx, set!(Review { stars: 5 })).await?;   // its key leads to the shop
/// ```
pub struct HasMany<T> {
    origin: Option<Origin>,
    loaded: Loaded<Vec<T>>,
}

/// The rows of another model that are linked to this one by a table of two keys.
///
/// Its calls go to the database each time; [`loaded`](Self::loaded) are the rows that an include brought.
pub struct HasAndBelongsToMany<T> {
    origin: Option<Origin>,
    loaded: Loaded<Vec<T>>,
}

/// The row of another model that refers to this one.
pub struct HasOne<T> {
    origin: Option<Origin>,
    loaded: Loaded<Vec<T>>,
}

related_rows! {
    [T: Model] HasMany<T>;
    [T: Model] HasAndBelongsToMany<T>;
}

counted_rows! {
    [T: Model] HasMany<T>;
    [T: Model] HasAndBelongsToMany<T>;
}

link_calls! {
    [T: Model] HasMany<T>;
    [T: Model] HasAndBelongsToMany<T>;
}

link_with! {
    [T: Model] HasMany<T>;
    [T: Model] HasAndBelongsToMany<T>;
}

impl<T: Model> HasOne<T> {
    /// Reads the related row, if there is one.
    ///
    /// # Errors
    /// 500 when this field was not read from the database.
    pub fn get(&self, cx: &Ctx) -> impl Future<Output = Result<Option<T>>> + Send {
        maybe(self.calls(cx).get())
    }

    /// Stores a new row that is related to this one.
    ///
    /// # Errors
    /// As [`PersistedModel::create`](crate::typed::PersistedModel::create); 409 when there is one already.
    pub fn create(&self, cx: &Ctx, data: impl Into<Patch<T>>) -> impl Future<Output = Result<T>> + Send {
        one(self.calls(cx).create(data.into().into_row()))
    }

    /// Changes some properties of the related row, and gives it as it is stored then.
    ///
    /// # Errors
    /// 404 when there is none; 422 with all that is not valid.
    pub fn update(&self, cx: &Ctx, data: impl Into<Patch<T>>) -> impl Future<Output = Result<T>> + Send {
        one(self.calls(cx).update(data.into().into_row()))
    }

    /// Deletes the related row.
    ///
    /// # Errors
    /// 404 when there is none.
    pub fn destroy(&self, cx: &Ctx) -> impl Future<Output = Result<()>> + Send {
        self.calls(cx).destroy()
    }
}

impl<T> HasOne<T> {
    /// The related row, when it was included and there is one.
    pub fn loaded(&self) -> Option<&T> {
        self.loaded.get()?.first()
    }

    /// The related row, when it was included and there is one.
    pub fn into_loaded(self) -> Option<T> {
        self.loaded.take()?.into_iter().next()
    }
}

macro_rules! lists {
    ($($name:ident)*) => { $(
        impl<T> $name<T> {
            /// The related rows, when they were included; else none.
            pub fn loaded(&self) -> &[T] {
                self.loaded.get().map(Vec::as_slice).unwrap_or_default()
            }

            /// The related rows, when they were included; else none.
            pub fn into_loaded(self) -> Vec<T> {
                self.loaded.take().unwrap_or_default()
            }
        }
    )* };
}

lists!(HasMany HasAndBelongsToMany);

macro_rules! has {
    ($($name:ident)*) => { $(
        impl<T> $name<T> {
            /// Whether it was included when this row was read.
            pub fn is_loaded(&self) -> bool {
                self.loaded.is_some()
            }
        }

        impl<T: Model> $name<T> {
            fn calls<'a>(&self, cx: &'a Ctx) -> Calls<'a> {
                Calls::new(cx, self.origin.as_ref(), RelationKindDef::$name, T::DEF.name)
            }
        }

        impl<T: Model> RelationType for $name<T> {
            const KIND: RelationKindDef = RelationKindDef::$name;
            const TARGET: Option<fn() -> &'static ModelDef> = Some(def::<T>);
            type Handle<M> = ToMany<M, T>;

            fn handle<M>(relation: u16, _: u16) -> Self::Handle<M> {
                ToMany::new(relation)
            }
        }

        impl<T: Model> RelationField for $name<T> {
            fn attach(&mut self, origin: Origin, related: Option<Vec<Row>>) -> Result<()> {
                self.origin = Some(origin);
                self.loaded = related.map(|rows| rows.into_iter().map(from_row).collect::<Result<Vec<_>>>()).transpose()?.into();
                Ok(())
            }

            fn shown(&self) -> Option<Vec<Row>> {
                let rows = self.loaded.get()?;
                Some(rows.iter().cloned().map(to_full_row).collect())
            }
        }

        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self { origin: None, loaded: Loaded::NOT }
            }
        }

        impl<T: Clone> Clone for $name<T> {
            fn clone(&self) -> Self {
                Self { origin: self.origin.clone(), loaded: self.loaded.clone() }
            }
        }

        impl<T: fmt::Debug> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.loaded.get() {
                    Some(rows) => f.debug_list().entries(rows).finish(),
                    None => f.write_str(concat!(stringify!($name), "(not loaded)")),
                }
            }
        }
    )* };
}

has!(HasMany HasAndBelongsToMany HasOne);
