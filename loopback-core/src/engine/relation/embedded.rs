//! Data of another model that is stored inside the row: `embedsOne`, `embedsMany`.

use super::Of;
use crate::connector::memory;
use crate::ctx::Ctx;
use crate::engine;
use crate::engine::include::{Level, Shape, embedded_rows, load_embedded};
use crate::engine::input::{Input, shown};
use crate::engine::scope::both;
use crate::engine::validate::{Subject, validate};
use crate::error::{Error, Result, ValidationErrors};
use crate::graph::{Kind, ModelNode, RelationKind, RelationNode};
use crate::plan::{Condition, Query};
use crate::value::{Row, Value};
use serde_json::{Map, Value as Json};
use std::sync::Arc;

pub(super) async fn load(cx: &Ctx, of: &Of, query: Query, shape: Shape) -> Result<Level> {
    let stored = of.key(cx).await?;
    load_embedded(cx, of.node(), stored, query, shape).await
}

/// Which of the items belong to the relation.
pub(super) fn scope(of: &Of) -> Option<Condition> {
    let own = of.node().scope.as_ref().and_then(|scope| scope.condition.clone());
    let default = of.target().default_scope.as_ref().and_then(|scope| scope.condition.clone());
    both(own, default)
}

/// Counts the items that a condition finds, whatever their limit in a list.
pub(super) async fn count(cx: &Ctx, of: &Of, wanted: Option<Condition>) -> Result<u64> {
    let stored = of.key(cx).await?;
    let condition = both(wanted, scope(of));
    let rows = embedded_rows(of.node(), &of.target(), &stored);
    Ok(rows.iter().filter(|row| condition.as_ref().is_none_or(|condition| memory::holds(condition, row))).count()
        as u64)
}

/// The JSON of a row: what has a value.
fn json(model: &ModelNode, row: &Row) -> Json {
    let set = row.iter().filter(|(at, value)| Some(*at) != model.free && !value.is_null());
    Json::Object(set.map(|(at, value)| (model.properties[at].name.to_string(), value.to_json())).collect())
}

/// Changes what is stored, with no other change of it in between. `change` gets the rows that are there.
async fn change<T>(cx: &Ctx, of: &Of, change: impl AsyncFnOnce(&Ctx, &mut Vec<Row>) -> Result<T>) -> Result<T> {
    let relation = of.node();
    let target = of.target();
    cx.exclusively(&of.model, async |cx: &Ctx| {
        let stored = engine::find_locked(cx, &of.model, &of.id, relation.from).await?;
        let stored = stored.ok_or_else(|| of.missing())?;
        let mut rows = embedded_rows(relation, &target, &stored);
        let before = rows.clone();
        let done = change(cx, &mut rows).await?;
        if rows != before {
            let value = match (relation.kind, rows.as_slice()) {
                (RelationKind::EmbedsOne, []) => Value::Null,
                (RelationKind::EmbedsOne, [row, ..]) => Value::Json(json(&target, row)),
                (_, rows) => Value::Json(rows.iter().map(|row| json(&target, row)).collect()),
            };
            let mut row = Row::new(of.model.width());
            row.set(relation.from, value);
            let input = Input::of_row(&of.model, row);
            engine::patch_by_id(cx, &of.model, &of.id, input).await?.ok_or_else(|| of.missing())?;
        }
        Ok(done)
    })
    .await
}

/// Whether an item may be stored. Without validation it still has to be one: of the types of its properties, with those
/// that must have a value.
async fn check(
    cx: &Ctx,
    relation: &RelationNode,
    target: &Arc<ModelNode>,
    input: &mut Input,
    subject: Subject<'_>,
) -> Result<()> {
    if relation.validate {
        return validate(cx, target, input, subject).await;
    }
    let mut errors = input.errors.clone();
    for (at, property) in target.named() {
        let missing = input.row.get(at).is_none_or(Value::is_null);
        if missing && property.required && !property.generated && !errors.has(&property.name) {
            errors.add(&*property.name, "presence", "can't be blank", None);
        }
    }
    errors.into_result()
}

/// The number of a new item whose id is one: after the greatest that is there, as in LoopBack.
fn number<'r>(target: &ModelNode, rows: impl IntoIterator<Item = &'r Row>) -> Option<Value> {
    let id = target.id_property();
    if !id.generated || !matches!(id.kind, Kind::Integer { .. }) {
        return None;
    }
    let numbers = rows.into_iter().filter_map(|row| match row.get(target.id) {
        Some(Value::Int(n)) => Some(*n),
        _ => None,
    });
    Some(Value::Int(numbers.max().unwrap_or(0).saturating_add(1)))
}

pub(super) async fn create(cx: &Ctx, of: &Of, mut input: Input) -> Result<Row> {
    let relation = of.node();
    let target = of.target();
    let source = of.source(cx).await?;
    of.hand_on(&source, &mut input);
    input.complete(&target);
    check(cx, relation, &target, &mut input, Subject::New).await?;
    let mut row = input.row;
    change(cx, of, async |_: &Ctx, rows: &mut Vec<Row>| {
        if row.get(target.id).is_none_or(Value::is_null)
            && let Some(number) = number(&target, &*rows)
        {
            row.set(target.id, number);
        }
        if relation.kind == RelationKind::EmbedsOne {
            *rows = vec![row.clone()];
            return Ok(row);
        }
        if rows.iter().any(|known| known.get(target.id) == row.get(target.id)) {
            return Err(duplicate(of, &target, rows, &row));
        }
        rows.push(row.clone());
        Ok(row)
    })
    .await
}

