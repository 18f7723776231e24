//! find, findById, findOne, count, exists. Answers to juggler `lib/dao.js`.
//!
//! Hooks: `access`, then `loaded` for each row. Counting asks `access` alone.

use super::hooked::{self, Hooks, accessed};
use super::include::{Shape, load};
use super::rows::{JsonChunks, JsonRows, ValueRows, write_values};
use super::scope;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::graph::ModelNode;
use crate::meta::Phase;
use crate::plan::{Condition, FreeFields, Query, SelectPlan};
use crate::remoting::Chunks;
use crate::value::{Row, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// The columns of an answer to a client: those asked for, without hidden ones.
pub(super) fn visible<'a>(model: &'a ModelNode, query: Option<&Query>) -> Cow<'a, [usize]> {
    match query.and_then(|query| query.fields.as_ref()) {
        Some(fields) => model.visible.iter().copied().filter(|at| fields.columns.contains(at)).collect(),
        None => Cow::Borrowed(&model.visible),
    }
}

fn wanted(model: &ModelNode, query: &Query) -> Vec<usize> {
    match &query.fields {
        None => (0..model.width()).collect(),
        // Nothing of the rows is asked for; that they are there is.
        Some(fields) if fields.columns.is_empty() => vec![model.id],
        Some(fields) => fields.columns.clone(),
    }
}

/// Writes the rows of a query as JSON objects with commas between them, and counts them.
pub(crate) async fn find_json(cx: &Ctx, model: &Arc<ModelNode>, query: &Query, out: &mut Vec<u8>) -> Result<usize> {
    let mut hooks = Hooks::of(cx, model);
    let query = &*accessed(&mut hooks, query).await?;
    if !query.include.is_empty() {
        return included_json(cx, model, query, &mut hooks, out).await;
    }
    let columns = visible(model, Some(query));
    let free = query.fields.as_ref().map_or(&FreeFields::All, |fields| &fields.free);
    if model.hooks.has(Phase::Loaded) {
        let rows = read(cx, model, query, &mut hooks).await?;
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            write_values(model, &columns, free, row, out);
            out.push(b'}');
        }
        return Ok(rows.len());
    }
    if columns.is_empty() {
        return count_objects(cx, model, query, out).await;
    }
    let mut rows = JsonRows { model, columns: &columns, free, out, count: 0 };
    let (connector, tx) = cx.connector(model);
    connector.select(tx, SelectPlan::of(model, &columns, query), &mut rows).await?;
    Ok(rows.count)
}

/// The rows of a query with includes, which may be those of a hook.
async fn included_json(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    query: &Query,
    hooks: &mut Hooks<'_>,
    out: &mut Vec<u8>,
) -> Result<usize> {
    let level = load(cx, model, query, hooks, Shape::Json).await?;
    level.write(out);
    Ok(level.len())
}

/// Only hidden properties were asked for, or none: the rows are there, with nothing to show.
async fn count_objects(cx: &Ctx, model: &Arc<ModelNode>, query: &Query, out: &mut Vec<u8>) -> Result<usize> {
    let id = [model.id];
    let mut hidden = ValueRows { model, columns: &id, rows: Vec::new() };
    let (connector, tx) = cx.connector(model);
    connector.select(tx, SelectPlan::of(model, &id, query), &mut hidden).await?;
    let objects = vec!["{}"; hidden.rows.len()].join(",");
    out.extend_from_slice(objects.as_bytes());
    Ok(hidden.rows.len())
}

/// As [`find_json`], with chunks handed on while rows are read. Not for includes. With hooks on `loaded`, which may ask
/// the database themselves, all rows are read first.
pub(crate) async fn find_chunks(cx: &Ctx, model: &Arc<ModelNode>, query: &Query, chunks: &mut Chunks) -> Result<()> {
    if model.hooks.has(Phase::Loaded) {
        find_json(cx, model, query, &mut chunks.bytes).await?;
        return Ok(());
    }
    let mut hooks = Hooks::of(cx, model);
    let query = &*accessed(&mut hooks, query).await?;
    if !query.include.is_empty() {
        included_json(cx, model, query, &mut hooks, &mut chunks.bytes).await?;
        return Ok(());
    }
    let columns = visible(model, Some(query));
    if columns.is_empty() {
        count_objects(cx, model, query, &mut chunks.bytes).await?;
        return Ok(());
    }
    let free = query.fields.as_ref().map_or(&FreeFields::All, |fields| &fields.free);
    let mut rows = JsonChunks { model, columns: &columns, free, chunks, first: true };
    let (connector, tx) = cx.connector(model);
    connector.select(tx, SelectPlan::of(model, &columns, query), &mut rows).await
}

