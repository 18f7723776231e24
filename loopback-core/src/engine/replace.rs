//! replaceById: every property gets the value of the data, its default, or none.
//!
//! Hooks: `before save`, (validation), `persist`, (the database), `loaded`, `after save`. As in LoopBack the row as it was
//! is not looked for, so that `access` is not asked.

use super::hooked::{Hooks, Save};
use super::input::{Input, shown};
use super::rows::ValueRows;
use super::scope;
use super::validate::{Subject, validate};
use super::violation::{Write, explained};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::RawEvent;
use crate::graph::{Managed, ModelNode};
use crate::plan::{Condition, UpdatePlan};
use crate::value::{Row, Value};
use std::sync::Arc;

/// Replaces the row with an id and gives the new one.
///
/// # Errors
/// 422 with all that is wrong; 400 when the data has another id; 404 when there is no such row; 409 when a foreign key
/// would lead nowhere.
pub(crate) async fn replace_by_id(cx: &Ctx, model: &Arc<ModelNode>, id: &Value, mut input: Input) -> Result<Row> {
    let name = &model.id_property().name;
    input.keep_id(model, id, |from, to| {
        format!("id property ({name}) cannot be updated from {} to {}", shown(from), shown(to))
    })?;
    match try_replace(cx, model, id, input).await? {
        Some(row) => Ok(row),
        None => Err(Error::cannot("replace", shown(&id.to_json()))),
    }
}

/// As [`replace_by_id`]; `None`: there is no such row.
pub(super) async fn try_replace(cx: &Ctx, model: &Arc<ModelNode>, id: &Value, input: Input) -> Result<Option<Row>> {
    if model.hooks.saves() {
        let steps =
            cx.with_hooks(model, model.hooks.save_is_last(), async |cx: &Ctx| steps(cx, model, id, input).await);
        return Box::pin(steps).await;
    }
    steps(cx, model, id, input).await
}

async fn steps(cx: &Ctx, model: &Arc<ModelNode>, id: &Value, mut input: Input) -> Result<Option<Row>> {
    let mut hooks = Hooks::of(cx, model);
    // The id stands while defaults and validations run: it has a value.
    input.row.set(model.id, id.clone());
    input.touch(model);
    input.defaults(model);
    let condition = scope::condition(model, Some(Condition::equals(model.id, id.clone())));
    hooks.before_save(&mut input, Save::Whole).await?;
    if let Err(error) = validate(cx, model, &mut input, Subject::Replacing(id)).await {
        let (connector, tx) = cx.connector(model);
        let there = connector.count(tx, model, condition.as_ref(), Some(1)).await? > 0;
        return if there { Err(error) } else { Ok(None) };
    }
    let stored = hooks.persist(&input, Save::Whole).await?.unwrap_or(input);
    // What a replaced row keeps: the time of its creation.
    let managed = |at: usize| matches!(model.properties[at].managed, Some(Managed::Created | Managed::Deleted));
    let kept: Vec<usize> = (0..model.width()).filter(|at| managed(*at)).collect();
    let mut set = Row::new(model.width());
    for at in 0..model.width() {
        if at != model.id && !kept.contains(&at) {
            set.set(at, stored.row.get(at).cloned().unwrap_or_default());
        }
    }
    if let Some(free) = model.free {
        set.set(free, Value::Json(serde_json::Value::Object(stored.free)));
    }
    let plan = UpdatePlan { model, set: &set, condition: condition.as_ref(), returning: &kept, merge_free: None };
    let mut rows = ValueRows { model, columns: &kept, rows: Vec::new() };
    let (connector, tx) = cx.writer(model).await?;
    let done = connector.update(tx, plan, &mut rows).await;
    if explained(cx, model, Write::Update(&set, condition.as_ref()), done).await? == 0 {
        return Ok(None);
    }
    set.set(model.id, id.clone());
    if let Some(row) = rows.rows.first() {
        for (at, value) in row.iter() {
            set.set(at, value.clone());
        }
    }
    if model.hooks.saves() {
        hooks.loaded(&mut set, Some(false)).await?;
        hooks.after_save(&mut set, Save::Whole).await?;
    }
    cx.tell(model, || RawEvent::Changed(set.clone()));
    Ok(Some(set))
}
