//! The built-in remote methods: each reads its arguments, calls the engine, writes its reply.

use super::arguments::{self, Objects};
use super::changes::{self, EventBytes};
use super::relation::Hop;
use super::stream::ByteStream;
use crate::access::{self, Hit, Written, text};
use crate::ctx::Ctx;
use crate::engine::{self, Input};
use crate::error::{Error, Result};
use crate::graph::{MethodNode, ModelNode, Operation};
use crate::plan::{Condition, FieldSet, FreeFields, Query, Reader, resolve_filter, resolve_where};
use crate::value::{Row, Value};
use serde_json::Value as Json;
use std::sync::Arc;

/// Items in the list that one `create` takes.
const MAX_ITEMS: usize = 1_000;

/// The same of users: each has a password that takes a processor for a while.
const MAX_USERS: usize = 20;

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
    /// The rows that the caller may call it for; `None`: all.
    pub(crate) rows: Option<Condition>,
}

/// The answer of a built-in remote method.
pub(crate) enum Outcome {
    /// A JSON body.
    Json(Vec<u8>),
    /// A JSON body that is sent while it is read.
    Stream(ByteStream),
    /// Server-sent events.
    Events(EventBytes),
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
                let condition = self.allowed(cx, condition).await?;
                Ok(count(engine::count(cx, model, condition.as_ref()).await?))
            }
            Operation::Create => self.create(cx).await,
            // Boxed: the steps that decide about them are many, and should cost the others no room.
            Operation::PatchOrCreate | Operation::ReplaceOrCreate => Box::pin(self.upsert(cx)).await,
            Operation::UpsertWithWhere => Box::pin(self.upsert_with_where(cx)).await,
            Operation::ReplaceById => {
                let id = self.id()?;
                let mut input = self.input()?;
                access::guard_input(cx, model, &mut input, Written::Whole(&id)).await?;
                Ok(row(model, &engine::replace_by_id(cx, model, &id, input).await?))
            }
            Operation::PatchAttributes => {
                let id = self.id()?;
                let mut input = self.input()?;
                access::guard_input(cx, model, &mut input, Written::Row(&id)).await?;
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
                let condition = self.allowed(cx, condition).await?;
                let mut input = self.input()?;
                access::guard_input(cx, model, &mut input, Written::Many).await?;
                let condition = access::own_rows(cx, model, &input, condition).await?;
                Ok(count(engine::update_all(cx, model, condition.as_ref(), input).await?))
            }
            // Boxed: their steps are many, and should cost the others no room.
            Operation::Relation(relation, action) => Box::pin(super::relation::run(self, cx, relation, action)).await,
            Operation::Scope(scope, action) => Box::pin(super::relation::run_scope(self, cx, scope, action)).await,
            Operation::ChangeStream => Ok(Outcome::Events(Box::pin(changes::open(&self, cx)).await?)),
            Operation::Custom => Err(Error::internal("a method of the application is called as a built-in one")),
            Operation::DeleteById => Ok(count(engine::delete_by_id(cx, model, self.id()?).await?)),
        }
    }

    /// The condition of a client, of what it may see of other models, on the rows that the method is allowed for.
    pub(super) async fn allowed(&self, cx: &Ctx, condition: Option<Condition>) -> Result<Option<Condition>> {
        let mut query = Query::of(condition);
        access::guard_query(cx, self.model, &mut query).await?;
        Ok(engine::both(self.rows.clone(), query.condition))
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

    async fn resolved(&self, cx: &Ctx) -> Result<Query> {
        let mut query = resolve_filter(self.model, arguments::filter(self.query)?, Reader::Client)?;
        access::guard_query(cx, self.model, &mut query).await?;
        if let Some(rows) = &self.rows {
            query.condition = engine::both(Some(rows.clone()), query.condition.take());
        }
        Ok(query)
    }

    async fn find(self, cx: &Ctx) -> Result<Outcome> {
        let query = self.resolved(cx).await?;
        super::stream::list(cx, self.model, query).await
    }

    async fn find_one(self, cx: &Ctx) -> Result<Outcome> {
        let mut query = self.resolved(cx).await?;
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
        let mut query = resolve_filter(self.model, filter, Reader::Client)?;
        access::guard_query(cx, self.model, &mut query).await?;
        query.condition.clone_from(&self.rows);
        let shown = self.id.unwrap_or_default();
        let mut out = Vec::with_capacity(512);
        let asked = self.rows.is_some().then(|| id.clone());
        if engine::find_by_id_json(cx, self.model, id, query, &mut out).await? {
            return Ok(Outcome::Json(out));
        }
        // A row that is none of the caller's is answered as one that is not there.
        Err(match asked {
            Some(id) => access::refused_to(cx, self.model, Some(&id)),
            None => Error::model_not_found(self.model, shown),
        })
    }

    async fn create(self, cx: &Ctx) -> Result<Outcome> {
        let model = self.model;
        let registering = crate::models::registering(cx, model);
        let cx = registering.as_ref().unwrap_or(cx);
        let Body::Data(Json::Array(items)) = self.body else {
            let mut input = self.input()?;
            access::guard_input(cx, model, &mut input, Written::New).await?;
            let created = engine::create(cx, model, input).await?;
            crate::models::registered(cx, model, std::slice::from_ref(&created));
            return Ok(row(model, &created));
        };
        within_limit(model, &items)?;
        let mut inputs = items.into_iter().map(|item| Input::of_json(model, item)).collect::<Result<Vec<_>>>()?;
        for input in &mut inputs {
            access::guard_input(cx, model, input, Written::New).await?;
        }
        let rows = engine::create_many(cx, model, inputs).await?;
        crate::models::registered(cx, model, &rows);
        Ok(self::rows(model, &rows))
    }

    /// patchOrCreate and replaceOrCreate.
    async fn upsert(self, cx: &Ctx) -> Result<Outcome> {
        let (model, method) = (self.model, self.method);
        let mut input = self.input()?;
        let id = input.id(model).cloned();
        if !access::is_asked(cx, model).await? {
            let written = if method.operation == Operation::ReplaceOrCreate {
                engine::replace_or_create(cx, model, input).await?
            } else {
                engine::upsert(cx, model, input).await?
            };
            return Ok(row(model, &written));
        }
        let there = match &id {
            Some(id) => engine::is_there(cx, model, Some(&Condition::equals(model.id, id.clone()))).await?,
            None => false,
        };
        let replaces = method.operation == Operation::ReplaceOrCreate;
        match id.filter(|_| there) {
            // What was decided about is this row: none is created when it is gone meanwhile.
            Some(id) => {
                access::upserted(cx, model, method, Hit::Row(&id)).await?;
                let written = if replaces { Written::Whole(&id) } else { Written::Row(&id) };
                access::guard_input(cx, model, &mut input, written).await?;
                let written = if replaces {
                    engine::replace_by_id(cx, model, &id, input).await?
                } else {
                    engine::patch_by_id(cx, model, &id, input).await?.ok_or_else(|| engine::missing(&id))?
                };
                Ok(row(model, &written))
            }
            // What was decided about is a new row: it is none that another request makes meanwhile.
            None => {
                access::upserted(cx, model, method, Hit::None).await?;
                access::guard_input(cx, model, &mut input, Written::New).await?;
                if let Some(id) = input.id(model).filter(|_| model.force_id) {
                    let what = if replaces { "replace" } else { "update attributes" };
                    return Err(Error::cannot(what, text(id)));
                }
                Ok(row(model, &engine::create(cx, model, input).await?))
            }
        }
    }

    async fn upsert_with_where(self, cx: &Ctx) -> Result<Outcome> {
        let (model, method) = (self.model, self.method);
        let condition = resolve_where(model, arguments::condition(self.query)?, Reader::Client)?;
        if condition.is_none() {
            return Err(Error::bad_request("upsertWithWhere needs a `where` that is not empty"));
        }
        let mut condition = self.allowed(cx, condition).await?;
        let mut input = self.input()?;
        if access::is_asked(cx, model).await? {
            let ids = FieldSet { columns: vec![model.id], free: FreeFields::Only(Vec::new()) };
            let query = Query { limit: Some(2), fields: Some(ids), ..Query::of(condition.clone()) };
            let mut found = engine::find(cx, model, &query).await?;
            match (found.pop().and_then(|mut row| row.take(model.id)), found.is_empty()) {
                (None, _) => {
                    access::upserted(cx, model, method, Hit::None).await?;
                    access::guard_input(cx, model, &mut input, Written::New).await?;
                    return Ok(row(model, &engine::create(cx, model, input).await?));
                }
                (Some(id), true) => {
                    access::upserted(cx, model, method, Hit::Row(&id)).await?;
                    access::guard_input(cx, model, &mut input, Written::Row(&id)).await?;
                    // The row that was decided about, and no other that the condition may find meanwhile.
                    condition = engine::both(condition, Some(Condition::equals(model.id, id)));
                }
                // Several: that is said to whom may call it at all, and nothing is written.
                (Some(id), false) => {
                    access::upserted(cx, model, method, Hit::Row(&id)).await?;
                    return Err(engine::several_found());
                }
            }
        }
        Ok(row(model, &engine::upsert_with_where(cx, model, condition, input).await?))
    }
}

/// Refuses a list that is too long.
pub(super) fn within_limit(model: &ModelNode, items: &[Json]) -> Result<()> {
    let most = if model.user.is_some() { MAX_USERS } else { MAX_ITEMS };
    if items.len() > most {
        let message = format!("a list of more than {most} instances");
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
