//! Where a request meets access control: the method that it calls, on which rows, and how a call is refused.

use super::audit;
use super::context::Asked;
use super::judge::{Mode, Verdict, judge, shown};
use super::principal::Caller;
use super::related::over_relation;
use crate::ctx::Ctx;
use crate::engine;
use crate::error::{Error, Result};
use crate::graph::{
    MethodNode, ModelNode, Operation, PrincipalNode, RelationAction, RuleNode, ScopeAction, Standard, UserNode,
};
use crate::models::RESET_SCOPE;
use crate::plan::Condition;
use crate::value::Value;
use std::sync::Arc;

/// What a caller may call a method for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Grant {
    /// Every row.
    All,
    /// The rows that a condition holds for.
    Rows(Condition),
}

/// The caller whose rights count; `None`: nobody is asked.
pub(super) fn asked_caller(cx: &Ctx) -> Option<Arc<Caller>> {
    let enforced = cx.app().auth().is_some_and(|auth| auth.options.enforced);
    cx.caller().filter(|_| enforced).cloned()
}

/// Whether somebody's rights count.
pub(crate) fn is_enforced(cx: &Ctx) -> bool {
    asked_caller(cx).is_some()
}

impl MethodNode {
    /// The method, as its rules see it.
    pub(crate) fn asked<'a>(&'a self, model: &'a Arc<ModelNode>) -> Asked<'a> {
        let mut scopes = self.custom.as_ref().map_or(&[][..], |custom| &custom.scopes);
        // The token of a reset has no scope then.
        let restricts = |user: &UserNode| user.settings.restrict_reset_password_token_scope;
        if !model.user.as_ref().is_none_or(restricts) && matches!(scopes, [scope] if **scope == *RESET_SCOPE) {
            scopes = &[];
        }
        Asked { model, name: &self.name, aliases: self.aliases, access: self.access, rules: &self.rules, scopes }
    }

    /// Whether it is about one row, or about all of them.
    fn mode(&self) -> Mode {
        match self.operation {
            Operation::FindById
            | Operation::Exists
            | Operation::ReplaceById
            | Operation::DeleteById
            | Operation::PatchAttributes
            | Operation::PatchOrCreate
            | Operation::ReplaceOrCreate
            | Operation::UpsertWithWhere
            | Operation::Relation(..) => Mode::Rows,
            Operation::Find
            | Operation::FindOne
            | Operation::UpdateAll
            | Operation::Count
            | Operation::Create
            | Operation::ChangeStream => Mode::Collection,
            Operation::Scope(..) => Mode::Collection,
            Operation::Custom if self.custom.as_ref().is_some_and(|custom| custom.instance) => Mode::Rows,
            Operation::Custom => Mode::Collection,
        }
    }

    /// Whether the rows that a rule lets through can be a condition of the method's own statement.
    pub(super) fn takes_rows(&self) -> bool {
        matches!(
            self.operation,
            Operation::FindById
                | Operation::Find
                | Operation::FindOne
                | Operation::UpdateAll
                | Operation::Count
                | Operation::ChangeStream
                | Operation::Scope(_, ScopeAction::Get | ScopeAction::Count | ScopeAction::Delete)
        )
    }

    /// Whether the row that it hits decides, which the body or the condition names.
    pub(crate) fn is_upsert(&self) -> bool {
        matches!(self.operation, Operation::PatchOrCreate | Operation::ReplaceOrCreate | Operation::UpsertWithWhere)
    }
}

/// Asks whether the caller may call a method; for one on a row, with its id.
///
/// # Errors
/// 401, 403 or 404: it may not.
pub(crate) async fn authorize(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    method: &MethodNode,
    id: Option<&Value>,
) -> Result<Grant> {
    let Some(caller) = asked_caller(cx) else { return Ok(Grant::All) };
    let verdict = judge(cx, &caller, &method.asked(model), method.mode(), id).await?;
    match verdict.allowed() {
        Ok(false) => return Err(refused(&caller, model, id)),
        Ok(true) if !verdict.is_watched() => return Ok(Grant::All),
        // Of one row it is known whether it is let through, and by what, when it was asked.
        Err(condition) if method.takes_rows() && (id.is_none() || !verdict.is_watched()) => {
            write_down(cx, &caller, &verdict, model, &method.name, id).await?;
            return Ok(Grant::Rows(condition));
        }
        _ => {}
    }
    let holds = permission(cx, model, &verdict, id).await?;
    if !holds.allows() {
        return Err(refused(&caller, model, id));
    }
    audit::record(cx, &caller, holds, model, &method.name, id).await?;
    Ok(Grant::All)
}

