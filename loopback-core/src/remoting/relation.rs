//! The remote methods of relations and of named scopes.

use super::arguments;
use super::call::{Body, Call, Outcome, count, row};
use crate::access::{self, Written};
use crate::ctx::Ctx;
use crate::engine::relation::{self, Of};
use crate::engine::{self, Input, both};
use crate::error::{Error, Result};
use crate::graph::{ModelNode, Operation, RelationAction, ScopeAction};
use crate::plan::{Condition, Query, Reader, resolve_filter, resolve_where};
use crate::value::{Row, Value};
use serde_json::Value as Json;
use std::sync::Arc;

/// From an instance over a relation to another: a part of a path.
pub(crate) struct Hop<'a> {
    pub(crate) model: &'a Arc<ModelNode>,
    pub(crate) relation: usize,
    pub(crate) id: &'a str,
}

/// Runs a method of a relation.
pub(super) async fn run(call: Call<'_>, cx: &Ctx, relation: usize, action: RelationAction) -> Result<Outcome> {
    let of = Of { model: call.model.clone(), relation, id: call.id()? };
    hops(&call, cx, &of).await?;
    let target = match of.node().is_to_any() && access::is_enforced(cx) {
        // Each row leads to another model: its rules are asked.
        true => relation::any_target(cx, &of).await?.unwrap_or_else(|| of.target()),
        false => of.target(),
    };
    let links = access::over_links(cx, &of.model, of.node(), action).await?;
    let id = known(&call, cx, &of, &target).await?;
    let rows = access::over_relation(cx, &of.model, of.node(), &target, action, id.as_ref()).await?;
    let target = if of.node().is_to_any() { of.target() } else { target };
    let key = || arguments::id(&target, call.foreign_key.unwrap_or_default());
    if let Some(links) = links {
        may_unlink(cx, &of, &target, action, call.foreign_key, links).await?;
    }
    match action {
        RelationAction::Get if of.node().is_to_one() => {
            let query = one(&call, &of, &target)?;
            let mut query = access::guard_related(cx, of.node(), &target, query).await?;
            query.condition = both(rows, query.condition.take());
            let mut out = Vec::with_capacity(512);
            relation::get_json(cx, &of, query, &mut out).await?;
            Ok(Outcome::Json(out))
        }
        RelationAction::Get => {
            let query = resolve_filter(&target, arguments::filter(call.query)?, reader(&of))?;
            let mut query = access::guard_related(cx, of.node(), &target, query).await?;
            query.condition = both(rows, query.condition.take());
            let query = match relation::as_query(cx, &of, query).await? {
                Ok(query) => return super::stream::list(cx, &target, query).await,
                Err(query) => query,
            };
            let mut out = Vec::with_capacity(4096);
            out.push(b'[');
            relation::find_json(cx, &of, query, &mut out).await?;
            out.push(b']');
            Ok(Outcome::Json(out))
        }
        RelationAction::FindById => {
            let (key, query) = (key()?, one(&call, &of, &target)?);
            let mut query = access::guard_related(cx, of.node(), &target, query).await?;
            query.condition = both(rows, query.condition.take());
            let mut out = Vec::with_capacity(512);
            relation::find_by_id_json(cx, &of, &key, query, &mut out).await?;
            Ok(Outcome::Json(out))
        }
        RelationAction::Count => {
            let condition = resolve_where(&target, arguments::condition(call.query)?, reader(&of))?;
            let condition = guarded(cx, &target, condition, rows).await?;
            Ok(count(relation::count(cx, &of, condition).await?))
        }
        RelationAction::Exists => {
            let wanted = both(Some(Condition::equals(target.id, key()?)), rows);
            Ok(Outcome::Exists(relation::count(cx, &of, wanted).await? > 0))
        }
        RelationAction::Create => create(call, cx, &of, &target).await,
        RelationAction::Update => {
            let id = single(cx, &of, &target, rows).await?;
            let mut input = input(&target, call.body)?;
            if let Some(id) = &id {
                access::guard_input(cx, &target, &mut input, Written::Row(id)).await?;
            }
            Ok(related_row(&of, &target, &relation::update(cx, &of, input).await?))
        }
        RelationAction::UpdateById => {
            let key = key()?;
            must_be_among(cx, &of, &target, &key, rows).await?;
            let mut input = input(&target, call.body)?;
            if !of.node().is_embedded() {
                access::guard_input(cx, &target, &mut input, Written::Row(&key)).await?;
            }
            Ok(related_row(&of, &target, &relation::update_by_id(cx, &of, &key, input).await?))
        }
        RelationAction::Destroy => {
            single(cx, &of, &target, rows).await?;
            relation::destroy(cx, &of).await.map(|()| Outcome::NoContent)
        }
        RelationAction::DestroyById => {
            let key = key()?;
            must_be_among(cx, &of, &target, &key, rows).await?;
            relation::destroy_by_id(cx, &of, &key).await.map(|()| Outcome::NoContent)
        }
        RelationAction::Delete => {
            let reader = reader(&of);
            let condition = resolve_where(&target, arguments::condition_of_write(call.query)?, reader)?;
            let condition = guarded(cx, &target, condition, rows).await?;
            relation::destroy_all(cx, &of, condition).await.map(|_| Outcome::NoContent)
        }
        RelationAction::Link => {
            let key = key()?;
            // What is linked need not be related yet.
            if let Some(rows) = rows
                && !engine::is_there(cx, &target, Some(&access::of_row(&target, &key, rows))).await?
            {
                return Err(engine::missing(&key));
            }
            let between = of.node().through.as_ref().map(crate::graph::Through::model);
            let data = match &between {
                Some(between) => link(cx, &of, between, call.body, Some(&key)).await?,
                None => None,
            };
            let linked = relation::link(cx, &of, &key, data).await?;
            Ok(row(between.as_ref().unwrap_or(&target), &linked))
        }
        RelationAction::Unlink => relation::unlink(cx, &of, &key()?).await.map(|()| Outcome::NoContent),
    }
}

