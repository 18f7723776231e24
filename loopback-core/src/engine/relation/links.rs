//! Related rows that rows of a model between link: `hasMany` through another model, `hasAndBelongsToMany`.

use super::{Of, no_related};
use crate::ctx::Ctx;
use crate::engine;
use crate::engine::include::{Level, Shape};
use crate::engine::input::{Input, shown};
use crate::engine::scope::{both, narrowed};
use crate::error::{Error, Result};
use crate::graph::{ModelNode, RelationKind, RelationNode, Through};
use crate::plan::{Condition, LinkedTo, Query, Related};
use crate::value::{Row, Value};
use std::sync::Arc;

/// The model between; a relation is here because it has one.
fn between(relation: &RelationNode) -> Result<(&Through, Arc<ModelNode>)> {
    match &relation.through {
        Some(through) => Ok((through, through.model())),
        None => Err(Error::internal(format!("the relation `{}` has no model between", relation.name))),
    }
}

/// The rows of the model between that belong to a row, or that link it to another.
fn links_of(through: &Through, from: Value, to: Option<Value>) -> Condition {
    let mut list = vec![Condition::equals(through.from, from)];
    list.extend(to.map(|to| Condition::equals(through.to, to)));
    if let Some((discriminator, name)) = &through.discriminator {
        list.push(Condition::equals(*discriminator, Value::Text(name.to_string())));
    }
    Condition::And(list)
}

pub(crate) fn no_link(of: &Of, target: &ModelNode, key: &Value) -> Error {
    let through = of.node().through.as_ref().map(|through| through.model().name.to_string()).unwrap_or_default();
    let message = format!(
        "No relation found in {through} for ({}.{},{}.{})",
        of.model.name,
        shown(&of.id.to_json()),
        target.name,
        shown(&key.to_json())
    );
    Error::new(404, message)
}

/// The related rows, in the order in which they were linked unless the query has one.
pub(super) async fn load(cx: &Ctx, of: &Of, query: Query, shape: Shape) -> Result<Level> {
    let relation = of.node();
    let query = match &relation.scope {
        Some(scope) => narrowed(query, scope),
        None => query,
    };
    let key = of.key(cx).await?;
    engine::include::load_related(cx, &of.model, relation, &key, query, shape).await
}

pub(super) async fn create(cx: &Ctx, of: &Of, mut input: Input) -> Result<Row> {
    let target = of.target();
    let relation = of.node();
    crate::models::seal_ahead(cx, &target, std::slice::from_mut(&mut input)).await?;
    cx.exclusively(&of.model, async |cx: &Ctx| {
        if relation.kind == RelationKind::HasOne {
            super::must_be_free(cx, of).await?;
        }
        let source = of.source(cx).await?;
        of.hand_on(&source, &mut input);
        let row = engine::create(cx, &target, input).await?;
        let to = row.get(relation.to).cloned().unwrap_or_default();
        add(cx, of, source.get(relation.from).cloned().unwrap_or_default(), to, None).await?;
        Ok(row)
    })
    .await
}

/// Stores a row of the model between.
async fn add(cx: &Ctx, of: &Of, from: Value, to: Value, data: Option<Input>) -> Result<Row> {
    let (through, model) = between(of.node())?;
    let mut input = data.unwrap_or_else(|| Input::of_row(&model, Row::new(model.width())));
    input.set(&model, through.from, from);
    input.set(&model, through.to, to);
    if let Some((discriminator, name)) = &through.discriminator {
        input.set(&model, *discriminator, Value::Text(name.to_string()));
    }
    engine::create(cx, &model, input).await
}