fn duplicate(of: &Of, target: &ModelNode, rows: &[Row], row: &Row) -> Error {
    let mut errors = ValidationErrors::new(&of.model);
    let mut all: Json = rows.iter().chain([row]).map(|row| json(target, row)).collect();
    of.model.properties[of.node().from].kind.hide(&mut all);
    let message = format!("contains duplicate `{}`", target.id_property().name);
    errors.add(&*of.model.properties[of.node().from].name, "uniqueness", message, Some(all));
    Error::validation(&errors)
}

/// Changes the item, or that with an id.
pub(super) async fn update(cx: &Ctx, of: &Of, key: Option<&Value>, input: Input) -> Result<Row> {
    let relation = of.node();
    let target = of.target();
    change(cx, of, async |cx: &Ctx, rows: &mut Vec<Row>| {
        let found = match key {
            None => rows.first_mut(),
            Some(key) => rows.iter_mut().find(|row| row.get(target.id) == Some(key)),
        };
        let Some(row) = found else {
            return Err(match key {
                Some(key) => Error::model_not_found(&target, shown(&key.to_json())),
                None => of.nothing(&target),
            });
        };
        let mut changed = input.clone();
        if let Some(key) = key {
            changed.keep(&target, target.id, key);
        }
        // The whole item is validated: it is written as a whole.
        for (at, value) in row.iter() {
            if changed.row.get(at).is_none() {
                changed.row.set(at, value.clone());
            }
        }
        let id = key.cloned().unwrap_or_default();
        check(cx, relation, &target, &mut changed, Subject::Replacing(&id)).await?;
        *row = changed.row;
        Ok(row.clone())
    })
    .await
}

/// Takes items away: the one, or those that a condition finds.
pub(super) async fn destroy(cx: &Ctx, of: &Of, condition: Option<&Condition>) -> Result<u64> {
    change(cx, of, async |_: &Ctx, rows: &mut Vec<Row>| {
        let before = rows.len();
        rows.retain(|row| condition.is_some_and(|condition| !memory::holds(condition, row)));
        Ok((before - rows.len()) as u64)
    })
    .await
}

/// Settles embedded data that is written with the row: defaults, ids, validations of its model.
pub(in crate::engine) async fn settle(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    input: &mut Input,
    errors: &mut ValidationErrors,
) -> Result<()> {
    for relation in model.relations.iter().filter(|relation| relation.is_embedded()) {
        let property = &model.properties[relation.from];
        let Some(Value::Json(stored)) = input.row.get(relation.from).cloned() else { continue };
        if errors.has(&property.name) {
            continue;
        }
        let target = relation.target();
        let items = match stored {
            Json::Array(items) => items,
            one => vec![one],
        };
        let mut shown_items = Json::Array(items.clone());
        if relation.kind == RelationKind::EmbedsMany {
            property.kind.hide(&mut shown_items);
        } else if let Some(one) = shown_items.get_mut(0) {
            property.kind.hide(one);
        }
        let mut settled: Vec<Row> = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let mut parsed = Input::of_json(&target, without_null(item))?;
            // An id that is there already is no client's doing.
            parsed.defaults(&target);
            if let Err(error) =
                Box::pin(check(cx, relation, &target, &mut parsed, Subject::Replacing(&Value::Null))).await
            {
                let what = error.validation_summary();
                let id = target.property(&target.id_property().name).and_then(|at| parsed.row.get(at));
                let name = id.map_or_else(|| at.to_string(), |id| shown(&id.to_json()));
                let message = match relation.kind {
                    RelationKind::EmbedsMany => format!("contains invalid item: `{name}` ({what})"),
                    _ => format!("is invalid: {what}"),
                };
                errors.add(&*property.name, "invalid", message, Some(shown_items.clone()));
            }
            let id = parsed.row.get(target.id);
            let twice = |known: &Row| known.get(target.id) == id && id.is_some();
            if relation.kind == RelationKind::EmbedsMany && settled.iter().any(twice) {
                let message = format!("contains duplicate `{}`", target.id_property().name);
                errors.add(&*property.name, "uniqueness", message, Some(shown_items.clone()));
            }
            settled.push(parsed.row);
        }
        for at in 0..settled.len() {
            if settled[at].get(target.id).is_none_or(Value::is_null)
                && let Some(number) = number(&target, &settled)
            {
                settled[at].set(target.id, number);
            }
        }
        let value = match (relation.kind, settled.as_slice()) {
            (RelationKind::EmbedsOne, [row, ..]) => json(&target, row),
            (_, rows) => rows.iter().map(|row| json(&target, row)).collect(),
        };
        input.row.set(relation.from, Value::Json(value));
    }
    Ok(())
}

/// A missing value of stored data is not there at all.
fn without_null(item: &Json) -> Json {
    match item {
        Json::Object(map) => {
            let set = map.iter().filter(|(_, value)| !value.is_null());
            Json::Object(set.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}
