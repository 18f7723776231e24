//! The calls that relations to many rows have in common. Each body is: erase, call the engine, decode.

/// Reading and writing related rows.
macro_rules! related_rows {
    ($([$($param:tt)*] $type:ty;)*) => { $(
        impl<$($param)*> $type {
            /// The related rows that a filter finds; `()` finds all.
            ///
            /// # Errors
            /// 500 when this field was not read from the database.
            pub fn find(
                &self,
                cx: &$crate::ctx::Ctx,
                filter: impl Into<$crate::typed::Filter<T>>,
            ) -> impl Future<Output = $crate::Result<Vec<T>>> + Send {
                super::engine::many(self.calls(cx).find(filter.into().into_query()))
            }

            /// The first related row that a filter finds.
            ///
            /// # Errors
            /// As [`find`](Self::find).
            pub fn find_one(
                &self,
                cx: &$crate::ctx::Ctx,
                filter: impl Into<$crate::typed::Filter<T>>,
            ) -> impl Future<Output = $crate::Result<Option<T>>> + Send {
                super::engine::first(self.calls(cx).find(filter.into().limit(1).into_query()))
            }

            /// The related row with an id; `None` also when there is a row, and it is not related.
            ///
            /// # Errors
            /// As [`find`](Self::find).
            pub fn find_by_id(
                &self,
                cx: &$crate::ctx::Ctx,
                id: impl $crate::value::IntoProperty<T::Id>,
            ) -> impl Future<Output = $crate::Result<Option<T>>> + Send {
                super::engine::maybe(self.calls(cx).find_by_id(super::calls::key::<T>(id)))
            }

            /// Stores a new row that is related to this one.
            ///
            /// # Errors
            /// As [`PersistedModel::create`](crate::typed::PersistedModel::create); 500 when this field was not read
            /// from the database.
            pub fn create(
                &self,
                cx: &$crate::ctx::Ctx,
                data: impl Into<$crate::typed::Patch<T>>,
            ) -> impl Future<Output = $crate::Result<T>> + Send {
                super::engine::one(self.calls(cx).create(data.into().into_row()))
            }

            /// Changes some properties of the related row with an id, and gives it as it is stored then.
            ///
            /// # Errors
            /// 404 when no related row has the id; 422 with all that is not valid.
            pub fn update_by_id(
                &self,
                cx: &$crate::ctx::Ctx,
                id: impl $crate::value::IntoProperty<T::Id>,
                data: impl Into<$crate::typed::Patch<T>>,
            ) -> impl Future<Output = $crate::Result<T>> + Send {
                let row = data.into().into_row();
                super::engine::one(self.calls(cx).update_by_id(super::calls::key::<T>(id), row))
            }

            /// Deletes the related row with an id.
            ///
            /// # Errors
            /// 404 when no related row has the id.
            pub fn destroy_by_id(
                &self,
                cx: &$crate::ctx::Ctx,
                id: impl $crate::value::IntoProperty<T::Id>,
            ) -> impl Future<Output = $crate::Result<()>> + Send {
                self.calls(cx).destroy_by_id(super::calls::key::<T>(id))
            }
        }
    )* };
}

/// Related rows as a whole.
macro_rules! counted_rows {
    ($([$($param:tt)*] $type:ty;)*) => { $(
        impl<$($param)*> $type {
            /// Stores new rows that are related to this one: all of them, or none.
            ///
            /// # Errors
            /// As [`create`](Self::create), of the first row that is not valid.
            pub fn create_many(
                &self,
                cx: &$crate::ctx::Ctx,
                data: impl IntoIterator<Item = $crate::typed::Patch<T>>,
            ) -> impl Future<Output = $crate::Result<Vec<T>>> + Send {
                let rows = data.into_iter().map($crate::typed::Patch::into_row).collect();
                super::engine::many(self.calls(cx).create_many(rows))
            }

            /// Deletes all related rows that a filter finds, and counts them; its order, limit and includes do not
            /// matter.
            ///
            /// # Errors
            /// As [`find`](Self::find).
            pub fn destroy_all(
                &self,
                cx: &$crate::ctx::Ctx,
                filter: impl Into<$crate::typed::Filter<T>>,
            ) -> impl Future<Output = $crate::Result<u64>> + Send {
                self.calls(cx).destroy_all(filter.into().into_query().condition)
            }

            /// Counts the related rows that a filter finds; its order, limit and includes do not matter.
            ///
            /// # Errors
            /// As [`find`](Self::find).
            pub fn count(
                &self,
                cx: &$crate::ctx::Ctx,
                filter: impl Into<$crate::typed::Filter<T>>,
            ) -> impl Future<Output = $crate::Result<u64>> + Send {
                self.calls(cx).count(filter.into().into_query().condition)
            }

            /// Whether the row with an id is related to this one.
            ///
            /// # Errors
            /// As [`find`](Self::find).
            pub fn exists(
                &self,
                cx: &$crate::ctx::Ctx,
                id: impl $crate::value::IntoProperty<T::Id>,
            ) -> impl Future<Output = $crate::Result<bool>> + Send {
                self.calls(cx).exists(super::calls::key::<T>(id))
            }
        }
    )* };
}

/// Links to rows that are there already.
macro_rules! link_calls {
    ($([$($param:tt)*] $type:ty;)*) => { $(
        impl<$($param)*> $type {
            /// Relates the row with an id to this one.
            ///
            /// # Errors
            /// 404 when there is no such row; 500 when this field was not read from the database, or is a `HasMany`
            /// that goes through no other model.
            pub fn link(
                &self,
                cx: &$crate::ctx::Ctx,
                id: impl $crate::value::IntoProperty<T::Id>,
            ) -> impl Future<Output = $crate::Result<()>> + Send {
                let linked = self.calls(cx).link(super::calls::key::<T>(id), $crate::value::Row::default(), None);
                async move { linked.await.map(drop) }
            }

            /// Relates the row with an id to this one no longer. The row stays.
            ///
            /// # Errors
            /// 404 when no related row has the id; 500 as [`link`](Self::link).
            pub fn unlink(
                &self,
                cx: &$crate::ctx::Ctx,
                id: impl $crate::value::IntoProperty<T::Id>,
            ) -> impl Future<Output = $crate::Result<()>> + Send {
                self.calls(cx).unlink(super::calls::key::<T>(id))
            }
        }
    )* };
}

/// Links with data of their own.
macro_rules! link_with {
    ($([$($param:tt)*] $type:ty;)*) => { $(
        impl<$($param)*> $type {
            /// Relates the row with an id to this one, by a row of the model between that has this data, and gives that
            /// row: `physician.patients.link_with(&ctx, 5, set!(Appointment { on: day }))`.
            ///
            /// # Errors
            /// As [`link`](Self::link); 422 with all that is not valid; 500 when it goes through another model.
            pub fn link_with<A: $crate::typed::Model>(
                &self,
                cx: &$crate::ctx::Ctx,
                id: impl $crate::value::IntoProperty<T::Id>,
                data: $crate::typed::Patch<A>,
            ) -> impl Future<Output = $crate::Result<A>> + Send {
                let key = super::calls::key::<T>(id);
                super::engine::one(self.calls(cx).link(key, data.into_row(), Some(A::DEF.name)))
            }
        }
    )* };
}

pub(super) use {counted_rows, link_calls, link_with, related_rows};

use crate::typed::Model;
use crate::value::{IntoProperty, PropertyType, Value};

/// The value of a related row's id.
pub(super) fn key<T: Model>(id: impl IntoProperty<T::Id>) -> Value {
    id.into_property().into_value()
}
