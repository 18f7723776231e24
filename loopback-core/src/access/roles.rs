//! Roles: those that are rows, and those that a function decides about.

use super::context::AccessContext;
use super::principal::Caller;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::guard::guarded;
use std::collections::HashSet;
use std::sync::Arc;

/// The names of the roles of a caller that are rows; read once for a request.
pub(crate) async fn role_names(cx: &Ctx, caller: &Caller) -> Result<Arc<HashSet<Box<str>>>> {
    let Some(auth) = cx.app().auth() else { return Ok(Arc::default()) };
    let names = caller.roles.get_or_try_init(|| async {
        Ok::<_, crate::Error>(Arc::new(auth.authority.role_names(cx, &caller.principals).await?))
    });
    names.await.cloned()
}

/// Whether a caller is in a role that is none of the framework's.
pub(crate) async fn is_in_role(context: &AccessContext, caller: &Caller, role: &str) -> Result<bool> {
    let app = context.ctx().app();
    if let Some(resolver) = app.graph().role_resolver(role) {
        let what = || format!("the role resolver of `{role}`, {},", resolver.location);
        let limit = app.hook_timeout();
        return guarded(context.ctx().clone(), Some(limit), (resolver.call)(context), what).await;
    }
    if caller.principals.is_empty() {
        return Ok(false);
    }
    Ok(role_names(context.ctx(), caller).await?.contains(role))
}
