//! The data of clients: what of it is theirs to say.

use super::guard::asked_caller;
use super::judge::{may_change_others, owner_condition, user_value};
use super::principal::{Caller, Principal, text};
use crate::ctx::Ctx;
use crate::engine::{self, Input};
use crate::error::Result;
use crate::graph::{ModelNode, OwnerNode};
use crate::plan::Condition;
use crate::value::{Row, Value};
use std::sync::Arc;

/// What a client's data is written to.
#[derive(Clone, Copy)]
pub(crate) enum Written<'a> {
    /// A new row.
    New,
    /// Some properties of the row with an id.
    Row(&'a Value),
    /// The row with an id, as a whole.
    Whole(&'a Value),
    /// Some properties of many rows.
    Many,
}

/// Holds a client's data to what is its to say: the property that `$owner` goes by is set from the caller and is not given
/// away, and what a user is known by is not the user's to set.
///
/// # Errors
/// The database cannot be read. What is wrong with the data is kept for the 422.
pub(crate) async fn guard_input(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    input: &mut Input,
    written: Written<'_>,
) -> Result<()> {
    let Some(caller) = asked_caller(cx) else { return Ok(()) };
    let owned = !model.access.owner_writable
        && model.access.owners.iter().any(|owner| matches!(owner, OwnerNode::Key { .. }))
        && knows_owner(cx, model).await?;
    if !owned && model.user.is_none() {
        return Ok(());
    }
    if !matches!(written, Written::New | Written::Whole(_)) && !names_guarded(model, input, owned) {
        return Ok(());
    }
    if may_change_others(cx, &caller, model).await? {
        return Ok(());
    }
    let current = match written {
        Written::Row(id) | Written::Whole(id) => engine::stored_row(cx, model, id).await?,
        Written::New | Written::Many => None,
    };
    if owned {
        guard_owner(&caller, model, input, written, current.as_ref());
    }
    guard_user(model, input, written, current.as_ref());
    Ok(())
}

/// The rows of a condition that a client's data may be written to: who sets the owner of rows to itself, and may not change
/// those of others, takes none over.
///
/// # Errors
/// Rules cannot be read.
pub(crate) async fn own_rows(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    input: &Input,
    condition: Option<Condition>,
) -> Result<Option<Condition>> {
    let key =
        |owner: &OwnerNode| matches!(owner, OwnerNode::Key { property, .. } if input.row.get(*property).is_some());
    if model.access.owner_writable || !model.access.owners.iter().any(key) || !knows_owner(cx, model).await? {
        return Ok(condition);
    }
    let Some(caller) = asked_caller(cx) else { return Ok(condition) };
    if may_change_others(cx, &caller, model).await? {
        return Ok(condition);
    }
    let own = owner_condition(model, &caller).unwrap_or(Condition::Constant(false));
    Ok(engine::both(condition, Some(own.fixed(model))))
}

/// Whether data sets a property that is not its client's to say.
fn names_guarded(model: &ModelNode, input: &Input, owned: bool) -> bool {
    let of_user = model.user.iter().flat_map(|user| [user.email_verified, user.verification_token, user.realm]);
    let of_owner = model.access.owners.iter().filter(|_| owned).filter_map(|owner| match owner {
        OwnerNode::Key { property, .. } => Some(*property),
        OwnerNode::Itself => None,
    });
    of_user.chain(of_owner).any(|at| input.row.get(at).is_some())
}

/// Whether a rule is about `$owner`, be it a row.
async fn knows_owner(cx: &Ctx, model: &ModelNode) -> Result<bool> {
    if model.access.knows_owner() {
        return Ok(true);
    }
    let Some(auth) = cx.app().auth() else { return Ok(false) };
    let stored = auth.authority.rules(cx).await?;
    Ok(stored.0.iter().any(|row| {
        row.rule.principal == crate::graph::PrincipalNode::Owner
            && row.model.as_deref().is_none_or(|name| *name == *model.name)
    }))
}

const NOT_YOURS: &str = "can't be set to somebody else than you";

fn guard_owner(caller: &Caller, model: &ModelNode, input: &mut Input, written: Written<'_>, current: Option<&Row>) {
    let keys = model.access.owners.iter().filter_map(|owner| match owner {
        OwnerNode::Key { property, model } => Some((*property, model.as_deref())),
        OwnerNode::Itself => None,
    });
    let mut first = true;
    for (at, of) in keys {
        // The caller, where the property has users of its kind.
        let own = caller.user.as_ref().filter(|user| match (of, caller.user_model.as_deref()) {
            (Some(of), Some(own)) => of == own,
            // A user of a further model of users is none of those that an id without a model means.
            _ => caller.is(Principal::USER, &text(user)),
        });
        let own = own.and_then(|user| user_value(model, at, user));
        let given = input.row.get(at).filter(|value| !value.is_null()).cloned();
        match written {
            Written::New => match given {
                Some(given) if Some(&given) == own.as_ref() => {}
                Some(_) => input.refuse(model, at, NOT_YOURS),
                None if first && !input.is_wrong(model, at) => {
                    if let Some(own) = own {
                        input.set(model, at, own);
                    }
                }
                None => {}
            },
            Written::Row(_) => {
                let stays = current.is_none_or(|row| input.row.get(at).is_none_or(|given| row.get(at) == Some(given)));
                if !stays {
                    input.refuse(model, at, "can't be given away");
                }
            }
            Written::Whole(_) => {
                let Some(current) = current else { continue };
                let value = current.get(at).cloned().unwrap_or_default();
                match given {
                    Some(given) if given != value => input.refuse(model, at, "can't be given away"),
                    _ => input.set(model, at, value),
                }
            }
            Written::Many => {
                if input.row.get(at).is_some_and(|given| Some(given) != own.as_ref()) {
                    input.refuse(model, at, NOT_YOURS);
                }
            }
        }
        first = false;
    }
}

/// Whether an e-mail is confirmed, by what it is confirmed, and whose realm it is, are not the user's to say.
fn guard_user(model: &ModelNode, input: &mut Input, written: Written<'_>, current: Option<&Row>) {
    let Some(user) = &model.user else { return };
    match written {
        Written::New => {
            input.row.take(user.verification_token);
            // Where there are no realms nobody comes from one.
            if !user.settings.realm_required && input.row.get(user.realm).is_some_and(|realm| !realm.is_null()) {
                input.refuse(model, user.realm, "can't be set by you");
            }
            if input.row.get(user.email_verified).is_some_and(|value| !value.is_null()) {
                input.set(model, user.email_verified, Value::Bool(false));
            }
        }
        Written::Row(_) | Written::Many => {
            for at in [user.email_verified, user.verification_token, user.realm] {
                let Some(given) = input.row.get(at) else { continue };
                if current.and_then(|row| row.get(at)) == Some(given) {
                    input.row.take(at);
                } else {
                    input.refuse(model, at, "can't be set by you");
                }
            }
        }
        Written::Whole(_) => {
            for at in [user.email_verified, user.verification_token, user.realm] {
                let value = current.and_then(|row| row.get(at)).cloned().unwrap_or_default();
                match input.row.get(at) {
                    Some(given) if *given != value && !given.is_null() => {
                        input.refuse(model, at, "can't be set by you");
                    }
                    _ => input.set(model, at, value),
                }
            }
        }
    }
}
