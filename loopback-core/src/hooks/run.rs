//! Runs the hooks of a phase, each so that what is wrong with it hurts this operation alone.

use super::{HookNode, Operation};
use crate::ctx::with_current;
use crate::error::{Error, Result};
use crate::meta::Phase;
use futures_util::FutureExt;
use std::any::Any;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// Runs the hooks of a phase, one after the other.
///
/// # Errors
/// That of the first hook which fails; 500 for one that panics or does not come to its end.
pub(crate) async fn run(op: &mut Operation, phase: Phase) -> Result<()> {
    let model = op.model.clone();
    op.enter(phase);
    for hook in model.hooks.of(phase) {
        one(hook, op, phase).await?;
    }
    Ok(())
}

async fn one(hook: &HookNode, op: &mut Operation, phase: Phase) -> Result<()> {
    let limit = op.ctx.app().hook_timeout();
    let model = op.model.clone();
    let cx = op.ctx.clone();
    let call = Box::pin(AssertUnwindSafe(with_current(cx, hook.call(op))).catch_unwind());
    match in_time(limit, call).await {
        Some(Ok(done)) => done,
        Some(Err(panic)) => Err(fault(hook, &model.name, phase, &format!("panicked: {}", panic_text(&*panic)))),
        None => Err(fault(hook, &model.name, phase, &late(limit))),
    }
}

/// What a hook comes to; `None`: it is not done in time.
pub(crate) async fn in_time<T>(limit: Duration, call: impl Future<Output = T>) -> Option<T> {
    let mut call = pin!(call);
    // Most hooks are done at once; only one that waits costs a timer.
    match poll_fn(|task| Poll::Ready(call.as_mut().poll(task))).await {
        Poll::Ready(done) => Some(done),
        Poll::Pending => tokio::time::timeout(limit, call).await.ok(),
    }
}

/// What is wrong with a hook that is not done in time.
pub(crate) fn late(limit: Duration) -> String {
    format!("was not done after {} s", limit.as_secs_f32())
}

fn fault(hook: &HookNode, model: &str, phase: Phase, what: &str) -> Error {
    Error::internal(format!("the hook `{}` ({}) of {model}, {}, {what}", hook.name, phase.as_str(), hook.location))
}

/// What a panic says.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
