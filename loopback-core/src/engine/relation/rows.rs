//! Related rows that have the key, or whose key the row has: `hasMany`, `hasOne`, `belongsTo`.

use super::{Of, no_related};
use crate::ctx::Ctx;
use crate::engine::input::Input;
use crate::engine::scope::{both, narrowed};
use crate::engine::{self};
use crate::error::{Error, Result};
use crate::graph::{ModelNode, Polymorphic, RelationKind};
use crate::plan::{Condition, Query};
use crate::value::{Row, Value};
use std::sync::Arc;

/// The condition that related rows meet.
fn condition(of: &Of, key: Value) -> Condition {
    let relation = of.node();
    if key.is_null() {
        return Condition::Constant(false);
    }
    let own = Condition::equals(relation.to, key);
    match &relation.polymorphic {
        Some(Polymorphic::From { discriminator, name }) => {
            own.and(Condition::equals(*discriminator, Value::Text(name.to_string())))
        }
        _ => own,
    }
}

pub(super) async fn query(cx: &Ctx, of: &Of, query: Query) -> Result<Query> {
    let own = condition(of, of.key(cx).await?).fixed(&of.target());
    let mut query = match &of.node().scope {
        Some(scope) => narrowed(query, scope),
        None => query,
    };
    // The key's condition first: it is the one with an index.
    query.condition = both(Some(own), query.condition);
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

/// The model of the one related row, and the query that finds it; `None`: the row names no other.
async fn one(cx: &Ctx, of: &Of, mut wanted: Query) -> Result<Option<(Arc<ModelNode>, Query)>> {
    let relation = of.node();
    wanted.limit = Some(1);
    if let Some(Polymorphic::To { discriminator, .. }) = &relation.polymorphic {
        let source = of.source(cx).await?;
        let (Some(Value::Text(name)), Some(key)) = (source.get(*discriminator), source.get(relation.from)) else {
            return Ok(None);
        };
        let targets = relation.any_targets().iter().map(|(target, to)| (target.get(), *to));
        let found = targets.into_iter().find(|(target, _)| *target.name == **name).filter(|_| !key.is_null());
        return Ok(found.map(|(target, to)| {
            wanted.condition = both(Some(Condition::equals(to, key.clone()).fixed(&target)), wanted.condition.take());
            (target, wanted)
        }));
    }
    let query = query(cx, of, wanted).await?;
    Ok(Some((of.target(), query)))
}

pub(super) async fn get_json(cx: &Ctx, of: &Of, wanted: Query, out: &mut Vec<u8>) -> Result<()> {
    match one(cx, of, wanted).await? {
        Some((target, query)) => match engine::find_json(cx, &target, &query, out).await? {
            0 => Err(of.nothing(&target)),
            _ => Ok(()),
        },
        None => Err(Error::not_found_in(&of.model.name).with_message(format!(
            "the {} with the id {} names nothing in `{}`",
            of.model.name,
            of.id.to_json(),
            of.node().name
        ))),
    }
}

pub(super) async fn get(cx: &Ctx, of: &Of) -> Result<Option<Row>> {
    match one(cx, of, Query::default()).await? {
        Some((target, query)) => Ok(engine::find(cx, &target, &query).await?.pop()),
        None => Ok(None),
    }
}

pub(super) async fn create(cx: &Ctx, of: &Of, input: Input) -> Result<Row> {
    let relation = of.node();
    if relation.kind == RelationKind::BelongsTo {
        return Err(Error::bad_request("a related row of a belongsTo is created on its own"));
    }
    // No unique index tells these rows from those of other relations over the same key: the row itself is locked.
    if relation.kind == RelationKind::HasOne && (relation.polymorphic.is_some() || relation.scope.is_some()) {
        return cx
            .exclusively(&of.model, async |cx: &Ctx| {
                super::must_be_free(cx, of).await?;
                add(cx, of, input, false).await
            })
            .await;
    }
    add(cx, of, input, relation.kind == RelationKind::HasOne).await
}

/// Whether there is a related row, whoever may see it.
pub(super) async fn is_taken(cx: &Ctx, of: &Of) -> Result<bool> {
    let condition = condition(of, of.key(cx).await?);
    let scope = of.node().scope.as_ref().and_then(|scope| scope.condition.clone());
    engine::is_there(cx, &of.target(), both(Some(condition), scope).as_ref()).await
}

/// Stores a row that is related to the row; `alone`: when it has none yet.
async fn add(cx: &Ctx, of: &Of, mut input: Input, alone: bool) -> Result<Row> {
    let relation = of.node();
    let target = of.target();
    let source = of.source(cx).await?;
    let key = source.get(relation.from).cloned().unwrap_or_default();
    // Two at once meet at the unique index of the key.
    if alone && engine::is_there(cx, &target, Some(&condition(of, key.clone()))).await? {
        return Err(super::has_one(&target));
    }
    of.hand_on(&source, &mut input);
    input.set(&target, relation.to, key);
    if let Some(Polymorphic::From { discriminator, name }) = &relation.polymorphic {
        input.set(&target, *discriminator, Value::Text(name.to_string()));
    }
    engine::create(cx, &target, input).await
}

/// Changes a related row, but not whose it is.
pub(super) async fn change(cx: &Ctx, of: &Of, key: &Value, mut input: Input) -> Result<Row> {
    let relation = of.node();
    let target = of.target();
    if matches!(relation.kind, RelationKind::HasMany | RelationKind::HasOne) && relation.through.is_none() {
        let own = of.key(cx).await?;
        input.keep(&target, relation.to, &own);
        if let Some(Polymorphic::From { discriminator, name }) = &relation.polymorphic {
            input.keep(&target, *discriminator, &Value::Text(name.to_string()));
        }
    }
    engine::patch_by_id(cx, &target, key, input).await?.ok_or_else(|| no_related(&target, key))
}

/// The condition, narrowed to related rows.
async fn narrow(cx: &Ctx, of: &Of, wanted: Option<Condition>) -> Result<Condition> {
    let target = of.target();
    let own = condition(of, of.key(cx).await?).fixed(&target);
    let scope = of.node().scope.as_ref().and_then(|scope| scope.condition.clone());
    let scope = scope.map(|scope| scope.fixed(&target));
    Ok(both(Some(own), both(wanted, scope)).unwrap_or(Condition::Constant(false)))
}

pub(super) async fn destroy_all(cx: &Ctx, of: &Of, wanted: Option<Condition>) -> Result<u64> {
    let condition = narrow(cx, of, wanted).await?;
    engine::delete_all(cx, &of.target(), Some(&condition)).await
}

pub(super) async fn count(cx: &Ctx, of: &Of, wanted: Option<Condition>) -> Result<u64> {
    let condition = narrow(cx, of, wanted).await?;
    engine::count(cx, &of.target(), Some(&condition)).await
}
