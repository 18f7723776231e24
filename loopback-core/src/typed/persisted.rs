//! Typed CRUD. Each body is: erase, call the engine, decode.

use super::model::{from_row, id_index, to_row};
use super::query::{Filter, Where};
use super::relation::Includable;
use super::select::Selection;
use super::{Model, Patch, Settable};
use crate::ctx::Ctx;
use crate::engine::{self, Input};
use crate::error::{Error, Result};
use crate::events::ModelEvents;
use crate::graph::ModelNode;
use crate::plan::{Condition, FieldSet, FreeFields};
use crate::value::{IntoProperty, PropertyType, Row, Value};
use futures_util::future::BoxFuture;
use std::future::Future;
use std::sync::Arc;

/// What every model can do with its rows. Implemented for all models; every call passes the operation pipeline
/// (defaults, validations, the unique indexes) exactly as a REST request does.
///
/// Errors of all calls: 503 when the database cannot be reached in time, 500 when a stored value does not fit its type
/// (the log names model, property and id). Others stand at the call.
pub trait PersistedModel: Model {
    /// The rows that a filter finds; `()` finds all, by id.
    fn find(cx: &Ctx, filter: impl Into<Filter<Self>>) -> impl Future<Output = Result<Vec<Self>>> + Send {
        let query = filter.into().into_query();
        async move { erased::find(cx, node::<Self>(cx)?, query).await?.into_iter().map(from_row).collect() }
    }

    /// The first row that a filter finds.
    fn find_one(cx: &Ctx, filter: impl Into<Filter<Self>>) -> impl Future<Output = Result<Option<Self>>> + Send {
        let query = filter.into().limit(1).into_query();
        async move { erased::find(cx, node::<Self>(cx)?, query).await?.pop().map(from_row).transpose() }
    }

    /// The row with an id.
    fn find_by_id(cx: &Ctx, id: impl IntoProperty<Self::Id>) -> impl Future<Output = Result<Option<Self>>> + Send {
        let id = id.into_property().into_value();
        async move { erased::find_by_id(cx, node::<Self>(cx)?, id).await?.map(from_row).transpose() }
    }

    /// The row with an id, and related rows: `find_by_id_with(&ctx, 1, shop.reviews)`; a tuple includes several.
    fn find_by_id_with(
        cx: &Ctx,
        id: impl IntoProperty<Self::Id>,
        include: impl Includable<Self>,
    ) -> impl Future<Output = Result<Option<Self>>> + Send {
        let filter = Filter::<Self>::new().include(include).limit(1);
        let (id, mut query) = (id.into_property().into_value(), filter.into_query());
        query.condition = Some(Condition::equals(id_index::<Self>(), id));
        async move { erased::find(cx, node::<Self>(cx)?, query).await?.pop().map(from_row).transpose() }
    }

    /// Some properties of the rows that a filter finds: `select(&ctx, (shop.name, shop.rating), ())` gives tuples.
    /// Includes of the filter do not matter.
    fn select<S: Selection<Self>>(
        cx: &Ctx,
        selection: S,
        filter: impl Into<Filter<Self>>,
    ) -> impl Future<Output = Result<Vec<S::Output>>> + Send {
        let mut query = filter.into().into_query();
        query.include = Vec::new();
        query.fields = Some(FieldSet { columns: selection.columns(), free: FreeFields::Only(Vec::new()) });
        async move {
            let rows = erased::find(cx, node::<Self>(cx)?, query).await?;
            rows.into_iter().map(|mut row| selection.read(&mut row)).collect()
        }
    }

    /// Whether there is a row with an id.
    fn exists(cx: &Ctx, id: impl IntoProperty<Self::Id>) -> impl Future<Output = Result<bool>> + Send {
        let id = id.into_property().into_value();
        async move { erased::exists(cx, node::<Self>(cx)?, id).await }
    }

    /// Counts the rows that a filter finds; its order, limit and includes do not matter.
    fn count(cx: &Ctx, filter: impl Into<Filter<Self>>) -> impl Future<Output = Result<u64>> + Send {
        let query = filter.into().into_query();
        async move { erased::count(cx, node::<Self>(cx)?, query.condition).await }
    }

    /// Stores a new row: `create(&ctx, set!(CoffeeShop { name: "Bean" }))`. Defaults fill the rest.
    ///
    /// # Errors
    /// 422 with all that is not valid; 409 when a row has the id.
    fn create(cx: &Ctx, data: impl Into<Patch<Self>>) -> impl Future<Output = Result<Self>> + Send {
        let row = data.into().into_row();
        async move { from_row(erased::create(cx, node::<Self>(cx)?, row).await?) }
    }

