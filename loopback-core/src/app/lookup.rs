//! The models of an app by their names, for code that knows them only when it runs. Answers to loopback
//! `lib/application.js` (`app.models`, `app.remotes`) and `lib/registry.js` (`findModel`, `getModel`, `getModelByType`,
//! `getDefaultDataSourceForType`).

use super::App;
use crate::ctx::Ctx;
use crate::engine::{self, Input};
use crate::error::{Error, Result};
use crate::filter::{parse_filter, parse_where};
use crate::graph::ModelNode;
use crate::plan::{Condition, Query, Reader, resolve_filter, resolve_where};
use crate::remoting::RemoteMethod;
use crate::suggest::did_you_mean;
use crate::value::{Value, coerce};
use serde_json::Value as Json;
use std::fmt;
use std::sync::Arc;

impl App {
    /// The models, by name.
    pub fn models(&self) -> impl ExactSizeIterator<Item = &Arc<ModelNode>> {
        self.graph().models()
    }

    /// A handle of a model, by its name: exactly, or without regard to case, as `app.models.product` of LoopBack.
    pub fn model(&self, name: &str) -> Option<DynamicModel> {
        self.find_model(name).map(|model| DynamicModel(model.clone()))
    }

    /// A model by its name, as [`model`](Self::model) finds it: LoopBack's `findModel`.
    pub fn find_model(&self, name: &str) -> Option<&Arc<ModelNode>> {
        self.graph().model(name)
    }

    /// As [`find_model`](Self::find_model): LoopBack's `getModel`.
    ///
    /// # Errors
    /// 500: there is no such model.
    pub fn get_model(&self, name: &str) -> Result<&Arc<ModelNode>> {
        self.find_model(name).ok_or_else(|| {
            let hint = did_you_mean(name, self.models().map(|model| &*model.name));
            Error::configuration(format!("there is no model `{name}`{hint}"))
        })
    }

    /// The model that stands in for another one: the first that extends it, or it itself: LoopBack's `getModelByType`.
    /// `get_model_by_type("User")` is the app's own model of users. Of several the nearest, then the first by name.
    ///
    /// # Errors
    /// 500: there is neither.
    pub fn get_model_by_type(&self, name: &str) -> Result<&Arc<ModelNode>> {
        let extends = |model: &&Arc<ModelNode>| model.bases.iter().any(|base| **base == *name);
        let near = |model: &&Arc<ModelNode>| model.bases.iter().position(|base| **base == *name);
        match self.models().filter(extends).min_by_key(near) {
            Some(model) => Ok(model),
            None => self.get_model(name),
        }
    }

    /// The name of the data source of models that name none: LoopBack's `getDefaultDataSourceForType("db")`. For any other
    /// type `None`: mail is no data source here, but [`mail`](Self::mail).
    pub fn get_default_data_source_for_type(&self, kind: &str) -> Option<&str> {
        (kind == "db").then(|| &*self.default_data_source().name)
    }

    /// The remote methods of the models with endpoints, as data: LoopBack's `app.remotes()`.
    pub fn remotes(&self) -> Vec<RemoteMethod> {
        let enforced = self.auth().is_some_and(|auth| auth.options.enforced);
        RemoteMethod::all(self.graph(), self.rest_root().trim_end_matches('/'), enforced)
    }
}

/// A model that is known by its name alone. Its calls take and give JSON: filters as a client writes them, instances without
/// hidden properties. They go through the whole pipeline, for the context that they are given.
///
/// ```ignore
/// let receipts = app.model("receipt").ok_or_else(..)?;
/// let paid = receipts.find(&ctx, json!({ "where": { "paid": true }, "limit": 10 })).await?;
/// ```
#[derive(Clone)]
pub struct DynamicModel(Arc<ModelNode>);

impl fmt::Debug for DynamicModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DynamicModel({})", self.0.name)
    }
}

