//! destroyById and destroyAll.
//!
//! Hooks: `access` (not for an instance that deletes itself), `before delete`, (the database), `after delete`.

use super::hooked::Hooks;
use super::rows::NoRows;
use super::scope;
use super::violation::{Write, explained};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::graph::ModelNode;
use crate::plan::{Condition, UpdatePlan};
use crate::value::{Row, Value, truncate_to_millis};
use chrono::Utc;
use std::sync::Arc;

/// Deletes the row with an id; 0: there was none.
pub(crate) async fn delete_by_id(cx: &Ctx, model: &Arc<ModelNode>, id: Value) -> Result<u64> {
    delete_all(cx, model, Some(&Condition::equals(model.id, id))).await
}

/// Deletes the rows that a condition finds, and counts them.
///
/// # Errors
/// 409 when rows of other models refer to one of them.
pub(crate) async fn delete_all(cx: &Ctx, model: &Arc<ModelNode>, condition: Option<&Condition>) -> Result<u64> {
    delete(cx, model, condition, None).await
}

/// Deletes a row that was read before: `access` is not asked for it. 0: it is gone already.
///
/// # Errors
/// As [`delete_all`].
pub(crate) async fn delete_instance(cx: &Ctx, model: &Arc<ModelNode>, row: Row) -> Result<u64> {
    let id = row.get(model.id).cloned().unwrap_or_default();
    delete(cx, model, Some(&Condition::equals(model.id, id)), Some(row)).await
}

async fn delete(cx: &Ctx, model: &Arc<ModelNode>, condition: Option<&Condition>, instance: Option<Row>) -> Result<u64> {
    if model.hooks.deletes() {
        let steps = cx.atomically(model, async |cx: &Ctx| steps(cx, model, condition, instance).await);
        return Box::pin(steps).await;
    }
    steps(cx, model, condition, instance).await
}

async fn steps(cx: &Ctx, model: &Arc<ModelNode>, condition: Option<&Condition>, instance: Option<Row>) -> Result<u64> {
    let mut hooks = Hooks::of(cx, model);
    let mut condition = scope::borrowed(model, condition);
    if instance.is_none() {
        condition = hooks.access_where(condition).await?;
    }
    let condition = hooks.before_delete(condition, instance).await?;
    let (connector, tx) = cx.writer(model).await?;
    let count = if let Some(deleted) = model.deleted {
        // The row stays; from now on no query sees it.
        let mut set = Row::new(model.width());
        set.set(deleted, Value::DateTime(truncate_to_millis(Utc::now())));
        let plan = UpdatePlan { model, set: &set, condition: condition.as_deref(), returning: &[], merge_free: None };
        connector.update(tx, plan, &mut NoRows).await?
    } else {
        let done = connector.delete(tx, model, condition.as_deref()).await;
        explained(cx, model, Write::Delete(condition.as_deref()), done).await?
    };
    hooks.after_delete(condition.as_deref(), count).await?;
    Ok(count)
}