    /// Stores new rows: all of them, or none.
    ///
    /// # Errors
    /// As [`create`](Self::create), of the first row that is not valid.
    fn create_many(
        cx: &Ctx,
        data: impl IntoIterator<Item = Patch<Self>>,
    ) -> impl Future<Output = Result<Vec<Self>>> + Send {
        let rows: Vec<Row> = data.into_iter().map(Patch::into_row).collect();
        async move { erased::create_many(cx, node::<Self>(cx)?, rows).await?.into_iter().map(from_row).collect() }
    }

    /// The first row that a filter finds, or a new one; `true`: it is new. Called by many at once for one unique value,
    /// all get the same row. Includes of the filter do not matter.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    fn find_or_create(
        cx: &Ctx,
        filter: impl Into<Filter<Self>>,
        data: impl Into<Patch<Self>>,
    ) -> impl Future<Output = Result<(Self, bool)>> + Send {
        let (mut query, row) = (filter.into().into_query(), data.into().into_row());
        query.include = Vec::new();
        async move {
            let (row, created) = erased::find_or_create(cx, node::<Self>(cx)?, query, row).await?;
            Ok((from_row(row)?, created))
        }
    }

    /// Changes the row with the data's id like a patch, or creates one.
    ///
    /// # Errors
    /// As [`create`](Self::create); 404 when the id is unknown and made by the database.
    fn upsert(cx: &Ctx, data: impl Into<Patch<Self>>) -> impl Future<Output = Result<Self>> + Send {
        let row = data.into().into_row();
        async move { from_row(erased::upsert(cx, node::<Self>(cx)?, row).await?) }
    }

    /// Changes the one row that a condition finds, or creates one when it finds none.
    ///
    /// # Errors
    /// As [`create`](Self::create); 400 when it finds more than one.
    fn upsert_with_where(
        cx: &Ctx,
        condition: Where<Self>,
        data: impl Into<Patch<Self>>,
    ) -> impl Future<Output = Result<Self>> + Send {
        let (condition, row) = (condition.into_condition(), data.into().into_row());
        async move { from_row(erased::upsert_with_where(cx, node::<Self>(cx)?, condition, row).await?) }
    }

    /// Replaces the row with the data's id (what the data does not set becomes its default or nothing), or creates one.
    ///
    /// # Errors
    /// As [`create`](Self::create); 404 when the id is unknown and made by the database.
    fn replace_or_create(cx: &Ctx, data: impl Into<Patch<Self>>) -> impl Future<Output = Result<Self>> + Send {
        let row = data.into().into_row();
        async move { from_row(erased::replace_or_create(cx, node::<Self>(cx)?, row).await?) }
    }

    /// Replaces the row with an id: what the data does not set becomes its default or nothing.
    ///
    /// # Errors
    /// As [`create`](Self::create); 404 when there is no such row.
    fn replace_by_id(
        cx: &Ctx,
        id: impl IntoProperty<Self::Id>,
        data: impl Into<Patch<Self>>,
    ) -> impl Future<Output = Result<Self>> + Send {
        let (id, row) = (id.into_property().into_value(), data.into().into_row());
        async move { from_row(erased::replace_by_id(cx, node::<Self>(cx)?, id, row).await?) }
    }

    /// Changes some properties of all rows that a filter finds, and counts them; its order, limit and includes do
    /// not matter.
    ///
    /// # Errors
    /// 422 with all that is not valid; 400 when the data has an id.
    fn update_all(
        cx: &Ctx,
        filter: impl Into<Filter<Self>>,
        data: impl Into<Patch<Self>>,
    ) -> impl Future<Output = Result<u64>> + Send {
        let (query, row) = (filter.into().into_query(), data.into().into_row());
        async move { erased::update_all(cx, node::<Self>(cx)?, query.condition, row).await }
    }

    /// Deletes all rows that a filter finds, and counts them; its order, limit and includes do not
    /// matter.
    fn destroy_all(cx: &Ctx, filter: impl Into<Filter<Self>>) -> impl Future<Output = Result<u64>> + Send {
        let query = filter.into().into_query();
        async move { erased::delete_all(cx, node::<Self>(cx)?, query.condition).await }
    }

    /// Deletes the row with an id; `false`: there was none.
    fn destroy_by_id(cx: &Ctx, id: impl IntoProperty<Self::Id>) -> impl Future<Output = Result<bool>> + Send {
        let id = id.into_property().into_value();
        async move { Ok(erased::delete_by_id(cx, node::<Self>(cx)?, id).await? > 0) }
    }

    /// What happens to its rows from now on, in this process: `while let Some(event) = events.next().await { .. }`.
    ///
    /// # Errors
    /// 500: the model is not part of the app.
    fn events(cx: &Ctx) -> Result<ModelEvents<Self>> {
        Ok(ModelEvents::of(node_of(cx, Self::DEF.name)?))
    }

    /// Its id.
    fn id_value(&self) -> Result<Self::Id> {
        Ok(Self::Id::from_value(self.value(id_index::<Self>()))?)
    }

    /// Stores the instance as it is: the row with its id is replaced, or created when the id is the application's to
    /// give. It becomes what is stored.
    ///
    /// # Errors
    /// 422 with all that is not valid; 404 when its row is gone.
    fn save(&mut self, cx: &Ctx) -> impl Future<Output = Result<()>> + Send {
        let mut row = to_row(self);
        async move {
            let node = node::<Self>(cx)?;
            if let Some(updated) = node.updated {
                // It changes now, and not when it was read.
                row.take(updated);
            }
            *self = from_row(erased::replace_or_create(cx, node, row).await?)?;
            Ok(())
        }
    }

    /// Changes one property and gives the row as it is stored then.
    ///
    /// # Errors
    /// As [`update_attributes`](Self::update_attributes).
    fn update_attribute<S: Settable<Self>>(
        &self,
        cx: &Ctx,
        property: S,
        value: impl IntoProperty<S::Value>,
    ) -> impl Future<Output = Result<Self>> + Send {
        self.update_attributes(cx, Patch::new().set(property, value))
    }

    /// Changes some properties and gives the row as it is stored then.
    ///
    /// # Errors
    /// 422 with all that is not valid; 404 when its row is gone; 400 when the data has another id.
    fn update_attributes(&self, cx: &Ctx, data: impl Into<Patch<Self>>) -> impl Future<Output = Result<Self>> + Send {
        let (id, row) = (self.value(id_index::<Self>()), data.into().into_row());
        async move {
            let model = node::<Self>(cx)?;
            // Hooks see the instance as it is here.
            let known = (model.hooks.saves() || model.hooks.choose()).then(|| to_row(self));
            from_row(erased::patch(cx, model, id, known, row).await?)
        }
    }

    /// Replaces its row: what the data does not set becomes its default or nothing.
    ///
    /// # Errors
    /// As [`update_attributes`](Self::update_attributes).
    fn replace_attributes(&self, cx: &Ctx, data: impl Into<Patch<Self>>) -> impl Future<Output = Result<Self>> + Send {
        let (id, row) = (self.value(id_index::<Self>()), data.into().into_row());
        async move { from_row(erased::replace_by_id(cx, node::<Self>(cx)?, id, row).await?) }
    }

    /// The row as it is stored now.
    ///
    /// # Errors
    /// 404 when it is gone.
    fn reload(&self, cx: &Ctx) -> impl Future<Output = Result<Self>> + Send {
        let id = self.value(id_index::<Self>());
        async move {
            let model = node::<Self>(cx)?;
            match erased::find_by_id(cx, model.clone(), id.clone()).await? {
                Some(row) => from_row(row),
                None => Err(engine::missing(&id)),
            }
        }
    }

    /// Deletes its row.
    ///
    /// # Errors
    /// 404 when it is gone already.
    fn destroy(&self, cx: &Ctx) -> impl Future<Output = Result<()>> + Send {
        let id = self.value(id_index::<Self>());
        async move {
            let model = node::<Self>(cx)?;
            let deleted = if model.hooks.deletes() || model.hooks.choose() {
                erased::delete_instance(cx, model, to_row(self)).await?
            } else {
                erased::delete_by_id(cx, model, id.clone()).await?
            };
            if deleted == 0 {
                return Err(engine::missing(&id));
            }
            Ok(())
        }
    }
}

