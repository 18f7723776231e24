//! What the rules of a method say of a caller: yes, no, or which rows. Answers to loopback `common/models/acl.js`
//! (`checkAccessForContext`, `resolvePermission`) and `common/models/role.js` (`isOwner`).
//!
//! LoopBack collects the rules whose principal is the caller and takes the one with the highest score. Here they are asked
//! in the order of their scores, and the first that is the caller's holds: the same, without asking for roles that do not
//! matter. `$owner` and `$related` are conditions on rows, so that what they say holds for one row, for a list and for an
//! include alike.

use super::context::{AccessContext, Asked};
use super::principal::{Caller, text};
use super::roles::is_in_role;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::graph::{ModelNode, OwnerNode, Permission, PrincipalNode, RelationKind, RelationNode, ScoredRule};
use crate::plan::{Condition, Related};
use crate::value::{Value, coerce};
use std::borrow::Cow;
use std::sync::Arc;

/// The scope of a token, or of a method, that names none.
const DEFAULT_SCOPE: &str = "DEFAULT";

/// What a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// All rows at once, or none yet: `$owner` is nobody, unless a rule names the method.
    Collection,
    /// Rows, one by one.
    Rows,
}

/// What the rules say.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    /// What holds for rows of which a condition holds, the first that does.
    pub(crate) rows: Vec<(Condition, Permission)>,
    /// What holds otherwise.
    pub(crate) rest: Permission,
}

impl Verdict {
    fn of(permission: Permission) -> Self {
        Self { rows: Vec::new(), rest: permission }
    }

    /// The condition of the rows that the call is allowed for; `Ok`: it is for all of them, or (`false`) for none.
    pub(crate) fn allowed(&self) -> std::result::Result<bool, Condition> {
        let mut all = Ok(self.rest.allows());
        for (condition, permission) in self.rows.iter().rev() {
            all = match (permission.allows(), all) {
                (true, Ok(true)) => Ok(true),
                (true, Ok(false)) => Err(condition.clone()),
                (true, Err(rest)) => Err(condition.clone().or(rest)),
                (false, Ok(false)) => Ok(false),
                (false, Ok(true)) => Err(condition.clone().negated()),
                (false, Err(rest)) => Err(condition.clone().negated().and(rest)),
            };
        }
        all
    }

    /// Whether a call that it lets through is to be written down.
    pub(crate) fn is_watched(&self) -> bool {
        let watched = |permission: Permission| matches!(permission, Permission::Audit | Permission::Alarm);
        watched(self.rest) || self.rows.iter().any(|(_, permission)| watched(*permission))
    }
}

/// Asks the rules of a method.
///
/// # Errors
/// Roles or rules cannot be read; a role resolver fails.
pub(crate) async fn judge(
    cx: &Ctx,
    caller: &Caller,
    asked: &Asked<'_>,
    mode: Mode,
    id: Option<&Value>,
) -> Result<Verdict> {
    if !has_scope(caller, asked.scopes) {
        return Ok(Verdict::of(Permission::Deny));
    }
    let rules = rules(cx, asked).await?;
    let mut rows: Vec<(Condition, Permission)> = Vec::new();
    let (mut owner_asked, mut related_asked) = (false, false);
    for ScoredRule { rule, explicit, .. } in &*rules {
        let permission = rule.permission;
        let holds = match &rule.principal {
            PrincipalNode::Everyone => true,
            PrincipalNode::Authenticated => caller.is_authenticated(),
            PrincipalNode::Unauthenticated => !caller.is_authenticated(),
            PrincipalNode::Owner | PrincipalNode::Related if mode == Mode::Collection && !explicit => false,
            PrincipalNode::Owner => {
                if !std::mem::replace(&mut owner_asked, true) {
                    rows.extend(owner_condition(asked.model, caller).map(|condition| (condition, permission)));
                }
                false
            }
            // Whether somebody is related there cannot be told: nobody is let in by that.
            PrincipalNode::Related if permission == Permission::Deny && is_related_elsewhere(asked.model) => {
                caller.is_authenticated()
            }
            PrincipalNode::Related => {
                if !std::mem::replace(&mut related_asked, true) {
                    rows.extend(related_condition(asked.model, caller).map(|condition| (condition, permission)));
                }
                false
            }
            PrincipalNode::User(id) => caller.is(super::Principal::USER, id),
            PrincipalNode::App(id) => caller.is(super::Principal::APP, id),
            PrincipalNode::UserOf(model, id) => caller.is(model, id),
            PrincipalNode::Role(role) => {
                let context = AccessContext::new(cx).of(asked.model).with_model_id(id.cloned());
                let context = context.with_method(asked.name, Some(asked.access));
                is_in_role(&context, caller, role).await?
            }
        };
        if holds {
            return Ok(Verdict { rows, rest: permission });
        }
    }
    Ok(Verdict { rows, rest: asked.model.access.default_permission })
}

