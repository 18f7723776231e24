//! LoopBack's `checkAccess...` functions, for code.

use super::authority::RowRule;
use super::context::{AccessContext, AccessRequest, Asked};
use super::judge::{Mode, judge};
use super::principal::Caller;
use super::token::resolve;
use crate::ctx::Ctx;
use crate::engine;
use crate::error::{Error, Result};
use crate::graph::access::{Match, score};
use crate::graph::{AccessType, ModelNode, Permission, PrincipalNode, RuleNode};
use crate::value::Value;
use std::sync::Arc;

fn model<'c>(ctx: &'c Ctx, name: &str) -> Result<&'c Arc<ModelNode>> {
    let found = ctx.app().graph().model(name);
    found.ok_or_else(|| Error::no_such_method(format!("there is no model `{name}`")))
}

/// Judges a call: LoopBack's `ACL.checkAccessForContext`. A context without a model or a method is asked about all of them.
///
/// # Errors
/// 404: the model has no such method. Roles or rules cannot be read.
pub async fn check_access_for_context(context: &AccessContext) -> Result<AccessRequest> {
    let caller = context.caller();
    let Some(model) = context.model_arc() else {
        return Err(Error::no_such_method("the access context names no model of the app"));
    };
    let name = context.property();
    let permission = match model.methods.iter().find(|method| method.goes_by(name)) {
        Some(method) => {
            let asked = Asked { access: context.access_type().unwrap_or(method.access), ..method.asked(model) };
            decided(context.ctx(), &caller, &asked, context.model_id()).await?
        }
        None if name == "*" => wildcard(context.ctx(), &caller, model, "*", context.access_type()).await?,
        None => return Err(Error::no_such_method(format!("{} has no method `{name}`", model.name))),
    };
    Ok(AccessRequest {
        model: model.name.to_string(),
        property: name.to_owned(),
        access_type: context.access_type(),
        permission,
    })
}

async fn decided(ctx: &Ctx, caller: &Caller, asked: &Asked<'_>, id: Option<&Value>) -> Result<Permission> {
    let mode = if id.is_some() { Mode::Rows } else { Mode::Collection };
    let verdict = judge(ctx, caller, asked, mode, id).await?;
    if let Some(id) = id {
        for (condition, permission) in &verdict.rows {
            let row = super::of_row(asked.model, id, condition.clone());
            if engine::is_there(ctx, asked.model, Some(&row)).await? {
                return Ok(*permission);
            }
        }
    }
    Ok(verdict.rest)
}

/// What holds for several methods at once: the strictest of what the rules say.
async fn wildcard(
    ctx: &Ctx,
    caller: &Caller,
    model: &Arc<ModelNode>,
    property: &str,
    access: Option<AccessType>,
) -> Result<Permission> {
    let mut strictest = None;
    let about = |method: &&crate::graph::MethodNode| {
        (property == "*" || method.goes_by(property)) && access.is_none_or(|access| access == method.access)
    };
    for method in model.methods.iter().filter(about) {
        let permission = decided(ctx, caller, &method.asked(model), None).await?;
        strictest = strictest.max(Some(permission));
    }
    Ok(strictest.unwrap_or(model.access.default_permission))
}

/// Whether the owner of a token may call a method, on the row with an id: LoopBack's `ACL.checkAccessForToken`. The token is
/// the text that the log-in gave.
///
/// # Errors
/// 401 `INVALID_TOKEN`: it has expired. 404: there is no such model or method.
pub async fn check_access_for_token(
    ctx: &Ctx,
    token: &str,
    model_name: &str,
    id: Option<Value>,
    method: &str,
) -> Result<bool> {
    let model = model(ctx, model_name)?;
    let Some(auth) = ctx.app().auth() else { return Ok(true) };
    let caller = match resolve(ctx.app(), auth, token).await? {
        Some(token) => Caller::of_token(token, None),
        None => Caller::default(),
    };
    let found = model.methods.iter().find(|known| known.goes_by(method));
    let found = found.ok_or_else(|| Error::no_such_method(format!("{} has no method `{method}`", model.name)))?;
    Ok(decided(ctx, &caller, &found.asked(model), id.as_ref()).await?.allows())
}

/// What holds for a principal: LoopBack's `ACL.checkPermission`. `property` is a method's name or `*`, `access` of `None` means
/// all. Only rules about that very principal count, and those that are static deny first, as in LoopBack.
///
/// # Errors
/// 404: there is no such model.
pub async fn check_permission(
    ctx: &Ctx,
    principal: &PrincipalNode,
    model_name: &str,
    property: &str,
    access: Option<AccessType>,
) -> Result<AccessRequest> {
    let model = model(ctx, model_name)?;
    let stored = match ctx.app().auth() {
        Some(auth) => Some(auth.authority.rules(ctx).await?),
        None => None,
    };
    let names: Vec<&str> = match model.methods.iter().find(|method| method.goes_by(property)) {
        Some(method) => {
            let all = [&*method.name].into_iter().chain(method.aliases.iter().copied());
            all.flat_map(|name| [Some(name), name.strip_prefix("prototype.")]).flatten().collect()
        }
        None => vec![property],
    };
    let own = model.access.rules.iter().filter(|rule| rule.principal == *principal).map(|rule| (Match::Exactly, rule));
    let rows = stored.iter().flat_map(|stored| &stored.0).filter_map(|RowRule { model: of, rule }| {
        let of_model = match of {
            None => Match::All,
            Some(name) if **name == *model.name => Match::Exactly,
            Some(_) => return None,
        };
        (rule.principal == *principal).then_some((of_model, rule))
    });
    let scored = own.chain(rows).filter_map(|(of_model, rule)| {
        let score = get_matching_score(rule, of_model == Match::Exactly, &names, access)?;
        Some((score, rule.permission))
    });
    let permission = scored.max().map_or(model.access.default_permission, |(_, permission)| permission);
    Ok(AccessRequest { model: model.name.to_string(), property: property.to_owned(), access_type: access, permission })
}

/// The score of a rule for a request: LoopBack's `ACL.getMatchingScore`. `None`: the rule is not about it. A request for `*`,
/// or for all access types, meets rules that are narrower, with less.
pub fn get_matching_score(
    rule: &RuleNode,
    exact_model: bool,
    method_names: &[&str],
    access: Option<AccessType>,
) -> Option<u32> {
    let of_model = if exact_model { Match::Exactly } else { Match::All };
    let all = method_names.contains(&"*");
    let of_method = if rule.methods.is_empty() || rule.methods.iter().any(|name| &**name == "*") {
        if all { Match::Exactly } else { Match::All }
    } else if rule.methods.iter().any(|name| method_names.contains(&&**name)) {
        Match::Exactly
    } else if all {
        Match::Narrower
    } else {
        return None;
    };
    score(of_model, of_method, access, rule.access, &rule.principal, rule.permission)
}