/// The rows of a model that a caller may see, asked again and again while it looks on: nothing is written down. `None`: it
/// may see none.
///
/// # Errors
/// Roles or rules cannot be read.
pub(crate) async fn seen(cx: &Ctx, asked: &Asked<'_>) -> Result<Option<Grant>> {
    let Some(caller) = asked_caller(cx) else { return Ok(Some(Grant::All)) };
    Ok(match judge(cx, &caller, asked, Mode::Rows, None).await?.allowed() {
        Ok(true) => Some(Grant::All),
        Ok(false) => None,
        Err(condition) => Some(Grant::Rows(condition)),
    })
}

/// Writes a call of several rows down, when what lets some of them through says so.
pub(super) async fn write_down(
    cx: &Ctx,
    caller: &Caller,
    verdict: &Verdict,
    model: &ModelNode,
    method: &str,
    id: Option<&Value>,
) -> Result<()> {
    if !verdict.is_watched() {
        return Ok(());
    }
    let all = verdict.rows.iter().map(|(_, permission)| *permission).chain([verdict.rest]);
    match all.filter(|permission| permission.allows()).max() {
        Some(permission) => audit::record(cx, caller, permission, model, method, id).await,
        None => Ok(()),
    }
}

/// What a verdict comes to for the row with an id.
async fn permission(
    cx: &Ctx,
    model: &Arc<ModelNode>,
    verdict: &Verdict,
    id: Option<&Value>,
) -> Result<crate::graph::Permission> {
    if let Some(id) = id {
        for (condition, permission) in &verdict.rows {
            if is_row(cx, model, id, condition.clone()).await? {
                return Ok(*permission);
            }
        }
    }
    Ok(verdict.rest)
}

/// Whether there is a row with an id that a condition holds for, whoever may see it.
async fn is_row(cx: &Ctx, model: &Arc<ModelNode>, id: &Value, condition: Condition) -> Result<bool> {
    engine::is_there(cx, model, Some(&of_row(model, id, condition))).await
}

/// A condition on the row with an id. Related rows are those that may be seen.
pub(crate) fn of_row(model: &ModelNode, id: &Value, condition: Condition) -> Condition {
    Condition::equals(model.id, id.clone()).and(engine::over_relations(model, condition))
}

/// The refusal of a call. Answers to loopback `lib/application.js` (`enableAuth`).
pub(crate) fn refused(caller: &Caller, model: &ModelNode, id: Option<&Value>) -> Error {
    // Who has shown no token is asked for one.
    let status = if caller.is_authenticated() { model.access.error_status } else { 401 };
    match status {
        403 => Error::new(403, "Access Denied").with_code("ACCESS_DENIED"),
        404 => {
            let id = id.map_or_else(|| "undefined".to_owned(), shown);
            Error::new(404, format!("could not find {} with id {id}", model.name)).with_code("MODEL_NOT_FOUND")
        }
        _ => Error::authorization_required(),
    }
}

/// As [`refused`], of a call that a context is of.
pub(crate) fn refused_to(cx: &Ctx, model: &ModelNode, id: Option<&Value>) -> Error {
    match cx.caller() {
        Some(caller) => refused(caller, model, id),
        None => Error::authorization_required(),
    }
}

/// Whether anybody's rights on rows of a model count.
///
/// # Errors
/// Rules cannot be read.
pub(crate) async fn is_asked(cx: &Ctx, model: &ModelNode) -> Result<bool> {
    let Some(caller) = asked_caller(cx) else { return Ok(false) };
    let scoped = caller.token.as_ref().is_some_and(|token| token.scopes().is_some());
    if scoped || !model.access.rules.is_empty() || !model.access.default_permission.allows() {
        return Ok(true);
    }
    let Some(auth) = cx.app().auth() else { return Ok(false) };
    let stored = auth.authority.rules(cx).await?;
    Ok(stored.0.iter().any(|row| row.model.as_deref().is_none_or(|name| *name == *model.name)))
}