/// The rules of the definitions and those that are rows, the strongest first.
async fn rules<'a>(cx: &Ctx, asked: &Asked<'a>) -> Result<Cow<'a, [ScoredRule]>> {
    let Some(auth) = cx.app().auth() else { return Ok(Cow::Borrowed(asked.rules)) };
    let stored = auth.authority.rules(cx).await?;
    if stored.0.is_empty() {
        return Ok(Cow::Borrowed(asked.rules));
    }
    let mut all = stored.about(asked);
    if all.is_empty() {
        return Ok(Cow::Borrowed(asked.rules));
    }
    all.extend_from_slice(asked.rules);
    all.sort_by_key(|rule| std::cmp::Reverse(rule.score));
    Ok(Cow::Owned(all))
}

/// Whether the token has one of the scopes that the method asks for.
fn has_scope(caller: &Caller, wanted: &[Box<str>]) -> bool {
    let wants =
        |scope: &str| if wanted.is_empty() { scope == DEFAULT_SCOPE } else { wanted.iter().any(|w| **w == *scope) };
    match caller.token.as_ref().and_then(|token| token.scopes()) {
        Some(scopes) => scopes.iter().any(|scope| wants(scope)),
        None => wants(DEFAULT_SCOPE),
    }
}

/// The rows that the caller owns; `None`: there can be none.
pub(crate) fn owner_condition(model: &ModelNode, caller: &Caller) -> Option<Condition> {
    let user = caller.user.as_ref()?;
    let owned = |owner: &OwnerNode| {
        let (property, of) = match owner {
            OwnerNode::Itself => (model.id, Some(&model.name)),
            OwnerNode::Key { property, model } => (*property, model.as_ref()),
        };
        // A user of a further model of users is none of those that an id without a model means.
        if of.is_none() && !caller.is(super::Principal::USER, &text(user)) {
            return None;
        }
        // Another model's user with the same id is another one.
        if let (Some(of), Some(own)) = (of, &caller.user_model)
            && of != own
        {
            return None;
        }
        let value = coerce(&model.properties[property].kind, user.to_json()).ok()?;
        Some(Condition::equals(property, value))
    };
    model.access.owners.iter().filter_map(owned).reduce(Condition::or)
}

/// Whether rows may be related to users by rows of another data source, which no condition can ask.
fn is_related_elsewhere(model: &ModelNode) -> bool {
    let asked = |relation: &&RelationNode| !relation.is_to_any() && !relation.is_embedded();
    model.relations.iter().filter(asked).any(|relation| relation.target().data_source != model.data_source)
}

/// The rows that are related to the caller, directly or by rows between.
///
/// Differs from LoopBack, where nobody ever is `$related`.
pub(crate) fn related_condition(model: &ModelNode, caller: &Caller) -> Option<Condition> {
    let (user, user_model) = (caller.user.as_ref()?, caller.user_model.as_deref()?);
    let mut all: Vec<Condition> = owner_condition(model, caller).into_iter().collect();
    for (at, relation) in model.relations.iter().enumerate() {
        // What is inside a row, and what leads to anything or elsewhere, is no question that a table can answer.
        if relation.is_to_any() || relation.is_embedded() || relation.kind == RelationKind::ReferencesMany {
            continue;
        }
        let target = relation.target();
        if target.data_source != model.data_source {
            continue;
        }
        let condition = if target.user.is_some() && *target.name == *user_model {
            Condition::equals(target.id, user.clone())
        } else {
            // Rows of another model that belong to the user.
            let Some(condition) = owner_condition(&target, caller).filter(|_| relation.through.is_none()) else {
                continue;
            };
            condition
        };
        all.push(Condition::Related(Box::new(Related {
            relation: at,
            some: true,
            condition: Some(condition),
            between: None,
        })));
    }
    all.into_iter().reduce(Condition::or)
}

/// Whether a caller may change rows whoever they belong to: such a one says who owns a row.
///
/// # Errors
/// As [`judge`].
pub(crate) async fn may_change_others(cx: &Ctx, caller: &Caller, model: &Arc<ModelNode>) -> Result<bool> {
    let asked = model.access.standard(crate::graph::Standard::Patch).asked(model);
    let verdict = judge(cx, caller, &asked, Mode::Rows, None).await?;
    Ok(verdict.rest.allows())
}

/// The id of a user as the rows of a model have it.
pub(crate) fn user_value(model: &ModelNode, property: usize, user: &Value) -> Option<Value> {
    coerce(&model.properties[property].kind, user.to_json()).ok()
}

/// An id for a message.
pub(crate) fn shown(id: &Value) -> String {
    text(id)
}
