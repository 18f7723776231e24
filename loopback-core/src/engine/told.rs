//! The rows that a write of several is about, for change streams.

use super::find::select;
use super::input::Input;
use super::patch::merge;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::events::ManyChanged;
use crate::graph::ModelNode;
use crate::plan::{Condition, Query};
use crate::value::Row;
use std::sync::Arc;

/// Rows that are told of one by one. They are kept for each of the events that wait.
const MOST: usize = 100;

/// The rows that a condition finds, before they change or go; `None`: nobody wants them, or they are too many.
pub(super) async fn rows_hit(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    condition: Option<&Condition>,
) -> Result<Option<Vec<Row>>> {
    if !model.events.want_rows() {
        return Ok(None);
    }
    let query = Query { limit: Some(MOST as u64 + 1), ..Query::of(condition.cloned()) };
    let rows = select(cx, model, &query).await?;
    Ok((rows.len() <= MOST).then_some(rows))
}

/// What an updateAll has done to the rows that it has hit.
pub(super) fn changed(model: &ModelNode, rows: Option<Vec<Row>>, written: &Input) -> ManyChanged {
    if !model.events.want_rows() {
        return ManyChanged::default();
    }
    let rows = rows.map(|mut rows| {
        for row in &mut rows {
            merge(model, row, written.clone());
        }
        rows
    });
    ManyChanged { set: Some(written.row.clone()), rows }
}
