//! Runs the hooks of a phase.

use super::{HookNode, Operation};
use crate::error::Result;
use crate::guard::guarded;
use crate::meta::Phase;

/// Runs the hooks of a phase, one after the other.
///
/// # Errors
/// That of the first hook which fails; 500 for one that panics or does not come to its end.
pub(crate) async fn run(op: &mut Operation, phase: Phase) -> Result<()> {
    let model = op.model.clone();
    op.enter(phase);
    for hook in model.hooks.of(phase) {
        let what = || what(hook, &model.name, phase);
        let (ctx, limit) = (op.ctx.clone(), op.ctx.app().hook_timeout());
        guarded(ctx, Some(limit), async { hook.call(op).await }, what).await?;
    }
    Ok(())
}

fn what(hook: &HookNode, model: &str, phase: Phase) -> String {
    format!("the hook `{}` ({}) of {model}, {},", hook.name, phase.as_str(), hook.location)
}