/// The row that links two others is among those that the caller may take away.
///
/// # Errors
/// 404: it is not. 401, 403: all links would go, and some are none of the caller's.
async fn may_unlink(
    cx: &Ctx,
    of: &Of,
    target: &ModelNode,
    action: RelationAction,
    key: Option<&str>,
    links: Condition,
) -> Result<()> {
    let one = matches!(action, RelationAction::Unlink | RelationAction::DestroyById);
    let Some(key) = key.filter(|_| one) else { return Err(access::refused_to(cx, target, None)) };
    let key = arguments::id(target, key)?;
    if relation::is_linked(cx, of, &key, links).await? { Ok(()) } else { Err(relation::no_link(of, target, &key)) }
}

/// The id of the related row that a method is about; `None`: it is about several, or nobody asks.
async fn known(call: &Call<'_>, cx: &Ctx, of: &Of, target: &Arc<ModelNode>) -> Result<Option<Value>> {
    if of.node().is_embedded() || !access::asks_roles(cx, target).await? {
        return Ok(None);
    }
    if let Some(key) = call.foreign_key {
        return arguments::id(target, key).map(Some);
    }
    if !of.node().is_to_one() || matches!(call.method.operation, Operation::Relation(_, RelationAction::Create)) {
        return Ok(None);
    }
    Ok(relation::get(cx, of).await?.and_then(|mut row| row.take(target.id)))
}

