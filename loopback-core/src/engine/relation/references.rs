//! Related rows whose ids are in a list of the row: `referencesMany`.

use super::{Of, no_related};
use crate::ctx::Ctx;
use crate::engine;
use crate::engine::include::referenced;
use crate::engine::input::Input;
use crate::engine::scope::{both, narrowed};
use crate::error::{Error, Result, ValidationErrors};
use crate::plan::{Condition, Query};
use crate::value::{Row, Value};
use serde_json::Value as Json;

async fn condition(cx: &Ctx, of: &Of, wanted: Option<Condition>) -> Result<Condition> {
    let keys = keys(cx, of).await?;
    let own = if keys.is_empty() { Condition::Constant(false) } else { Condition::In(of.node().to.into(), true, keys) };
    let own = own.fixed(&of.target());
    Ok(match wanted {
        Some(wanted) => own.and(wanted),
        None => own,
    })
}

async fn keys(cx: &Ctx, of: &Of) -> Result<Vec<Value>> {
    let list = of.key(cx).await?;
    Ok(referenced(of.node(), &of.target(), &list))
}

pub(super) async fn query(cx: &Ctx, of: &Of, query: Query) -> Result<Query> {
    let mut query = match &of.node().scope {
        Some(scope) => narrowed(query, scope),
        None => query,
    };
    query.condition = Some(condition(cx, of, query.condition.take()).await?);
    Ok(query)
}

pub(super) async fn find_json(cx: &Ctx, of: &Of, wanted: Query, out: &mut Vec<u8>) -> Result<()> {
    let query = query(cx, of, wanted).await?;
    engine::find_json(cx, &of.target(), &query, out).await.map(drop)
}

pub(super) async fn find(cx: &Ctx, of: &Of, wanted: Query) -> Result<Vec<Row>> {
    let query = query(cx, of, wanted).await?;
    engine::find(cx, &of.target(), &query).await
}

pub(super) async fn count(cx: &Ctx, of: &Of, wanted: Option<Condition>) -> Result<u64> {
    let scope = of.node().scope.as_ref().and_then(|scope| scope.condition.clone());
    let condition = condition(cx, of, both(wanted, scope)).await?;
    engine::count(cx, &of.target(), Some(&condition)).await
}

/// Changes the list, with no other change of it in between.
async fn change(cx: &Ctx, of: &Of, change: impl FnOnce(&mut Vec<Value>) -> Result<bool>) -> Result<()> {
    cx.exclusively(&of.model, async |cx: &Ctx| {
        let stored = engine::find_locked(cx, &of.model, &of.id, of.node().from).await?;
        let stored = stored.ok_or_else(|| of.missing())?;
        let mut keys = referenced(of.node(), &of.target(), &stored);
        if !change(&mut keys)? {
            return Ok(());
        }
        let mut row = Row::new(of.model.width());
        row.set(of.node().from, Value::Json(keys.iter().map(Value::to_json).collect()));
        let input = Input::of_row(&of.model, row);
        engine::patch_by_id(cx, &of.model, &of.id, input).await?.ok_or_else(|| of.missing()).map(drop)
    })
    .await
}

pub(super) async fn create(cx: &Ctx, of: &Of, mut input: Input) -> Result<Row> {
    let relation = of.node();
    cx.atomically(&of.model, async |cx: &Ctx| {
        let source = of.source(cx).await?;
        of.hand_on(&source, &mut input);
        let row = engine::create(cx, &of.target(), input).await?;
        let key = row.get(relation.to).cloned().unwrap_or_default();
        change(cx, of, |keys| {
            keys.push(key);
            Ok(true)
        })
        .await?;
        Ok(row)
    })
    .await
}

pub(super) async fn link(cx: &Ctx, of: &Of, id: &Value) -> Result<Row> {
    let relation = of.node();
    let target = of.target();
    // The row itself is the first to be missed.
    of.key(cx).await?;
    let row = engine::find_by_id(cx, &target, id.clone()).await?.ok_or_else(|| no_related(&target, id))?;
    let key = row.get(relation.to).cloned().unwrap_or_default();
    change(cx, of, |keys| {
        if keys.contains(&key) {
            let mut errors = ValidationErrors::new(&of.model);
            let message = format!("contains duplicate `{}` instance", target.name);
            errors.add(&*relation.name, "uniqueness", message, None);
            return Err(Error::validation(&errors));
        }
        keys.push(key);
        Ok(true)
    })
    .await?;
    Ok(row)
}

pub(super) async fn unlink(cx: &Ctx, of: &Of, id: &Value) -> Result<()> {
    // By its JSON, as that is how the list has it.
    let json: Json = id.to_json();
    change(cx, of, |keys| {
        let before = keys.len();
        keys.retain(|key| key.to_json() != json);
        Ok(keys.len() < before)
    })
    .await
}

/// The rows go, and the list forgets them.
pub(super) async fn destroy_all(cx: &Ctx, of: &Of, wanted: Option<Condition>) -> Result<u64> {
    cx.atomically(&of.model, async |cx: &Ctx| {
        let scope = of.node().scope.as_ref().and_then(|scope| scope.condition.clone());
        let mut query = Query::of(Some(condition(cx, of, both(wanted, scope)).await?));
        // All of them, whatever limit a list has.
        query.limit = Some(i64::MAX as u64);
        let rows = engine::find(cx, &of.target(), &query).await?;
        let gone: Vec<Value> = rows.into_iter().filter_map(|mut row| row.take(of.node().to)).collect();
        if gone.is_empty() {
            return Ok(0);
        }
        change(cx, of, |keys| {
            keys.retain(|key| !gone.contains(key));
            Ok(true)
        })
        .await?;
        let condition = Condition::In(of.node().to.into(), true, gone);
        engine::delete_all(cx, &of.target(), Some(&condition)).await
    })
    .await
}
