//! destroyById and destroyAll.
//!
//! Hooks: `access` (not for an instance that deletes itself), `before delete`, (the database), `after delete`.

use super::hooked::Hooks;
use super::rows::NoRows;
use super::scope;
use super::told::rows_hit;
use super::violation::{Write, explained};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::events::RawEvent;
use crate::graph::ModelNode;
use crate::plan::{Condition, UpdatePlan};
use crate::value::{Row, Value, truncate_to_millis};
use chrono::Utc;
use std::borrow::Cow;
use std::sync::Arc;

/// Deletes the row with an id; 0: there was none.
pub(crate) async fn delete_by_id(cx: &Ctx, model: &Arc<ModelNode>, id: Value) -> Result<u64> {
    delete(cx, model, Which::Id(id)).await
}

/// Which rows go.
enum Which<'a> {
    /// The one with an id.
    Id(Value),
    /// One that was read before: `access` is not asked for it.
    Instance(Row),
    /// Those that a condition finds.
    All(Option<&'a Condition>),
}

/// Deletes the rows that a condition finds, and counts them.
///
/// # Errors
/// 409 when rows of other models refer to one of them.
pub(crate) async fn delete_all(cx: &Ctx, model: &Arc<ModelNode>, condition: Option<&Condition>) -> Result<u64> {
    delete(cx, model, Which::All(condition)).await
}

/// Deletes a row that was read before. 0: it is gone already.
///
/// # Errors
/// As [`delete_all`].
pub(crate) async fn delete_instance(cx: &Ctx, model: &Arc<ModelNode>, row: Row) -> Result<u64> {
    delete(cx, model, Which::Instance(row)).await
}

async fn delete(cx: &Ctx, model: &Arc<ModelNode>, which: Which<'_>) -> Result<u64> {
    if model.hooks.deletes() {
        return Box::pin(
            cx.with_hooks(model, model.hooks.delete_is_last(), async |cx: &Ctx| steps(cx, model, which).await),
        )
        .await;
    }
    steps(cx, model, which).await
}

async fn steps(cx: &Ctx, model: &Arc<ModelNode>, which: Which<'_>) -> Result<u64> {
    let (given, id, instance) = match which {
        Which::Id(id) => (Some(Cow::Owned(Condition::equals(model.id, id.clone()).fixed(model))), Some(id), None),
        Which::Instance(row) => {
            let id = row.get(model.id).cloned().unwrap_or_default();
            (Some(Cow::Owned(Condition::equals(model.id, id.clone()).fixed(model))), Some(id), Some(row))
        }
        Which::All(condition) => (condition.map(Cow::Borrowed), None, None),
    };
    let mut hooks = Hooks::of(cx, model);
    let mut condition = scope::borrowed(model, given.as_deref());
    if instance.is_none() {
        condition = hooks.access_where(condition).await?;
    }
    let condition = hooks.before_delete(condition, instance).await?;
    let rows = rows_hit(cx, model, condition.as_deref()).await?;
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
    if count > 0 {
        cx.tell(model, || match id {
            Some(id) => RawEvent::Deleted(id, rows.and_then(|mut rows| rows.pop())),
            None => RawEvent::deleted_all(model, condition.as_deref(), count, rows),
        });
    }
    Ok(count)
}
