//! The models at the other ends of relations: what a request may see and do there, over a route, an include or a condition.

use super::guard::{asked_caller, function_decides, refused, write_down};
use super::judge::{Mode, judge};
use super::options::DeniedInclude;
use super::principal::Caller;
use crate::ctx::Ctx;
use crate::engine::{self, both};
use crate::error::{Error, Result};
use crate::graph::{ModelNode, RelationAcl, RelationAction, RelationNode, Standard};
use crate::plan::{Condition, Include, Query, Related};
use crate::value::Value;
use futures_util::future::BoxFuture;
use std::sync::Arc;

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
    let mut verdict = judge(cx, caller, &asked, mode, id).await?;
    if standard == Standard::Create {
        // There is no row yet that could be somebody's.
        verdict.rows.clear();
    }
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
    if let Some(scope) = &relation.scope {
        shut(&mut include.query, scope);
    }
    Ok(true)
}

/// Keeps what a scope includes, and the caller may not read, without a row: left out it would be included again.
fn shut(query: &mut Query, scope: &Query) {
    for own in &scope.include {
        if !query.include.iter().any(|known| known.relation == own.relation) {
            let of_any = own.of_any.iter().map(|(name, _)| (name.clone(), Condition::Constant(false))).collect();
            let nothing = Query::of(Some(Condition::Constant(false)));
            query.include.push(Include { query: nothing, of_any, ..own.clone() });
        }
    }
}

/// As [`guard_query`], of a client's query on rows of a relation, whose scope may include rows of other models itself.
///
/// # Errors
/// As [`guard_query`].
pub(crate) async fn guard_related(
    cx: &Ctx,
    relation: &RelationNode,
    target: &Arc<ModelNode>,
    mut query: Query,
) -> Result<Query> {
    let Some(scope) = relation.scope.as_ref().filter(|scope| !scope.include.is_empty()) else {
        guard_query(cx, target, &mut query).await?;
        return Ok(query);
    };
    let includes = Query { include: scope.include.clone(), ..Query::default() };
    let mut query = guard_scoped(cx, target, query, &includes).await?;
    shut(&mut query, scope);
    Ok(query)
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
    let standard = match action {
        A::Get if relation.is_to_one() => Standard::FindById,
        A::Get | A::Count | A::Exists => Standard::Find,
        A::FindById => Standard::FindById,
        A::Create => Standard::Create,
        A::Update | A::UpdateById => Standard::Patch,
        A::Link => Standard::FindById,
        // The rows themselves stay.
        A::Unlink => return Ok(None),
        A::Delete if relation.through.is_some() => return Ok(None),
        A::Destroy | A::DestroyById | A::Delete => Standard::Delete,
    };
    match decide(cx, &caller, target, standard, id).await? {
        Ok(true) => Ok(None),
        Ok(false) => Err(refused(&caller, target, None)),
        Err(condition) => Ok(Some(condition)),
    }
}

/// What a method of a relation may do with the rows that link two others, by their own rules; `None`: everything.
///
/// # Errors
/// 401, 403 or 404: nothing.
pub(crate) async fn over_links(
    cx: &Ctx,
    model: &ModelNode,
    relation: &RelationNode,
    action: RelationAction,
) -> Result<Option<Condition>> {
    use RelationAction as A;
    let Some(caller) = asked_caller(cx) else { return Ok(None) };
    let Some(through) = relation.through.as_ref().filter(|_| asks_target(model, relation)) else { return Ok(None) };
    let standard = match action {
        A::Create | A::Link => Standard::Create,
        A::Unlink | A::Delete | A::DestroyById | A::Destroy => Standard::Delete,
        _ => return Ok(None),
    };
    let between = through.model();
    match decide(cx, &caller, &between, standard, None).await? {
        Ok(true) => Ok(None),
        Ok(false) => Err(refused(&caller, &between, None)),
        Err(condition) => Ok(Some(condition)),
    }
}

/// Whether a function decides about rows of a model: it is asked with the row's id.
///
/// # Errors
/// Rules cannot be read.
pub(crate) async fn asks_roles(cx: &Ctx, model: &ModelNode) -> Result<bool> {
    Ok(asked_caller(cx).is_some() && function_decides(cx, model).await?)
}
