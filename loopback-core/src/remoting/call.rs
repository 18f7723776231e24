//! The built-in remote methods: each reads its arguments, calls the engine, writes its reply.

use super::arguments::{self, Objects};
use super::relation::Hop;
use super::stream::ByteStream;
use crate::ctx::Ctx;
use crate::engine::{self, Input};
use crate::error::{Error, Result};
use crate::graph::{MethodNode, ModelNode, Operation};
use crate::plan::{Query, Reader, resolve_filter, resolve_where};
use crate::value::{Row, Value};
use serde_json::Value as Json;
use std::sync::Arc;

/// Items in the list that one `create` takes.
const MAX_ITEMS: usize = 1_000;

/// The body of a request.
pub(crate) enum Body {
    /// There is none.
    Absent,
    /// It was JSON, or a form.
    Data(Json),
}

/// A call of a remote method.
pub(crate) struct Call<'a> {
    pub(crate) model: &'a Arc<ModelNode>,
    pub(crate) method: &'a MethodNode,
    /// The id in the path.
    pub(crate) id: Option<&'a str>,
    /// The id of a related instance in the path.
    pub(crate) foreign_key: Option<&'a str>,
    /// The way from the model that the path begins with.
    pub(crate) hops: Vec<Hop<'a>>,
    /// The objects among the arguments.
    pub(crate) query: Objects<'a>,
    pub(crate) body: Body,
}

/// The answer of a built-in remote method.
pub(crate) enum Outcome {
    /// A JSON body.
    Json(Vec<u8>),
    /// A JSON body that is sent while it is read.
    Stream(ByteStream),
    /// Whether something exists; HEAD answers by the status.
    Exists(bool),
    /// 204.
    NoContent,
    /// Of a method of the application's own, or one with remote hooks.
    Remote(Box<super::RemoteReply>),
}

