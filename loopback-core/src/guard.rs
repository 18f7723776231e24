//! Application code inside a request: what is wrong with it hurts that request alone.

use crate::ctx::{Ctx, with_current};
use crate::error::{Error, Result};
use futures_util::FutureExt;
use std::any::Any;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::task::Poll;
use std::time::Duration;

/// Runs code of the application's own, with its context for [`current_context`](crate::ctx::current_context).
///
/// # Errors
/// Its own; 500, with what `what` calls the code, when it panics or is not done within the limit.
pub(crate) async fn guarded<T>(
    ctx: Ctx,
    limit: Option<Duration>,
    code: impl Future<Output = Result<T>>,
    what: impl FnOnce() -> String,
) -> Result<T> {
    let app = limit.map(|_| ctx.app().clone());
    // What the code was changing is not looked at after a panic, but for what is whole at any time.
    let mut code = Box::pin(AssertUnwindSafe(with_current(ctx, code)).catch_unwind());
    // Most code is done at once; only what waits costs a timer.
    let first = poll_fn(|task| Poll::Ready(code.as_mut().poll(task))).await;
    let done = match (first, limit) {
        (Poll::Ready(done), _) => done,
        (Poll::Pending, None) => code.await,
        (Poll::Pending, Some(limit)) => match tokio::time::timeout(limit, &mut code).await {
            Ok(done) => done,
            Err(_) => {
                if let Some(app) = app {
                    app.gives_up();
                }
                return Err(Error::internal(format!("{} was not done after {} s", what(), limit.as_secs_f32())));
            }
        },
    };
    done.unwrap_or_else(|panic| Err(Error::internal(format!("{} panicked: {}", what(), panic_text(&*panic)))))
}

/// What a panic says.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
