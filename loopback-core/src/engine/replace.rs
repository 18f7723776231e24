//! replaceById: every property gets the value of the data, its default, or none.

use super::input::{Input, shown};
use super::rows::NoRows;
use super::scope;
use super::validate::{Subject, validate};
use super::violation::{Write, explained};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::graph::ModelNode;
use crate::plan::{Condition, UpdatePlan};
use crate::value::{Row, Value};
use std::sync::Arc;

/// Replaces the row with an id and gives the new one.
///
/// # Errors
/// 422 with all that is wrong; 400 when the data has another id; 404 when there is no such row; 409 when a foreign key
/// would lead nowhere.
pub(crate) async fn replace_by_id(cx: &Ctx, model: &Arc<ModelNode>, id: &Value, mut input: Input) -> Result<Row> {
    let name = &model.id_property().name;
    input.keep_id(model, id, |from, to| {
        format!("id property ({name}) cannot be updated from {} to {}", shown(from), shown(to))
    })?;
    match try_replace(cx, model, id, input).await? {
        Some(row) => Ok(row),
        None => Err(Error::cannot("replace", shown(&id.to_json()))),
    }
}

/// As [`replace_by_id`]; `None`: there is no such row.
pub(super) async fn try_replace(cx: &Ctx, model: &Arc<ModelNode>, id: &Value, mut input: Input) -> Result<Option<Row>> {
    // The id stands while defaults and validations run: it has a value.
    input.row.set(model.id, id.clone());
    input.defaults(model);
    if let Err(error) = validate(cx, model, &mut input, Subject::Replacing(id)).await {
        let there = super::exists(cx, model, id.clone()).await?;
        return if there { Err(error) } else { Ok(None) };
    }
    let mut set = Row::new(model.width());
    for at in 0..model.width() {
        if at != model.id {
            set.set(at, input.row.get(at).cloned().unwrap_or_default());
        }
    }
    if let Some(free) = model.free {
        set.set(free, Value::Json(serde_json::Value::Object(std::mem::take(&mut input.free))));
    }
    let condition = scope::condition(model, Some(Condition::equals(model.id, id.clone())));
    let plan = UpdatePlan { model, set: &set, condition: condition.as_ref(), returning: &[], merge_free: None };
    let (connector, tx) = cx.connector(model);
    let done = connector.update(tx, plan, &mut NoRows).await;
    if explained(cx, model, Write::Update(&set, condition.as_ref()), done).await? == 0 {
        return Ok(None);
    }
    set.set(model.id, id.clone());
    Ok(Some(set))
}
