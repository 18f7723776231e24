//! updateAttributes, of the row with an id.
//!
//! Hooks: `access`; `loaded` on the row as it is; `before save`, (validation), `persist`, (the database), `loaded`,
//! `after save`. Without a hook or a validation that needs the row, it is not read, and the change is one statement.

use super::find::visible;
use super::hooked::{self, Hooks, Save};
use super::input::{Input, shown};
use super::rows::{JsonRows, NoRows, ValueRows, write_values};
use super::scope;
use super::validate::{Subject, needs_current, validate};
use super::violation::{Write, explained};
use crate::access::Effect;
use crate::connector::RowVisitor;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::RawEvent;
use crate::graph::ModelNode;
use crate::plan::{Condition, FreeFields, Query, UpdatePlan};
use crate::value::{Row, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// The row that is changed.
pub(crate) enum Target<'a> {
    /// The row with an id: `access` is asked for it.
    Id(&'a Value),
    /// A row that was read before: it changes itself, and nobody is asked.
    Known(&'a Value, Row),
}

impl Target<'_> {
    fn id(&self) -> &Value {
        match self {
            Self::Id(id) | Self::Known(id, _) => id,
        }
    }
}

/// Changes some properties of the row with an id and gives the whole row; `None`: there is no such row.
///
/// # Errors
/// 422 with all that is wrong; 400 when the data has another id; 409 when a foreign key would lead nowhere.
pub(crate) async fn patch_by_id(cx: &Ctx, model: &Arc<ModelNode>, id: &Value, input: Input) -> Result<Option<Row>> {
    patch(cx, model, Target::Id(id), input).await
}

/// As [`patch_by_id`], for a row that was read before.
///
/// # Errors
/// As [`patch_by_id`].
pub(crate) async fn patch(cx: &Ctx, model: &Arc<ModelNode>, target: Target<'_>, input: Input) -> Result<Option<Row>> {
    if model.hooks.saves() {
        return with_hooks(cx, model, target, input).await;
    }
    let columns: Vec<usize> = (0..model.width()).collect();
    let mut rows = ValueRows { model, columns: &columns, rows: Vec::with_capacity(1) };
    plainly(cx, model, &target, input, &columns, &mut rows).await?;
    let row = rows.rows.pop();
    if let Some(row) = &row {
        cx.tell(model, || RawEvent::Changed(row.clone()));
    }
    Ok(row)
}

/// As [`patch_by_id`], with the row written as JSON; `false`: there is no such row.
///
/// # Errors
/// As [`patch_by_id`].
pub(crate) async fn patch_by_id_json(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    id: &Value,
    input: Input,
    out: &mut Vec<u8>,
) -> Result<bool> {
    let columns = visible(model, None);
    // Who is told of it is told of a row.
    if model.hooks.saves() || model.events.any() || model.authority != Effect::None {
        let Some(row) = patch(cx, model, Target::Id(id), input).await? else { return Ok(false) };
        write_values(model, &columns, &FreeFields::All, &row, out);
        out.push(b'}');
        return Ok(true);
    }
    let mut rows = JsonRows { model, columns: &columns, free: &FreeFields::All, out, count: 0 };
    plainly(cx, model, &Target::Id(id), input, &columns, &mut rows).await?;
    Ok(rows.count > 0)
}

/// Refuses data that would change the row's id.
fn keep_id(model: &ModelNode, id: &Value, input: &mut Input) -> Result<()> {
    let name = &model.id_property().name;
    input.keep_id(model, id, |from, to| {
        let why = if model.force_id { " when forceId is set to true" } else { "" };
        format!("{name} cannot be updated from {} to {}{why}", shown(from), shown(to))
    })
}

/// Without hooks on what is saved.
async fn plainly(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    target: &Target<'_>,
    mut input: Input,
    returning: &[usize],
    rows: &mut dyn RowVisitor,
) -> Result<()> {
    let id = target.id();
    keep_id(model, id, &mut input)?;
    input.touch(model);
    let condition = scope::condition(model, Some(Condition::equals(model.id, id.clone()).fixed(model)));
    let condition = match target {
        Target::Id(_) => hooked::narrowed(cx, model, condition).await?,
        Target::Known(..) => condition,
    };
    // Most validations need the changed properties alone; then the change is one statement.
    let current = if needs_current(model, &input.row) {
        match find_one(cx, model, condition.clone()).await? {
            Some(current) => Some(current),
            None => return Ok(()),
        }
    } else {
        None
    };
    let valid = validate(cx, model, &mut input, Subject::Patching { id, current: current.as_ref() }).await;
    if let Err(error) = valid {
        // A row that is not there is the greater error.
        let there = current.is_some() || find_one(cx, model, condition).await?.is_some();
        return if there { Err(error) } else { Ok(()) };
    }
    update(cx, model, &input, condition.as_ref(), returning, rows).await.map(drop)
}

/// The row that a condition finds which `access` has seen.
async fn find_one(cx: &Ctx, model: &Arc<ModelNode>, condition: Option<Condition>) -> Result<Option<Row>> {
    let query = Query { limit: Some(1), ..Query::of(condition) };
    Ok(super::find::select(cx, model, &query).await?.pop())
}

async fn with_hooks(cx: &Ctx, model: &Arc<ModelNode>, target: Target<'_>, input: Input) -> Result<Option<Row>> {
    let steps =
        cx.with_hooks(model, model.hooks.save_is_last(), async |cx: &Ctx| steps(cx, model, target, input).await);
    Box::pin(steps).await
}

async fn steps(cx: &Ctx, model: &Arc<ModelNode>, target: Target<'_>, mut input: Input) -> Result<Option<Row>> {
    let mut hooks = Hooks::of(cx, model);
    let given = input.row.get(model.id).cloned();
    keep_id(model, target.id(), &mut input)?;
    input.touch(model);
    let (id, condition, current) = match target {
        Target::Id(id) => {
            let condition = scope::condition(model, Some(Condition::equals(model.id, id.clone()).fixed(model)));
            let condition = hooks.access_where(condition.map(Cow::Owned)).await?.map(Cow::into_owned);
            let Some(mut current) = find_one(cx, model, condition.clone()).await? else { return Ok(None) };
            hooks.loaded(&mut current, None).await?;
            (id, condition, current)
        }
        Target::Known(id, row) => {
            (id, scope::condition(model, Some(Condition::equals(model.id, id.clone()).fixed(model))), row)
        }
    };
    let save = Save::Some(id, &current);
    // An id that the data repeats is part of what hooks see.
    if let Some(given) = given.filter(|given| !given.is_null()) {
        input.row.set(model.id, given);
    }
    hooks.before_save(&mut input, save).await?;
    let repeated = input.row.take(model.id);
    validate(cx, model, &mut input, Subject::Patching { id, current: Some(&current) }).await?;
    if let Some(id) = repeated {
        input.row.set(model.id, id);
    }
    let mut stored = hooks.persist(&input, save).await?;
    input.row.take(model.id);
    let written = stored.as_mut().unwrap_or(&mut input);
    written.row.take(model.id);
    if update(cx, model, written, condition.as_ref(), &[], &mut NoRows).await? == 0 {
        return Ok(None);
    }
    let mut now = written.row.clone();
    now.set(model.id, id.clone());
    hooks.loaded(&mut now, Some(false)).await?;
    // What `persist` and this `loaded` change is not in the answer, as in LoopBack.
    let mut row = current.clone();
    merge(model, &mut row, input);
    hooks.after_save(&mut row, save).await?;
    cx.tell(model, || RawEvent::Changed(row.clone()));
    Ok(Some(row))
}

/// The row with what the change sets.
pub(super) fn merge(model: &ModelNode, row: &mut Row, input: Input) {
    for (at, value) in input.row.iter() {
        row.set(at, value.clone());
    }
    let Some(at) = model.free.filter(|_| !input.free.is_empty()) else { return };
    let mut free = match row.take(at) {
        Some(Value::Json(serde_json::Value::Object(map))) => map,
        _ => serde_json::Map::new(),
    };
    free.extend(input.free);
    row.set(at, Value::Json(serde_json::Value::Object(free)));
}

async fn update(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    input: &Input,
    condition: Option<&Condition>,
    returning: &[usize],
    rows: &mut dyn RowVisitor,
) -> Result<u64> {
    let plan = UpdatePlan { model, set: &input.row, condition, returning, merge_free: Some(&input.free) };
    let (connector, tx) = cx.writer(model).await?;
    let done = connector.update(tx, plan, rows).await;
    explained(cx, model, Write::Update(&input.row, condition), done).await
}

/// The 404 of an id that is no row's.
pub(crate) fn missing(id: &Value) -> Error {
    Error::no_instance(shown(&id.to_json()))
}
