//! updateAll: some properties of every row that a condition finds.
//!
//! Hooks: `access`, `before save`, (validation), `persist`, (the database), `after save`.

use super::hooked::{Hooks, Save};
use super::input::Input;
use super::rows::NoRows;
use super::scope;
use super::told::{changed, rows_hit};
use super::validate::{Subject, validate};
use super::violation::{Write, explained};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::RawEvent;
use crate::graph::ModelNode;
use crate::plan::{Condition, UpdatePlan};
use std::sync::Arc;

/// Changes the rows and counts them.
///
/// # Errors
/// 422 with all that is wrong; 400 when the data has an id; 409 when a foreign key would lead nowhere.
pub(crate) async fn update_all(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    condition: Option<&Condition>,
    input: Input,
) -> Result<u64> {
    if model.hooks.saves() {
        let steps =
            cx.with_hooks(model, model.hooks.save_is_last(), async |cx: &Ctx| steps(cx, model, condition, input).await);
        return Box::pin(steps).await;
    }
    steps(cx, model, condition, input).await
}

async fn steps(cx: &Ctx, model: &Arc<ModelNode>, condition: Option<&Condition>, mut input: Input) -> Result<u64> {
    let no_id = |input: &Input| match input.row.get(model.id) {
        Some(_) => Err(Error::bad_request(format!("{} cannot be updated", model.id_property().name))),
        None => Ok(()),
    };
    no_id(&input)?;
    let mut hooks = Hooks::of(cx, model);
    let condition = hooks.access_where(scope::borrowed(model, condition)).await?;
    input.touch(model);
    hooks.before_save(&mut input, Save::All(condition.as_deref())).await?;
    no_id(&input)?;
    validate(cx, model, &mut input, Subject::Many).await?;
    let mut stored = hooks.persist(&input, Save::All(condition.as_deref())).await?;
    if let Some(stored) = &mut stored {
        stored.row.take(model.id);
    }
    let written = stored.as_ref().unwrap_or(&input);
    let plan = UpdatePlan {
        model,
        set: &written.row,
        condition: condition.as_deref(),
        returning: &[],
        merge_free: Some(&written.free),
    };
    let rows = rows_hit(cx, model, condition.as_deref()).await?;
    let (connector, tx) = cx.writer(model).await?;
    let done = connector.update(tx, plan, &mut NoRows).await;
    let count = explained(cx, model, Write::Update(&written.row, condition.as_deref()), done).await?;
    let many = changed(model, rows, written);
    if model.hooks.saves() {
        hooks.after_save_all(input, condition.as_deref(), count).await?;
    }
    cx.tell(model, || RawEvent::changed_all(model, condition.as_deref(), count, many));
    Ok(count)
}
