//! updateAll: some properties of every row that a condition finds.

use super::input::Input;
use super::rows::NoRows;
use super::scope;
use super::validate::{Subject, validate};
use super::violation::{Write, explained};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
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
    mut input: Input,
) -> Result<u64> {
    if input.row.get(model.id).is_some() {
        return Err(Error::bad_request(format!("{} cannot be updated", model.id_property().name)));
    }
    validate(cx, model, &mut input, Subject::Many).await?;
    let condition = scope::borrowed(model, condition);
    let plan = UpdatePlan {
        model,
        set: &input.row,
        condition: condition.as_deref(),
        returning: &[],
        merge_free: Some(&input.free),
    };
    let (connector, tx) = cx.connector(model);
    let done = connector.update(tx, plan, &mut NoRows).await;
    explained(cx, model, Write::Update(&input.row, condition.as_deref()), done).await
}