impl DynamicModel {
    /// The model.
    pub fn node(&self) -> &Arc<ModelNode> {
        &self.0
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The instances that a filter finds: `{"where": .., "order": .., "limit": .., "include": ..}`; `null`: all.
    ///
    /// # Errors
    /// 400: the filter makes no sense. Those of the database and of hooks.
    pub async fn find(&self, ctx: &Ctx, filter: Json) -> Result<Vec<Json>> {
        let query = resolve_filter(&self.0, parse_filter(filter)?, Reader::Application)?;
        self.rows(ctx, &query).await
    }

    /// The first instance that a filter finds.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub async fn find_one(&self, ctx: &Ctx, filter: Json) -> Result<Option<Json>> {
        let mut query = resolve_filter(&self.0, parse_filter(filter)?, Reader::Application)?;
        query.limit = Some(1);
        Ok(self.rows(ctx, &query).await?.pop())
    }

    /// The instance with an id.
    ///
    /// # Errors
    /// 400: the id is not of the model's type. As [`find`](Self::find).
    pub async fn find_by_id(&self, ctx: &Ctx, id: impl Into<Json>) -> Result<Option<Json>> {
        let query = Query { limit: Some(1), ..Query::by_id(&self.0, self.id(id.into())?) };
        Ok(self.rows(ctx, &query).await?.pop())
    }

    /// Counts the instances that a condition finds; `null`: all.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub async fn count(&self, ctx: &Ctx, condition: Json) -> Result<u64> {
        engine::count(ctx, &self.0, self.condition(condition)?.as_ref()).await
    }

    /// Creates an instance, and gives it as it is stored.
    ///
    /// # Errors
    /// 422 with all that is wrong; 409: another instance is in the way.
    pub async fn create(&self, ctx: &Ctx, data: Json) -> Result<Json> {
        ctx.create_json(&self.0.name, data).await
    }

    /// Changes some properties of the instance with an id, and gives the whole.
    ///
    /// # Errors
    /// 404: there is none. As [`create`](Self::create).
    pub async fn patch_by_id(&self, ctx: &Ctx, id: impl Into<Json>, data: Json) -> Result<Json> {
        let id = self.id(id.into())?;
        let row = engine::patch_by_id(ctx, &self.0, &id, Input::of_json(&self.0, data)?).await?;
        let row = row.ok_or_else(|| engine::missing(&id))?;
        let mut out = Vec::new();
        engine::write_row(&self.0, &row, &mut out);
        serde_json::from_slice(&out).map_err(Error::internal)
    }

    /// Changes the instances that a condition finds, and counts them; `null`: all.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn update_all(&self, ctx: &Ctx, condition: Json, data: Json) -> Result<u64> {
        let condition = self.condition(condition)?;
        engine::update_all(ctx, &self.0, condition.as_ref(), Input::of_json(&self.0, data)?).await
    }

    /// Deletes the instance with an id; `false`: there was none.
    ///
    /// # Errors
    /// 409: others refer to it.
    pub async fn delete_by_id(&self, ctx: &Ctx, id: impl Into<Json>) -> Result<bool> {
        Ok(engine::delete_by_id(ctx, &self.0, self.id(id.into())?).await? > 0)
    }

    /// Deletes the instances that a condition finds, and counts them; `null`: all.
    ///
    /// # Errors
    /// As [`delete_by_id`](Self::delete_by_id).
    pub async fn delete_all(&self, ctx: &Ctx, condition: Json) -> Result<u64> {
        engine::delete_all(ctx, &self.0, self.condition(condition)?.as_ref()).await
    }

    fn condition(&self, json: Json) -> Result<Option<Condition>> {
        resolve_where(&self.0, parse_where(json)?, Reader::Application)
    }

    fn id(&self, json: Json) -> Result<Value> {
        let kind = &self.0.id_property().kind;
        coerce(kind, json).map_err(|_| {
            Error::bad_request(format!("the id of {} must be {}", self.0.name, kind.describe())).with_code("INVALID_ID")
        })
    }

    async fn rows(&self, ctx: &Ctx, query: &Query) -> Result<Vec<Json>> {
        let mut out = vec![b'['];
        engine::find_json(ctx, &self.0, query, &mut out).await?;
        out.push(b']');
        let mut json = serde_json::Deserializer::from_slice(&out);
        json.disable_recursion_limit();
        serde::Deserialize::deserialize(&mut json).map_err(Error::internal)
    }
}
