//! create, of one and of many, and findOrCreate.
//!
//! Hooks: `before save`, (validation), `persist`, (the database), `loaded`, `after save`. findOrCreate begins with the
//! hooks of a find.

use super::hooked::{Hooks, Save};
use super::input::Input;
use super::validate::{Subject, validate};
use super::violation::{Write, explained};
use crate::ctx::Ctx;
use crate::error::{ErrorKind, Result};
use crate::events::RawEvent;
use crate::graph::ModelNode;
use crate::plan::{InsertPlan, Query};
use crate::value::Row;
use std::sync::Arc;

/// Stores a new row and gives it as it is stored, defaults and id included.
///
/// # Errors
/// 422 with all that is wrong; 409 when a row has the id, or a foreign key leads nowhere.
pub(crate) async fn create(cx: &Ctx, model: &Arc<ModelNode>, input: Input) -> Result<Row> {
    if model.hooks.saves() {
        return Box::pin(
            cx.with_hooks(model, model.hooks.save_is_last(), async |cx: &Ctx| steps(cx, model, input).await),
        )
        .await;
    }
    steps(cx, model, input).await
}

async fn steps(cx: &Ctx, model: &Arc<ModelNode>, mut input: Input) -> Result<Row> {
    let mut hooks = Hooks::of(cx, model);
    input.complete(model);
    hooks.before_save(&mut input, Save::New).await?;
    validate(cx, model, &mut input, Subject::New).await?;
    let Some(stored) = hooks.persist(&input, Save::New).await? else {
        let mut row = insert(cx, model, input.row).await?;
        if model.hooks.saves() {
            hooks.loaded(&mut row.clone(), Some(true)).await?;
            hooks.after_save(&mut row, Save::New).await?;
        }
        cx.tell_new(model, || RawEvent::Created(row.clone()));
        return Ok(row);
    };
    // What `persist` and `loaded` change is not in the answer, as in LoopBack.
    let mut written = insert(cx, model, stored.row).await?;
    let mut row = input.row;
    // An id that the data has is answered as it was given.
    if let Some(id) = written.get(model.id).filter(|_| row.get(model.id).is_none()) {
        row.set(model.id, id.clone());
    }
    hooks.loaded(&mut written, Some(true)).await?;
    hooks.after_save(&mut row, Save::New).await?;
    cx.tell_new(model, || RawEvent::Created(row.clone()));
    Ok(row)
}

/// Stores new rows: all of them, or (when one is not valid) none.
///
/// # Errors
/// That of the first row that is not valid, with its place in the list.
pub(crate) async fn create_many(cx: &Ctx, model: &Arc<ModelNode>, mut inputs: Vec<Input>) -> Result<Vec<Row>> {
    crate::models::seal_ahead(cx, model, &mut inputs).await?;
    cx.atomically(model, async |cx: &Ctx| {
        let mut rows = Vec::with_capacity(inputs.len());
        for (at, input) in inputs.into_iter().enumerate() {
            let created = create(cx, model, input).await;
            rows.push(created.map_err(|error| error.in_list(at))?);
        }
        Ok(rows)
    })
    .await
}

async fn insert(cx: &Ctx, model: &Arc<ModelNode>, mut row: Row) -> Result<Row> {
    let (connector, tx) = cx.writer(model).await?;
    let done = connector.insert(tx, InsertPlan { model, rows: std::slice::from_ref(&row) }).await;
    let ids = explained(cx, model, Write::Insert(&row), done).await?;
    if let Some(id) = ids.into_iter().next() {
        row.set(model.id, id);
    }
    Ok(row)
}

/// The first row that a query finds, or a new one; `true`: it is new.
///
/// # Errors
/// As [`create`]. When another request creates the same row meanwhile, that row is found.
pub(crate) async fn find_or_create(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    mut query: Query,
    row: Row,
) -> Result<(Row, bool)> {
    query.limit = Some(1);
    if let Some(found) = super::find(cx, model, &query).await?.pop() {
        return Ok((found, false));
    }
    match create(cx, model, Input::of_row(model, row)).await {
        Ok(created) => Ok((created, true)),
        // A transaction has failed, or sees now what it saw before.
        Err(error) if cx.in_transaction(model) => Err(error),
        Err(error) if matches!(error.kind(), ErrorKind::Validation | ErrorKind::Conflict) => {
            match super::find(cx, model, &query).await?.pop() {
                Some(found) => Ok((found, false)),
                None => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}