pub(super) async fn link(cx: &Ctx, of: &Of, id: &Value, data: Option<Input>) -> Result<Row> {
    let relation = of.node();
    let target = of.target();
    let (through, model) = between(relation)?;
    let from = of.key(cx).await?;
    let to = key_of(cx, relation, &target, id).await?.ok_or_else(|| no_related(&target, id))?;
    let mut query = Query::of(Some(links_of(through, from.clone(), Some(to.clone()))));
    query.limit = Some(1);
    if let Some(row) = engine::find(cx, &model, &query).await?.pop() {
        // What is wrong with the data is wrong also where nothing is written.
        data.map(Input::into_row).transpose()?;
        return Ok(row);
    }
    if relation.kind == RelationKind::HasOne {
        return cx
            .exclusively(&of.model, async |cx: &Ctx| {
                super::must_be_free(cx, of).await?;
                add(cx, of, from, to, data).await
            })
            .await;
    }
    match add(cx, of, from, to, data).await {
        // Another request has linked them meanwhile.
        Err(error) if error.is_taken() && !cx.in_transaction(&model) => {
            engine::find(cx, &model, &query).await?.pop().ok_or(error)
        }
        done => done,
    }
}

/// The key by which the model between refers to the target with an id; `None`: there is no such target.
async fn key_of(cx: &Ctx, relation: &RelationNode, target: &Arc<ModelNode>, id: &Value) -> Result<Option<Value>> {
    let found = engine::find_by_id(cx, target, id.clone()).await?;
    Ok(found.and_then(|mut row| row.take(relation.to)))
}

pub(super) async fn unlink(cx: &Ctx, of: &Of, id: &Value) -> Result<()> {
    let relation = of.node();
    let target = of.target();
    let (through, model) = between(relation)?;
    let from = of.key(cx).await?;
    let to = if relation.to == target.id { Some(id.clone()) } else { key_of(cx, relation, &target, id).await? };
    let Some(to) = to else { return Ok(()) };
    engine::delete_all(cx, &model, Some(&links_of(through, from, Some(to)))).await.map(drop)
}

/// Whether a row of the model between that a condition holds for links a row to the one with an id.
///
/// # Errors
/// 404: there is no such row.
pub(crate) async fn is_linked(cx: &Ctx, of: &Of, id: &Value, condition: Condition) -> Result<bool> {
    let relation = of.node();
    let target = of.target();
    let (through, model) = between(relation)?;
    let from = of.key(cx).await?;
    let to = if relation.to == target.id { Some(id.clone()) } else { key_of(cx, relation, &target, id).await? };
    let Some(to) = to else { return Ok(false) };
    let wanted = links_of(through, from, Some(to)).and(engine::over_relations(&model, condition));
    engine::is_there(cx, &model, Some(&wanted)).await
}

/// The links go; the rows stay.
pub(super) async fn destroy_all(cx: &Ctx, of: &Of, wanted: Option<Condition>) -> Result<u64> {
    let relation = of.node();
    let (through, model) = between(relation)?;
    let from = of.key(cx).await?;
    let mut condition = links_of(through, from, None);
    let scope = relation.scope.as_ref().and_then(|scope| scope.condition.clone());
    if let Some(wanted) = both(wanted, scope) {
        // The model between refers to the target: its rows are asked about the target's.
        let leads =
            |back: &RelationNode| back.kind == RelationKind::BelongsTo && !back.is_to_any() && back.from == through.to;
        let back = model.relations.iter().position(leads);
        let back = back.ok_or_else(|| Error::internal(format!("{} does not lead to the target", model.name)))?;
        condition = condition.and(Condition::Related(Box::new(Related {
            relation: back,
            some: true,
            condition: Some(wanted),
            between: None,
        })));
    }
    engine::delete_all(cx, &model, Some(&condition)).await
}

pub(super) async fn count(cx: &Ctx, of: &Of, wanted: Option<Condition>) -> Result<u64> {
    let relation = of.node();
    let (through, model) = between(relation)?;
    let key = of.key(cx).await?;
    let between_scope = engine::hooked::narrowed(cx, &model, engine::scope::condition(&model, None)).await?;
    let linked = Condition::LinkedTo(Box::new(LinkedTo {
        between: model,
        from: through.from,
        to: through.to,
        discriminator: through.discriminator.as_ref().map(|(at, name)| (*at, Value::Text(name.to_string()))),
        key,
        at: relation.to,
        condition: between_scope,
    }));
    let scope = relation.scope.as_ref().and_then(|scope| scope.condition.clone());
    let condition = both(Some(linked), both(wanted, scope));
    engine::count(cx, &of.target(), condition.as_ref()).await
}
