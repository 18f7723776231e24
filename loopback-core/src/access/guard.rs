//! Where a request meets access control: the method that it calls, the models that it goes over, the data that it writes.

use super::audit;
use super::context::Asked;
use super::judge::{Mode, Verdict, judge, may_change_others, shown, user_value};
use super::options::DeniedInclude;
use super::principal::{Caller, Principal, text};
use crate::ctx::Ctx;
use crate::engine::{self, Input, both};
use crate::error::{Error, Result};
use crate::graph::{
    MethodNode, ModelNode, Operation, OwnerNode, PrincipalNode, RelationAcl, RelationAction, RelationNode, RuleNode,
    ScopeAction, Standard, UserNode,
};
use crate::models::RESET_SCOPE;
use crate::plan::{Condition, Include, Query, Related};
use crate::value::{Row, Value};
use futures_util::future::BoxFuture;
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
fn asked_caller(cx: &Ctx) -> Option<Arc<Caller>> {
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
            Operation::Find | Operation::FindOne | Operation::UpdateAll | Operation::Count | Operation::Create => {
                Mode::Collection
            }
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
        Err(condition) if method.takes_rows() => {
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

/// Writes a call of several rows down, when what lets some of them through says so.
async fn write_down(
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
    if asked_caller(cx).is_none() {
        return Ok(false);
    }
    if !model.access.rules.is_empty() || !model.access.default_permission.allows() {
        return Ok(true);
    }
    let Some(auth) = cx.app().auth() else { return Ok(false) };
    let stored = auth.authority.rules(cx).await?;
    Ok(stored.0.iter().any(|row| row.model.as_deref().is_none_or(|name| *name == *model.name)))
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

/// Whether the rules of the model at the other end of a relation are asked.
fn asks_target(model: &ModelNode, relation: &RelationNode) -> bool {
    !relation.is_embedded() && relation.relation_acl.unwrap_or(model.access.relation_acl) == RelationAcl::Both
}

/// What an operation on another model's rows is allowed for: all, none, or those of a condition. `id` is that of the row, where
/// it is about one that is known.
async fn decide(
    cx: &Ctx,
    caller: &Caller,
    model: &Arc<ModelNode>,
    standard: Standard,
    id: Option<&Value>,
) -> Result<std::result::Result<bool, Condition>> {
    let asked = model.access.standard(standard).asked(model);
    let mode = if standard == Standard::Create { Mode::Collection } else { Mode::Rows };
    let verdict = judge(cx, caller, &asked, mode, id).await?;
    let allowed = verdict.allowed();
    if allowed != Ok(false) {
        write_down(cx, caller, &verdict, model, asked.name, id).await?;
    }
    Ok(allowed.map_err(|condition| condition.fixed(model)))
}

/// Adds to a query of a client what it may see of the models that its includes and conditions go over.
///
/// # Errors
/// 403: it may see nothing of one of them.
pub(crate) async fn guard_query(cx: &Ctx, model: &Arc<ModelNode>, query: &mut Query) -> Result<()> {
    let related = query.condition.as_ref().is_some_and(Condition::is_related);
    if query.include.is_empty() && !related {
        return Ok(());
    }
    let Some(caller) = asked_caller(cx) else { return Ok(()) };
    // Boxed: most queries go nowhere, and should pay no room for it.
    Box::pin(guarded_query(cx, &caller, model, query)).await
}

/// As [`guard_query`], of a client's query on the rows of a scope, which may include rows of other models itself.
///
/// # Errors
/// As [`guard_query`].
pub(crate) async fn guard_scoped(cx: &Ctx, model: &Arc<ModelNode>, mut query: Query, scope: &Query) -> Result<Query> {
    guard_query(cx, model, &mut query).await?;
    if scope.include.is_empty() {
        return Ok(engine::narrowed(query, scope));
    }
    let mut own = Query { include: scope.include.clone(), ..Query::default() };
    own.include.retain(|include| !query.include.iter().any(|known| known.relation == include.relation));
    guard_query(cx, model, &mut own).await?;
    query.include.append(&mut own.include);
    let scope = Query { include: Vec::new(), ..scope.clone() };
    Ok(engine::narrowed(query, &scope))
}

fn guarded_query<'a>(
    cx: &'a Ctx,
    caller: &'a Caller,
    model: &'a Arc<ModelNode>,
    query: &'a mut Query,
) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        if let Some(condition) = query.condition.take() {
            query.condition = Some(guarded_condition(cx, caller, model, condition).await?);
        }
        for mut include in std::mem::take(&mut query.include) {
            if guarded_include(cx, caller, model, &mut include).await? {
                query.include.push(include);
            }
        }
        Ok(())
    })
}

/// `false`: the include is left out.
async fn guarded_include(cx: &Ctx, caller: &Caller, model: &Arc<ModelNode>, include: &mut Include) -> Result<bool> {
    let relation = &model.relations[include.relation];
    if relation.is_to_any() {
        if !asks_target(model, relation) {
            return Ok(true);
        }
        let mut some = relation.any_targets().is_empty();
        for (target, _) in relation.any_targets() {
            let target = target.get();
            let condition = match decide(cx, caller, &target, Standard::FindById, None).await? {
                Ok(true) => {
                    some = true;
                    continue;
                }
                Ok(false) => Condition::Constant(false),
                Err(condition) => {
                    some = true;
                    condition
                }
            };
            include.of_any.push((target.name.clone(), condition));
        }
        return if some { Ok(true) } else { denied_include(cx, model, relation) };
    }
    let target = relation.target();
    if asks_target(model, relation) {
        let standard = if relation.is_to_one() { Standard::FindById } else { Standard::Find };
        match decide(cx, caller, &target, standard, None).await? {
            Ok(true) => {}
            Ok(false) => return denied_include(cx, model, relation),
            Err(condition) => include.query.condition = both(Some(condition), include.query.condition.take()),
        }
    }
    // What the relation's own scope includes is asked as well.
    for own in relation.scope.iter().flat_map(|scope| &scope.include) {
        if !include.query.include.iter().any(|known| known.relation == own.relation) {
            include.query.include.push(own.clone());
        }
    }
    guarded_query(cx, caller, &target, &mut include.query).await?;
    Ok(true)
}

