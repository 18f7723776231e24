//! The built-in remote methods: each reads its arguments, calls the engine, writes its reply.

use super::arguments;
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
    /// The query string.
    pub(crate) query: Option<&'a str>,
    pub(crate) body: Body,
}

/// The reply of a remote method.
pub(crate) enum Reply {
    /// A JSON body.
    Json(Vec<u8>),
    /// Whether something exists; HEAD answers by the status.
    Exists(bool),
}

impl Call<'_> {
    /// Runs the method.
    pub(crate) async fn run(self, cx: &Ctx) -> Result<Reply> {
        let model = self.model;
        match self.method.operation {
            Operation::Find => self.find(cx).await,
            Operation::FindOne => self.find_one(cx).await,
            Operation::FindById => self.find_by_id(cx).await,
            Operation::Exists => Ok(Reply::Exists(engine::exists(cx, model, self.id()?).await?)),
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
                    Ok(Reply::Json(out))
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
            Operation::DeleteById => Ok(count(engine::delete_by_id(cx, model, self.id()?).await?)),
        }
    }

    fn id(&self) -> Result<Value> {
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

    async fn find(self, cx: &Ctx) -> Result<Reply> {
        let query = self.resolved()?;
        let mut out = Vec::with_capacity(4096);
        out.push(b'[');
        engine::find_json(cx, self.model, &query, &mut out).await?;
        out.push(b']');
        Ok(Reply::Json(out))
    }

    async fn find_one(self, cx: &Ctx) -> Result<Reply> {
        let mut query = self.resolved()?;
        query.limit = Some(1);
        let mut out = Vec::with_capacity(512);
        if engine::find_json(cx, self.model, &query, &mut out).await? == 0 {
            // LoopBack's message for an id that was never given.
            return Err(Error::model_not_found(self.model, "undefined"));
        }
        Ok(Reply::Json(out))
    }

    async fn find_by_id(self, cx: &Ctx) -> Result<Reply> {
        let id = self.id()?;
        let filter = arguments::filter(self.query)?;
        if filter.condition.is_some() || !filter.order.is_empty() || filter.limit.is_some() || filter.skip.is_some() {
            return Err(Error::bad_request("a filter of findById takes `fields` and `include` alone")
                .with_code("INVALID_FILTER"));
        }
        let query = resolve_filter(self.model, filter, Reader::Client)?;
        let shown = self.id.unwrap_or_default();
        let mut out = Vec::with_capacity(512);
        if engine::find_by_id_json(cx, self.model, id, query, &mut out).await? {
            Ok(Reply::Json(out))
        } else {
            Err(Error::model_not_found(self.model, shown))
        }
    }

    async fn create(self, cx: &Ctx) -> Result<Reply> {
        let model = self.model;
        let Body::Data(Json::Array(items)) = self.body else {
            let input = self.input()?;
            return Ok(row(model, &engine::create(cx, model, input).await?));
        };
        if items.len() > MAX_ITEMS {
            return Err(
                Error::new(413, format!("a list of more than {MAX_ITEMS} instances")).with_name("PayloadTooLargeError")
            );
        }
        let inputs = items.into_iter().map(|item| Input::of_json(model, item)).collect::<Result<Vec<_>>>()?;
        let rows = engine::create_many(cx, model, inputs).await?;
        let mut out = vec![b'['];
        for (i, row) in rows.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            engine::write_row(model, row, &mut out);
        }
        out.push(b']');
        Ok(Reply::Json(out))
    }

    async fn upsert_with_where(self, cx: &Ctx) -> Result<Reply> {
        let model = self.model;
        let condition = resolve_where(model, arguments::condition(self.query)?, Reader::Client)?;
        if condition.is_none() {
            return Err(Error::bad_request("upsertWithWhere needs a `where` that is not empty"));
        }
        let input = self.input()?;
        Ok(row(model, &engine::upsert_with_where(cx, model, condition, input).await?))
    }
}

fn row(model: &ModelNode, row: &Row) -> Reply {
    let mut out = Vec::with_capacity(512);
    engine::write_row(model, row, &mut out);
    Reply::Json(out)
}

fn count(n: u64) -> Reply {
    Reply::Json(format!("{{\"count\":{n}}}").into_bytes())
}
