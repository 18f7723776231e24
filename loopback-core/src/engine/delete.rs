//! destroyById and destroyAll.

use super::scope;
use super::violation::{Write, explained};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::graph::ModelNode;
use crate::plan::Condition;
use crate::value::Value;
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
    let condition = scope::borrowed(model, condition);
    let (connector, tx) = cx.connector(model);
    let done = connector.delete(tx, model, condition.as_deref()).await;
    explained(cx, model, Write::Delete(condition.as_deref()), done).await
}