impl Call<'_> {
    /// Runs the method.
    pub(crate) async fn run(self, cx: &Ctx) -> Result<Outcome> {
        let model = self.model;
        match self.method.operation {
            Operation::Find => self.find(cx).await,
            Operation::FindOne => self.find_one(cx).await,
            Operation::FindById => self.find_by_id(cx).await,
            Operation::Exists => Ok(Outcome::Exists(engine::exists(cx, model, self.id()?).await?)),
            Operation::Count => {
                let condition = resolve_where(model, arguments::condition(self.query)?, Reader::Client)?;
                Ok(count(engine::count(cx, model, condition.as_ref()).await?))
            }
            Operation::Create => self.create(cx).await,
            Operation::PatchOrCreate => {
                let input = self.input()?;
                Ok(row(model, &engine::upsert(cx, model, input).await?))
            }
            Operation::ReplaceOrCreate => {
                let input = self.input()?;
                Ok(row(model, &engine::replace_or_create(cx, model, input).await?))
            }
            Operation::UpsertWithWhere => self.upsert_with_where(cx).await,
            Operation::ReplaceById => {
                let id = self.id()?;
                let input = self.input()?;
                Ok(row(model, &engine::replace_by_id(cx, model, &id, input).await?))
            }
            Operation::PatchAttributes => {
                let id = self.id()?;
                let input = self.input()?;
                let mut out = Vec::with_capacity(512);
                if engine::patch_by_id_json(cx, model, &id, input, &mut out).await? {
                    Ok(Outcome::Json(out))
                } else {
                    Err(engine::missing(&id))
                }
            }
            // LoopBack fails without a `where` and changes nothing; who means every row says `where={}`.
            Operation::UpdateAll if !arguments::has_where(self.query)? => {
                drop(self.input()?);
                Ok(count(0))
            }
            Operation::UpdateAll => {
                let condition = resolve_where(model, arguments::condition_of_write(self.query)?, Reader::Client)?;
                let input = self.input()?;
                Ok(count(engine::update_all(cx, model, condition.as_ref(), input).await?))
            }
            // Boxed: their steps are many, and should cost the others no room.
            Operation::Relation(relation, action) => Box::pin(super::relation::run(self, cx, relation, action)).await,
            Operation::Scope(scope, action) => Box::pin(super::relation::run_scope(self, cx, scope, action)).await,
            Operation::Custom => Err(Error::internal("a method of the application is called as a built-in one")),
            Operation::DeleteById => Ok(count(engine::delete_by_id(cx, model, self.id()?).await?)),
        }
    }

    pub(super) fn id(&self) -> Result<Value> {
        arguments::id(self.model, self.id.unwrap_or_default())
    }

    /// The body as data of one instance; without a body, no data.
    fn input(self) -> Result<Input> {
        match self.body {
            Body::Absent => Input::of_json(self.model, Json::Object(serde_json::Map::new())),
            Body::Data(json) => Input::of_json(self.model, json),
        }
    }

    fn resolved(&self) -> Result<Query> {
        resolve_filter(self.model, arguments::filter(self.query)?, Reader::Client)
    }

    async fn find(self, cx: &Ctx) -> Result<Outcome> {
        let query = self.resolved()?;
        super::stream::list(cx, self.model, query).await
    }

    async fn find_one(self, cx: &Ctx) -> Result<Outcome> {
        let mut query = self.resolved()?;
        query.limit = Some(1);
        let mut out = Vec::with_capacity(512);
        if engine::find_json(cx, self.model, &query, &mut out).await? == 0 {
            // LoopBack's message for an id that was never given.
            return Err(Error::model_not_found(self.model, "undefined"));
        }
        Ok(Outcome::Json(out))
    }

    async fn find_by_id(self, cx: &Ctx) -> Result<Outcome> {
        let id = self.id()?;
        let filter = arguments::instance_filter(self.query)?;
        let query = resolve_filter(self.model, filter, Reader::Client)?;
        let shown = self.id.unwrap_or_default();
        let mut out = Vec::with_capacity(512);
        if engine::find_by_id_json(cx, self.model, id, query, &mut out).await? {
            Ok(Outcome::Json(out))
        } else {
            Err(Error::model_not_found(self.model, shown))
        }
    }

    async fn create(self, cx: &Ctx) -> Result<Outcome> {
        let model = self.model;
        let Body::Data(Json::Array(items)) = self.body else {
            let input = self.input()?;
            return Ok(row(model, &engine::create(cx, model, input).await?));
        };
        within_limit(&items)?;
        let inputs = items.into_iter().map(|item| Input::of_json(model, item)).collect::<Result<Vec<_>>>()?;
        let rows = engine::create_many(cx, model, inputs).await?;
        Ok(self::rows(model, &rows))
    }

    async fn upsert_with_where(self, cx: &Ctx) -> Result<Outcome> {
        let model = self.model;
        let condition = resolve_where(model, arguments::condition(self.query)?, Reader::Client)?;
        if condition.is_none() {
            return Err(Error::bad_request("upsertWithWhere needs a `where` that is not empty"));
        }
        let input = self.input()?;
        Ok(row(model, &engine::upsert_with_where(cx, model, condition, input).await?))
    }
}

/// Refuses a list that is too long.
pub(super) fn within_limit(items: &[Json]) -> Result<()> {
    if items.len() > MAX_ITEMS {
        let message = format!("a list of more than {MAX_ITEMS} instances");
        return Err(Error::new(413, message).with_name("PayloadTooLargeError"));
    }
    Ok(())
}

pub(super) fn rows(model: &ModelNode, rows: &[Row]) -> Outcome {
    rows_by(rows, |row, out| engine::write_row(model, row, out))
}

/// A list of rows, each as `write` writes it.
pub(super) fn rows_by(rows: &[Row], write: impl Fn(&Row, &mut Vec<u8>)) -> Outcome {
    let mut out = vec![b'['];
    for (i, row) in rows.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write(row, &mut out);
    }
    out.push(b']');
    Outcome::Json(out)
}

pub(super) fn row(model: &ModelNode, row: &Row) -> Outcome {
    let mut out = Vec::with_capacity(512);
    engine::write_row(model, row, &mut out);
    Outcome::Json(out)
}

pub(super) fn count(n: u64) -> Outcome {
    Outcome::Json(format!("{{\"count\":{n}}}").into_bytes())
}