/// The rows of a query, as values.
pub(crate) async fn find(cx: &Ctx, model: &Arc<ModelNode>, query: &Query) -> Result<Vec<Row>> {
    let mut hooks = Hooks::of(cx, model);
    let query = accessed(&mut hooks, query).await?;
    if !query.include.is_empty() {
        return Ok(load(cx, model, &query, &mut hooks, Shape::Values).await?.into_rows());
    }
    read(cx, model, &query, &mut hooks).await
}

/// The rows of a query that `access` has seen.
async fn read(cx: &Ctx, model: &Arc<ModelNode>, query: &Query, hooks: &mut Hooks<'_>) -> Result<Vec<Row>> {
    let mut rows = select(cx, model, query).await?;
    hooks.all_loaded(&mut rows).await?;
    Ok(rows)
}

/// The rows of a query that `access` has seen, without `loaded`.
pub(crate) async fn select(cx: &Ctx, model: &Arc<ModelNode>, query: &Query) -> Result<Vec<Row>> {
    let columns = wanted(model, query);
    let mut rows = ValueRows { model, columns: &columns, rows: Vec::new() };
    let (connector, tx) = cx.connector(model);
    connector.select(tx, SelectPlan::of(model, &columns, query), &mut rows).await?;
    Ok(rows.rows)
}

/// Writes the row with an id; `false`: there is none.
pub(crate) async fn find_by_id_json(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    id: Value,
    mut query: Query,
    out: &mut Vec<u8>,
) -> Result<bool> {
    let own = Condition::equals(model.id, id).fixed(model);
    query.condition = scope::both(Some(own), query.condition.take());
    query.limit = Some(1);
    Ok(find_json(cx, model, &query, out).await? > 0)
}

/// The row with an id.
pub(crate) async fn find_by_id(cx: &Ctx, model: &Arc<ModelNode>, id: Value) -> Result<Option<Row>> {
    let mut query = Query::by_id(model, id);
    query.limit = Some(1);
    Ok(find(cx, model, &query).await?.pop())
}

/// Counts rows.
pub(crate) async fn count(cx: &Ctx, model: &Arc<ModelNode>, condition: Option<&Condition>) -> Result<u64> {
    let condition = Hooks::of(cx, model).access_where(scope::borrowed(model, condition)).await?;
    let (connector, tx) = cx.connector(model);
    connector.count(tx, model, condition.as_deref(), None).await
}

/// A condition with everything that decides which rows a client is shown: the default scope, and the `access` hooks.
pub(crate) async fn shown_condition(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    condition: Option<Condition>,
) -> Result<Option<Condition>> {
    hooked::narrowed(cx, model, scope::condition(model, condition)).await
}

/// Whether there is a row with an id.
pub(crate) async fn exists(cx: &Ctx, model: &Arc<ModelNode>, id: Value) -> Result<bool> {
    let condition = scope::condition(model, Some(Condition::equals(model.id, id).fixed(model)));
    let condition = Hooks::of(cx, model).access_where(condition.map(Cow::Owned)).await?;
    let (connector, tx) = cx.connector(model);
    Ok(connector.count(tx, model, condition.as_deref(), Some(1)).await? > 0)
}

/// A property of the row with an id, which no other transaction changes until this one ends; `None`: there is no such
/// row.
pub(crate) async fn find_locked(cx: &Ctx, model: &Arc<ModelNode>, id: &Value, at: usize) -> Result<Option<Value>> {
    let columns = [at];
    let mut query = Query::by_id(model, id.clone());
    query.condition = hooked::narrowed(cx, model, scope::condition(model, query.condition)).await?;
    query.limit = Some(1);
    let mut rows = ValueRows { model, columns: &columns, rows: Vec::new() };
    let (connector, tx) = cx.writer(model).await?;
    let plan = SelectPlan { lock: true, ..SelectPlan::of(model, &columns, &query) };
    connector.select(tx, plan, &mut rows).await?;
    Ok(rows.rows.pop().map(|mut row| row.take(at).unwrap_or_default()))
}

/// The row with an id as it is stored, whoever may see it.
pub(crate) async fn stored_row(cx: &Ctx, model: &Arc<ModelNode>, id: &Value) -> Result<Option<Row>> {
    let query = Query { limit: Some(1), ..Query::of(Some(Condition::equals(model.id, id.clone()))) };
    Ok(select(cx, model, &query).await?.pop())
}
