//! patchOrCreate (upsert), replaceOrCreate, upsertWithWhere.
//!
//! Hooks: those of the patch, the replace or the create that it comes to; upsertWithWhere asks `access` first.

use super::hooked::{Hooks, accessed};
use super::input::{Input, shown};
use super::patch::{Target, patch};
use super::{create, patch_by_id, replace};
use crate::ctx::Ctx;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::ModelNode;
use crate::plan::{Condition, Query};
use crate::value::Row;
use std::sync::Arc;

/// Changes the row with the data's id like a patch, or creates one.
///
/// # Errors
/// As patch and create; 404 when the id is unknown and not the client's to give.
pub(crate) async fn upsert(cx: &Ctx, model: &Arc<ModelNode>, input: Input) -> Result<Row> {
    let Some(id) = input.id(model).cloned() else { return create(cx, model, input).await };
    let second = input.clone();
    if let Some(row) = patch_by_id(cx, model, &id, input).await? {
        return Ok(row);
    }
    if model.force_id {
        return Err(Error::cannot("update attributes", shown(&id.to_json())));
    }
    let third = second.clone();
    match create(cx, model, second).await {
        // Another request has created it meanwhile. A transaction has failed with that.
        Err(error) if error.kind() == ErrorKind::Conflict && !cx.in_transaction(model) => {
            patch_by_id(cx, model, &id, third).await?.ok_or(error)
        }
        done => done,
    }
}

/// Replaces the row with the data's id, or creates one.
///
/// # Errors
/// As replace and create; 404 when the id is unknown and not the client's to give.
pub(crate) async fn replace_or_create(cx: &Ctx, model: &Arc<ModelNode>, input: Input) -> Result<Row> {
    let Some(id) = input.id(model).cloned() else { return create(cx, model, input).await };
    let second = input.clone();
    if let Some(row) = replace::try_replace(cx, model, &id, input).await? {
        return Ok(row);
    }
    if model.force_id {
        return Err(Error::cannot("replace", shown(&id.to_json())));
    }
    let third = second.clone();
    match create(cx, model, second).await {
        Err(error) if error.kind() == ErrorKind::Conflict && !cx.in_transaction(model) => {
            replace::try_replace(cx, model, &id, third).await?.ok_or(error)
        }
        done => done,
    }
}

/// The refusal of an upsert whose condition finds more than one row.
pub(crate) fn several_found() -> Error {
    Error::bad_request("There are multiple instances found.Upsert Operation will not be performed!")
}

/// Changes the one row that a condition finds, or creates one when it finds none.
///
/// # Errors
/// As patch and create; 400 when the condition finds more than one row.
pub(crate) async fn upsert_with_where(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    condition: Option<Condition>,
    input: Input,
) -> Result<Row> {
    let mut query = Query::of(condition);
    query.limit = Some(2);
    if !model.hooks.saves() {
        // Without hooks nobody asks for the row as it was.
        query.fields =
            Some(crate::plan::FieldSet { columns: vec![model.id], free: crate::plan::FreeFields::Only(Vec::new()) });
    }
    cx.exclusively(model, async |cx: &Ctx| {
        if !model.hooks.saves() {
            // The lock comes before the question, where there is one. With hooks it would be held while they run.
            cx.writer(model).await?;
        }
        // The rows are looked for here: the patch asks nobody again, and `loaded` is none of its phases.
        let query = accessed(&mut Hooks::of(cx, model), &query).await?;
        let mut found = super::find::select(cx, model, &query).await?;
        match (found.pop(), found.is_empty()) {
            (None, _) => create(cx, model, input).await,
            (Some(row), true) => {
                let id = row.get(model.id).cloned().unwrap_or_default();
                let target = Target::Known(&id, row);
                patch(cx, model, target, input).await?.ok_or_else(|| super::patch::missing(&id))
            }
            _ => Err(several_found()),
        }
    })
    .await
}
