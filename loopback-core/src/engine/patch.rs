//! updateAttributes, of the row with an id.

use super::find::visible;
use super::input::{Input, shown};
use super::rows::{JsonRows, ValueRows};
use super::scope;
use super::validate::{Subject, needs_current, validate};
use super::violation::{Write, explained};
use crate::connector::RowVisitor;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::graph::ModelNode;
use crate::plan::{Condition, FreeFields, UpdatePlan};
use crate::value::{Row, Value};
use std::sync::Arc;

/// Changes some properties of the row with an id and gives the whole row; `None`: there is no such row.
///
/// # Errors
/// 422 with all that is wrong; 400 when the data has another id; 409 when a foreign key would lead nowhere.
pub(crate) async fn patch_by_id(cx: &Ctx, model: &Arc<ModelNode>, id: &Value, input: Input) -> Result<Option<Row>> {
    let columns: Vec<usize> = (0..model.width()).collect();
    let mut rows = ValueRows { model, columns: &columns, rows: Vec::with_capacity(1) };
    patch(cx, model, id, input, &columns, &mut rows).await?;
    Ok(rows.rows.pop())
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
    let mut rows = JsonRows { model, columns: &columns, free: &FreeFields::All, out, count: 0 };
    patch(cx, model, id, input, &columns, &mut rows).await?;
    Ok(rows.count > 0)
}

async fn patch(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    id: &Value,
    mut input: Input,
    returning: &[usize],
    rows: &mut dyn RowVisitor,
) -> Result<()> {
    let name = &model.id_property().name;
    input.keep_id(model, id, |from, to| {
        let why = if model.force_id { " when forceId is set to true" } else { "" };
        format!("{name} cannot be updated from {} to {}{why}", shown(from), shown(to))
    })?;
    // Most validations need the changed properties alone; then the change is one statement.
    let current = if needs_current(model, &input.row) {
        match super::find_by_id(cx, model, id.clone()).await? {
            Some(current) => Some(current),
            None => return Ok(()),
        }
    } else {
        None
    };
    let valid = validate(cx, model, &mut input, Subject::Patching { id, current: current.as_ref() }).await;
    if let Err(error) = valid {
        // A row that is not there is the greater error.
        let there = current.is_some() || super::exists(cx, model, id.clone()).await?;
        return if there { Err(error) } else { Ok(()) };
    }
    let condition = scope::condition(model, Some(Condition::equals(model.id, id.clone())));
    let plan =
        UpdatePlan { model, set: &input.row, condition: condition.as_ref(), returning, merge_free: Some(&input.free) };
    let (connector, tx) = cx.connector(model);
    let done = connector.update(tx, plan, rows).await;
    explained(cx, model, Write::Update(&input.row, condition.as_ref()), done).await?;
    Ok(())
}

/// The 404 of an id that is no row's.
pub(crate) fn missing(id: &Value) -> Error {
    Error::no_instance(shown(&id.to_json()))
}
