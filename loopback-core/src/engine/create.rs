//! create, of one and of many, and findOrCreate.

use super::input::Input;
use super::validate::{Subject, validate};
use super::violation::{Write, explained};
use crate::ctx::Ctx;
use crate::error::{ErrorKind, Result};
use crate::graph::ModelNode;
use crate::plan::{InsertPlan, Query};
use crate::value::Row;
use std::sync::Arc;

/// Stores a new row and gives it as it is stored, defaults and id included.
///
/// # Errors
/// 422 with all that is wrong; 409 when a row has the id, or a foreign key leads nowhere.
pub(crate) async fn create(cx: &Ctx, model: &Arc<ModelNode>, mut input: Input) -> Result<Row> {
    input.complete(model);
    validate(cx, model, &mut input, Subject::New).await?;
    insert(cx, model, input.row).await
}

/// Stores new rows: all of them, or (when one is not valid) none.
///
/// # Errors
/// That of the first row that is not valid, with its place in the list.
pub(crate) async fn create_many(cx: &Ctx, model: &Arc<ModelNode>, inputs: Vec<Input>) -> Result<Vec<Row>> {
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

pub(super) async fn insert(cx: &Ctx, model: &Arc<ModelNode>, mut row: Row) -> Result<Row> {
    let (connector, tx) = cx.connector(model);
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