/// The data of a row that links two others, with the rows that it links: those count for whose it is. `to` is not known before
/// a related row is created.
async fn link(cx: &Ctx, of: &Of, between: &Arc<ModelNode>, body: Body, to: Option<&Value>) -> Result<Option<Input>> {
    let asked = access::is_asked(cx, between).await?;
    let mut input = match body {
        Body::Data(json) => Input::of_json(between, json)?,
        Body::Absent if asked => Input::of_row(between, Row::new(between.width())),
        Body::Absent => return Ok(None),
    };
    if !asked {
        return Ok(Some(input));
    }
    if let Some(through) = &of.node().through {
        input.set(between, through.from, of.key(cx).await?);
        if let Some(to) = to {
            input.set(between, through.to, to.clone());
        }
    }
    access::guard_input(cx, between, &mut input, Written::New).await?;
    Ok(Some(input))
}

/// Each step of a nested path must belong to the one before.
async fn hops(call: &Call<'_>, cx: &Ctx, of: &Of) -> Result<()> {
    for (at, hop) in call.hops.iter().enumerate() {
        let step = Of { model: hop.model.clone(), relation: hop.relation, id: arguments::id(hop.model, hop.id)? };
        let target = step.target();
        let key = match call.hops.get(at + 1) {
            Some(next) => arguments::id(&target, next.id)?,
            None => of.id.clone(),
        };
        access::authorize_hop(cx, &step.model, step.relation, &step.id, &key).await?;
        relation::must_lead_to(cx, &step, &key).await?;
    }
    Ok(())
}

/// The condition of a client on related rows, of what it may see of them and of others.
async fn guarded(
    cx: &Ctx,
    target: &Arc<ModelNode>,
    condition: Option<Condition>,
    rows: Option<Condition>,
) -> Result<Option<Condition>> {
    let mut query = Query::of(condition);
    access::guard_query(cx, target, &mut query).await?;
    Ok(both(rows, query.condition))
}

/// The id of the one related row, which has to be among those that the caller may write; `None`: it is inside the row.
async fn single(cx: &Ctx, of: &Of, target: &Arc<ModelNode>, rows: Option<Condition>) -> Result<Option<Value>> {
    if of.node().is_embedded() || !access::is_asked(cx, target).await? {
        return Ok(None);
    }
    let Some(mut row) = relation::get(cx, of).await? else { return Ok(None) };
    let id = row.take(target.id).unwrap_or_default();
    must_be_among(cx, of, target, &id, rows).await?;
    Ok(Some(id))
}

/// A related row is among those that the caller may write.
///
/// # Errors
/// 404: it is not.
async fn must_be_among(cx: &Ctx, of: &Of, target: &Arc<ModelNode>, key: &Value, rows: Option<Condition>) -> Result<()> {
    let Some(rows) = rows else { return Ok(()) };
    let wanted = access::of_row(target, key, rows);
    if engine::is_there(cx, target, Some(&wanted)).await? { Ok(()) } else { Err(relation::no_related_row(of, key)) }
}

fn condition(call: &Call<'_>, target: &ModelNode) -> Result<Option<Condition>> {
    resolve_where(target, arguments::condition(call.query)?, Reader::Client)
}

/// What is embedded is part of another model's answer, also when it is asked for on its own.
fn reader(of: &Of) -> Reader {
    if of.node().is_embedded() { Reader::Included } else { Reader::Client }
}

fn write_related(of: &Of, target: &ModelNode, row: &Row, out: &mut Vec<u8>) {
    if of.node().is_embedded() {
        engine::write_included_row(target, row, out);
    } else {
        engine::write_row(target, row, out);
    }
}

fn related_row(of: &Of, target: &ModelNode, row: &Row) -> Outcome {
    let mut out = Vec::with_capacity(512);
    write_related(of, target, row, &mut out);
    Outcome::Json(out)
}

/// A filter of one instance.
fn one(call: &Call<'_>, of: &Of, target: &ModelNode) -> Result<Query> {
    let filter = arguments::instance_filter(call.query)?;
    if of.node().is_to_any() && filter.fields.is_none() && filter.include.is_empty() {
        return Ok(Query::default());
    }
    if of.node().is_to_any() {
        let message = format!("the relation `{}` is polymorphic: it takes no filter", of.node().name);
        return Err(Error::bad_request(message).with_code("INVALID_FILTER"));
    }
    resolve_filter(target, filter, reader(of))
}