fn denied_include(cx: &Ctx, model: &ModelNode, relation: &RelationNode) -> Result<bool> {
    match cx.app().auth().map(|auth| auth.options.denied_include) {
        Some(DeniedInclude::Omit) => Ok(false),
        _ => Err(denied_over(model, relation)),
    }
}

fn denied_over(model: &ModelNode, relation: &RelationNode) -> Error {
    let message = format!("Access Denied: you may not read over the relation `{}` of {}", relation.name, model.name);
    Error::new(403, message).with_code("ACCESS_DENIED")
}

fn guarded_condition<'a>(
    cx: &'a Ctx,
    caller: &'a Caller,
    model: &'a Arc<ModelNode>,
    condition: Condition,
) -> BoxFuture<'a, Result<Condition>> {
    Box::pin(async move {
        Ok(match condition {
            Condition::And(list) => Condition::And(each(cx, caller, model, list).await?),
            Condition::Or(list) => Condition::Or(each(cx, caller, model, list).await?),
            Condition::Not(inner) => Condition::Not(Box::new(guarded_condition(cx, caller, model, *inner).await?)),
            Condition::Fixed(inner) => Condition::Fixed(Box::new(guarded_condition(cx, caller, model, *inner).await?)),
            Condition::Related(related) => {
                let Related { relation: at, some, condition, between } = *related;
                let relation = &model.relations[at];
                let target = relation.target();
                let mut condition = match condition {
                    Some(condition) => Some(guarded_condition(cx, caller, &target, condition).await?),
                    None => None,
                };
                if asks_target(model, relation) {
                    match decide(cx, caller, &target, Standard::Find, None).await? {
                        Ok(true) => {}
                        Ok(false) => return Err(denied_over(model, relation)),
                        Err(allowed) => condition = both(Some(allowed), condition),
                    }
                }
                Condition::Related(Box::new(Related { relation: at, some, condition, between }))
            }
            other => other,
        })
    })
}

async fn each(cx: &Ctx, caller: &Caller, model: &Arc<ModelNode>, list: Vec<Condition>) -> Result<Vec<Condition>> {
    let mut done = Vec::with_capacity(list.len());
    for condition in list {
        done.push(guarded_condition(cx, caller, model, condition).await?);
    }
    Ok(done)
}

/// What a method of a relation may do with the rows at its other end; `None`: everything. `id` is that of the related row,
/// where the method is about one.
///
/// # Errors
/// 401, 403 or 404: nothing.
pub(crate) async fn over_relation(
    cx: &Ctx,
    model: &ModelNode,
    relation: &RelationNode,
    target: &Arc<ModelNode>,
    action: RelationAction,
    id: Option<&Value>,
) -> Result<Option<Condition>> {
    use RelationAction as A;
    let Some(caller) = asked_caller(cx) else { return Ok(None) };
    if !asks_target(model, relation) {
        return Ok(None);
    }
    let between = relation.through.as_ref().map(crate::graph::Through::model);
    // The rows between two are written by their own rules.
    let link = match action {
        A::Create | A::Link => Some(Standard::Create),
        A::Unlink | A::Delete | A::DestroyById | A::Destroy => Some(Standard::Delete),
        _ => None,
    };
    if let (Some(between), Some(standard)) = (&between, link) {
        match decide(cx, &caller, between, standard, None).await? {
            Ok(true) => {}
            // Which of the links are the caller's own is not asked: who may not take away all may take away none.
            Ok(false) | Err(_) => return Err(refused(&caller, between, None)),
        }
    }
    let standard = match action {
        A::Get if relation.is_to_one() => Standard::FindById,
        A::Get | A::Count | A::Exists => Standard::Find,
        A::FindById => Standard::FindById,
        A::Create => Standard::Create,
        A::Update | A::UpdateById => Standard::Patch,
        A::Link => Standard::FindById,
        // The rows themselves stay.
        A::Unlink => return Ok(None),
        A::Delete if between.is_some() => return Ok(None),
        A::Destroy | A::DestroyById | A::Delete => Standard::Delete,
    };
    match decide(cx, &caller, target, standard, id).await? {
        Ok(true) => Ok(None),
        Ok(false) => Err(refused(&caller, target, None)),
        Err(condition) => Ok(Some(condition)),
    }
}

/// Whether roles that are none of the framework's decide about rows of a model: those are asked with the row's id.
pub(crate) fn asks_roles(cx: &Ctx, model: &ModelNode) -> bool {
    let role = |rule: &Arc<RuleNode>| matches!(rule.principal, PrincipalNode::Role(_));
    asked_caller(cx).is_some() && model.access.rules.iter().any(role)
}

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
    let owned = !model.access.owner_writable
        && model.access.owners.iter().any(|owner| matches!(owner, OwnerNode::Key { .. }))
        && knows_owner(cx, model).await?;
    if !owned && model.user.is_none() {
        return Ok(());
    }
    let Some(caller) = asked_caller(cx) else { return Ok(()) };
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
                None if first => {
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
                        input.refuse(model, at, "can't be set by you")
                    }
                    _ => input.set(model, at, value),
                }
            }
        }
    }
}