/// Whether a role that a function decides about is in a rule about a model.
///
/// # Errors
/// Rules cannot be read.
pub(super) async fn function_decides(cx: &Ctx, model: &ModelNode) -> Result<bool> {
    // Most apps have no such function.
    if cx.app().graph().dynamic_roles().next().is_none() {
        return Ok(false);
    }
    let decides = |rule: &RuleNode| match &rule.principal {
        PrincipalNode::Role(role) => cx.app().graph().role_resolver(role).is_some(),
        _ => false,
    };
    if model.access.rules.iter().any(|rule| decides(rule)) {
        return Ok(true);
    }
    let of_methods = model.methods.iter().flat_map(|method| &method.rules);
    if of_methods.map(|scored| &scored.rule).any(|rule| decides(rule)) {
        return Ok(true);
    }
    let Some(auth) = cx.app().auth() else { return Ok(false) };
    let stored = auth.authority.rules(cx).await?;
    let about = |name: &Option<Box<str>>| name.as_deref().is_none_or(|name| *name == *model.name);
    Ok(stored.0.iter().any(|row| about(&row.model) && decides(&row.rule)))
}

/// Refuses an upsert that the caller may call on no row at all, before anything is read or run.
///
/// # Errors
/// 401, 403 or 404: it may not.
pub(crate) async fn authorize_upsert(cx: &Ctx, model: &Arc<ModelNode>, method: &MethodNode) -> Result<()> {
    if !is_asked(cx, model).await? {
        return Ok(());
    }
    let Some(caller) = asked_caller(cx) else { return Ok(()) };
    let asked = method.asked(model);
    // A function may know more when it is asked with a row.
    if function_decides(cx, model).await? {
        return Ok(());
    }
    for mode in [Mode::Rows, Mode::Collection] {
        if judge(cx, &caller, &asked, mode, None).await?.allowed() != Ok(false) {
            return Ok(());
        }
    }
    Err(refused(&caller, model, None))
}

/// Asks whether the caller may go over a relation to one row, as a nested path does, and reaches it.
///
/// # Errors
/// 401, 403 or 404: it may not.
pub(crate) async fn authorize_hop(cx: &Ctx, model: &Arc<ModelNode>, at: usize, id: &Value, key: &Value) -> Result<()> {
    let Some(caller) = asked_caller(cx) else { return Ok(()) };
    let relation = &model.relations[at];
    let action = if relation.is_to_one() { RelationAction::Get } else { RelationAction::FindById };
    let method = model.methods.iter().find(|method| method.operation == Operation::Relation(at, action));
    match method {
        Some(method) => authorize(cx, model, method, Some(id)).await.map(drop)?,
        // Nobody reaches it otherwise.
        None => return Err(refused(&caller, model, Some(id))),
    }
    let target = relation.target();
    let Some(condition) = over_relation(cx, model, relation, &target, action, Some(key)).await? else { return Ok(()) };
    if is_row(cx, &target, key, condition).await? { Ok(()) } else { Err(Error::not_found_in(&target.name)) }
}

/// The row that an upsert hits.
pub(crate) enum Hit<'a> {
    /// There is none: it creates one.
    None,
    /// The row with an id.
    Row(&'a Value),
}

/// Asks whether the caller may call an upsert, on the row that it hits: the rules of the method itself, and those of the
/// update or the create that it comes to.
///
/// # Errors
/// 401, 403 or 404: it may not.
pub(crate) async fn upserted(cx: &Ctx, model: &Arc<ModelNode>, method: &MethodNode, hit: Hit<'_>) -> Result<()> {
    let Some(caller) = asked_caller(cx) else { return Ok(()) };
    let (mode, id, standard) = match hit {
        Hit::None => (Mode::Collection, None, Standard::Create),
        Hit::Row(id) if method.operation == Operation::ReplaceOrCreate => (Mode::Rows, Some(id), Standard::Replace),
        Hit::Row(id) => (Mode::Rows, Some(id), Standard::Patch),
    };
    for asked in [method.asked(model), model.access.standard(standard).asked(model)] {
        let verdict = judge(cx, &caller, &asked, mode, id).await?;
        let holds = permission(cx, model, &verdict, id).await?;
        if !holds.allows() {
            return Err(refused(&caller, model, id));
        }
        audit::record(cx, &caller, holds, model, asked.name, id).await?;
    }
    Ok(())
}