/// The body as data of one instance; without a body, no data.
fn input(target: &ModelNode, body: Body) -> Result<Input> {
    match body {
        Body::Absent => Input::of_json(target, Json::Object(serde_json::Map::new())),
        Body::Data(json) => Input::of_json(target, json),
    }
}

async fn create(call: Call<'_>, cx: &Ctx, of: &Of, target: &Arc<ModelNode>) -> Result<Outcome> {
    match call.body {
        Body::Data(Json::Array(items)) if !of.node().is_to_one() => {
            super::call::within_limit(target, &items)?;
            let mut inputs = items.into_iter().map(|item| Input::of_json(target, item)).collect::<Result<Vec<_>>>()?;
            for input in &mut inputs {
                guard_new(cx, of, target, input).await?;
            }
            let rows = relation::create_many(cx, of, inputs).await?;
            Ok(super::call::rows_by(&rows, |row, out| write_related(of, target, row, out)))
        }
        body => {
            let mut input = input(target, body)?;
            guard_new(cx, of, target, &mut input).await?;
            Ok(related_row(of, target, &relation::create(cx, of, input).await?))
        }
    }
}

/// Holds the data of a new related row to what is its client's to say. Whom the relation itself gives it to is not.
async fn guard_new(cx: &Ctx, of: &Of, target: &Arc<ModelNode>, input: &mut Input) -> Result<()> {
    if of.node().is_embedded() {
        return Ok(());
    }
    if of.node().through.is_none() && target.access.owners.iter().any(|owner| owner.is_key(of.node().to)) {
        // It belongs to the row that it is created over, whatever the data says.
        input.row.take(of.node().to);
        input.set(target, of.node().to, of.id.clone());
    }
    if let Some(through) = &of.node().through
        && let Some(input) = link(cx, of, &through.model(), Body::Absent, None).await?
    {
        input.into_row()?;
    }
    access::guard_input(cx, target, input, Written::New).await
}

/// Runs a method of a named scope.
pub(super) async fn run_scope(call: Call<'_>, cx: &Ctx, scope: usize, action: ScopeAction) -> Result<Outcome> {
    let model = call.model;
    let Some(scope) = model.scopes.get(scope) else { return Err(Error::internal("a scope that is not there")) };
    let narrowed = |wanted| engine::both(wanted, scope.query.condition.clone());
    match action {
        ScopeAction::Get => {
            let query = resolve_filter(model, arguments::filter(call.query)?, Reader::Client)?;
            let mut query = access::guard_scoped(cx, model, query, &scope.query).await?;
            query.condition = both(call.rows.clone(), query.condition.take());
            super::stream::list(cx, model, query).await
        }
        ScopeAction::Count => {
            let condition = narrowed(call.allowed(cx, condition(&call, model)?).await?);
            Ok(count(engine::count(cx, model, condition.as_ref()).await?))
        }
        ScopeAction::Delete => {
            let wanted = resolve_where(model, arguments::condition_of_write(call.query)?, Reader::Client)?;
            let condition = narrowed(call.allowed(cx, wanted).await?);
            engine::delete_all(cx, model, condition.as_ref()).await?;
            Ok(Outcome::NoContent)
        }
        ScopeAction::Create => {
            let mut input = input(model, call.body)?;
            access::guard_input(cx, model, &mut input, Written::New).await?;
            let fixed: Vec<(usize, Value)> =
                scope.query.condition.as_ref().map(engine::fixed_values).unwrap_or_default();
            for (at, value) in fixed {
                input.set(model, at, value);
            }
            Ok(row(model, &engine::create(cx, model, input).await?))
        }
    }
}