impl<M: Model> PersistedModel for M {}

/// `None` as LoopBack's 404.
pub trait OrNotFound<M> {
    /// The instance.
    ///
    /// # Errors
    /// 404 `MODEL_NOT_FOUND` when there is none.
    fn or_not_found(self) -> Result<M>;
}

impl<M: Model> OrNotFound<M> for Option<M> {
    fn or_not_found(self) -> Result<M> {
        self.ok_or_else(|| Error::not_found_in(M::DEF.name))
    }
}

fn node<M: Model>(cx: &Ctx) -> Result<Arc<ModelNode>> {
    node_of(cx, M::DEF.name).cloned()
}

pub(super) fn node_of<'a>(cx: &'a Ctx, name: &str) -> Result<&'a Arc<ModelNode>> {
    match cx.app().graph().model(name) {
        Some(model) => Ok(model),
        None => Err(Error::configuration(format!("the model {name} is not part of this app"))),
    }
}

/// The engine's operations as boxed futures: a typed call is compiled for each model, so it holds no more than a
/// pointer of the engine's state.
mod erased {
    use super::*;

    type Answer<'a, T> = BoxFuture<'a, Result<T>>;

    pub(super) fn find(cx: &Ctx, model: Arc<ModelNode>, query: crate::plan::Query) -> Answer<'_, Vec<Row>> {
        Box::pin(async move { engine::find(cx, &model, &query).await })
    }

    pub(super) fn find_by_id(cx: &Ctx, model: Arc<ModelNode>, id: Value) -> Answer<'_, Option<Row>> {
        Box::pin(async move { engine::find_by_id(cx, &model, id).await })
    }

    pub(super) fn exists(cx: &Ctx, model: Arc<ModelNode>, id: Value) -> Answer<'_, bool> {
        Box::pin(async move { engine::exists(cx, &model, id).await })
    }

    pub(super) fn count(cx: &Ctx, model: Arc<ModelNode>, condition: Option<Condition>) -> Answer<'_, u64> {
        Box::pin(async move { engine::count(cx, &model, condition.as_ref()).await })
    }

    pub(super) fn update_all(
        cx: &Ctx,
        model: Arc<ModelNode>,
        condition: Option<Condition>,
        row: Row,
    ) -> Answer<'_, u64> {
        Box::pin(async move {
            let input = Input::of_row(&model, row);
            engine::update_all(cx, &model, condition.as_ref(), input).await
        })
    }

    pub(super) fn delete_all(cx: &Ctx, model: Arc<ModelNode>, condition: Option<Condition>) -> Answer<'_, u64> {
        Box::pin(async move { engine::delete_all(cx, &model, condition.as_ref()).await })
    }

    pub(super) fn delete_by_id(cx: &Ctx, model: Arc<ModelNode>, id: Value) -> Answer<'_, u64> {
        Box::pin(async move { engine::delete_by_id(cx, &model, id).await })
    }

    pub(super) fn find_or_create(
        cx: &Ctx,
        model: Arc<ModelNode>,
        query: crate::plan::Query,
        row: Row,
    ) -> Answer<'_, (Row, bool)> {
        Box::pin(async move { engine::find_or_create(cx, &model, query, row).await })
    }

    pub(super) fn upsert_with_where(
        cx: &Ctx,
        model: Arc<ModelNode>,
        condition: Condition,
        row: Row,
    ) -> Answer<'_, Row> {
        Box::pin(async move {
            let input = Input::of_row(&model, row);
            engine::upsert_with_where(cx, &model, Some(condition), input).await
        })
    }

    pub(super) fn create(cx: &Ctx, model: Arc<ModelNode>, row: Row) -> Answer<'_, Row> {
        Box::pin(async move { engine::create(cx, &model, Input::of_row(&model, row)).await })
    }

    pub(super) fn create_many(cx: &Ctx, model: Arc<ModelNode>, rows: Vec<Row>) -> Answer<'_, Vec<Row>> {
        Box::pin(async move {
            let inputs = rows.into_iter().map(|row| Input::of_row(&model, row)).collect();
            engine::create_many(cx, &model, inputs).await
        })
    }

    pub(super) fn upsert(cx: &Ctx, model: Arc<ModelNode>, row: Row) -> Answer<'_, Row> {
        Box::pin(async move { engine::upsert(cx, &model, Input::of_row(&model, row)).await })
    }

    pub(super) fn replace_or_create(cx: &Ctx, model: Arc<ModelNode>, row: Row) -> Answer<'_, Row> {
        Box::pin(async move { engine::replace_or_create(cx, &model, Input::of_row(&model, row)).await })
    }

    pub(super) fn replace_by_id(cx: &Ctx, model: Arc<ModelNode>, id: Value, row: Row) -> Answer<'_, Row> {
        Box::pin(async move { engine::replace_by_id(cx, &model, &id, Input::of_row(&model, row)).await })
    }

    pub(super) fn patch(cx: &Ctx, model: Arc<ModelNode>, id: Value, known: Option<Row>, row: Row) -> Answer<'_, Row> {
        Box::pin(async move {
            let input = Input::of_row(&model, row);
            let target = match known {
                Some(row) => engine::Target::Known(&id, row),
                None => engine::Target::Id(&id),
            };
            engine::patch(cx, &model, target, input).await?.ok_or_else(|| engine::missing(&id))
        })
    }

    pub(super) fn delete_instance(cx: &Ctx, model: Arc<ModelNode>, row: Row) -> Answer<'_, u64> {
        Box::pin(async move { engine::delete_instance(cx, &model, row).await })
    }
}
