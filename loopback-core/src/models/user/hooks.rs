//! What holds whichever way a user is written: sessions end with a new password or a new e-mail, and with the user.
//! Answers to the observers of loopback `common/models/user.js`.

use super::{User, of_users};
use crate::ctx::Ctx;
use crate::engine::{self, Input};
use crate::error::{Error, Result};
use crate::graph::ModelNode;
use crate::hooks::{AfterSave, BeforeDelete, BeforeSave};
use crate::plan::{Comparison, Condition, FieldSet, FreeFields, Query};
use crate::value::{Row, Value};
use loopback_macros::model;
use std::sync::Arc;

/// An option of a context: what is written with it sets a password on purpose. `change-password` and `reset-password` have it;
/// an application's own code may: `ctx.with_option(SetPassword)`.
#[derive(Clone, Copy, Debug)]
pub struct SetPassword;

/// An option of a context: sessions go on.
pub(super) struct KeepSessions;

/// The users whose sessions end.
struct Ending(Vec<Value>);

#[model]
impl User {
    /// After the hooks of the application: what they have made of the data counts.
    #[operation_hook(before_save, order = 1000)]
    async fn watch(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        watched(op).await
    }

    #[operation_hook(after_save, order = 1000)]
    async fn end_sessions(op: &mut AfterSave<'_, Self>) -> Result<()> {
        let Some(Ending(users)) = op.hook_state().remove::<Ending>() else { return Ok(()) };
        let (ctx, model) = (op.ctx().clone(), op.operation().model.clone());
        let keep = ctx.caller().and_then(|caller| caller.token.clone());
        end(&ctx, &model, users, keep.map(|token| token.stored_id.to_string())).await
    }

    /// The e-mail that asks to confirm the address commits with the user.
    #[operation_hook(after_save, order = 1001)]
    async fn ask_to_confirm(op: &mut AfterSave<'_, Self>) -> Result<()> {
        if op.is_new_instance() != Some(true) {
            return Ok(());
        }
        let (ctx, model) = (op.ctx().clone(), op.operation().model.clone());
        let id = op.operation().instance.as_ref().and_then(|row| row.get(model.id).cloned());
        match id {
            Some(id) => super::account::registered_within(&ctx, &model, &id).await,
            None => Ok(()),
        }
    }

    #[operation_hook(before_delete, order = 1000)]
    async fn end_all_sessions(op: &mut BeforeDelete<'_, Self>) -> Result<()> {
        let (ctx, model) = (op.ctx().clone(), op.operation().model.clone());
        let condition = op.operation().query.as_ref().and_then(|query| query.condition.clone());
        let found = rows(&ctx, &model, condition).await?;
        let users: Vec<Value> = found.iter().filter_map(|row| row.get(model.id).cloned()).collect();
        if users.is_empty() {
            return Ok(());
        }
        end(&ctx, &model, users, None).await
    }
}

/// Looks at what is about to change.
async fn watched(op: &mut BeforeSave<'_, User>) -> Result<()> {
    let op = op.operation_mut();
    if op.is_new == Some(true) {
        return Ok(());
    }
    let (ctx, model, whole) = (op.ctx().clone(), op.model.clone(), op.whole);
    let user = of_users(&model)?;
    let Some(input) = op.data.as_mut() else { return Ok(()) };
    let before: Vec<Row> = if let Some(current) = &op.current {
        vec![current.clone()]
    } else if whole {
        let id = input.row.get(model.id).cloned().unwrap_or_default();
        engine::stored_row(&ctx, &model, &id).await?.into_iter().collect()
    } else if input.row.get(user.email).is_some() || input.row.get(user.password).is_some() {
        let condition = op.query.as_ref().and_then(|query| query.condition.clone());
        rows(&ctx, &model, condition).await?
    } else {
        Vec::new()
    };
    let password_changes = changes_password(&ctx, &model, input, whole, &before)?;
    let email = match input.row.get(user.email) {
        Some(Value::Text(email)) if !user.settings.case_sensitive_email => Some(Value::Text(email.to_lowercase())),
        other => other.filter(|email| !email.is_null()).cloned(),
    };
    let email_changes = |row: &Row| email.as_ref().is_some_and(|email| row.get(user.email) != Some(email));
    if before.iter().any(email_changes) {
        let confirmed = |row: &Row| row.get(user.email_verified) == Some(&Value::Bool(true));
        if user.settings.email_verification_required || before.iter().any(|row| email_changes(row) && confirmed(row)) {
            input.set(&model, user.email_verified, Value::Bool(false));
        }
        // A link that was sent to the old address confirms nothing any more.
        if whole || input.row.get(user.verification_token).is_none() {
            input.set(&model, user.verification_token, Value::Null);
        }
    }
    let ending = before.iter().filter(|row| password_changes || email_changes(row));
    let ending: Vec<Value> = ending.filter_map(|row| row.get(model.id).cloned()).collect();
    if !ending.is_empty() && ctx.option::<KeepSessions>().is_none() {
        op.hook_state().insert(Ending(ending));
    }
    Ok(())
}

/// Whether a password is set to another one than there is. What repeats the stored digest, or leaves a whole row's password
/// out, changes nothing.
fn changes_password(ctx: &Ctx, model: &ModelNode, input: &mut Input, whole: bool, before: &[Row]) -> Result<bool> {
    let user = of_users(model)?;
    let stored = match before {
        [row] => row.get(user.password).cloned(),
        _ => None,
    };
    let given = input.row.get(user.password).filter(|value| !value.is_null() && **value != Value::Text(String::new()));
    match (given, stored) {
        (None, Some(stored)) if whole && input.row.get(user.password).is_none_or(Value::is_null) => {
            input.set(model, user.password, stored);
            input.seal(user.password);
            Ok(false)
        }
        (None, _) => Ok(false),
        (Some(given), Some(stored)) if *given == stored => {
            if whole {
                input.seal(user.password);
            } else {
                input.row.take(user.password);
            }
            Ok(false)
        }
        (Some(_), _) => {
            let allowed =
                !user.settings.reject_password_changes_via_patch_or_replace || ctx.option::<SetPassword>().is_some();
            if allowed || input.is_sealed(user.password) {
                return Ok(true);
            }
            let message = "Changing user password via patch/replace API is not allowed. Use changePassword() or \
                           setPassword() instead.";
            Err(Error::new(401, message).with_code("PASSWORD_CHANGE_NOT_ALLOWED"))
        }
    }
}

/// The users that a condition finds: what of them a change is held against.
async fn rows(ctx: &Ctx, model: &Arc<ModelNode>, condition: Option<Condition>) -> Result<Vec<Row>> {
    let user = of_users(model)?;
    let columns = vec![model.id, user.password, user.email, user.email_verified];
    let fields = Some(FieldSet { columns, free: FreeFields::Only(Vec::new()) });
    engine::select(ctx, model, &Query { fields, ..Query::of(condition) }).await
}

/// Ends sessions of users, but for one.
async fn end(ctx: &Ctx, model: &ModelNode, users: Vec<Value>, keep: Option<String>) -> Result<()> {
    let tokens = of_users(model)?.tokens();
    let Some(key) = tokens.property("userId") else { return Ok(()) };
    for some in users.chunks(500) {
        let mut condition = Condition::In(key.into(), true, some.to_vec());
        if let Some(keep) = &keep {
            condition = condition.and(Condition::Compare(tokens.id.into(), Comparison::Ne, Value::Text(keep.clone())));
        }
        engine::delete_all(ctx, &tokens, Some(&condition)).await?;
    }
    Ok(())
}
