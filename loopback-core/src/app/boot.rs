//! Boot functions: what an application does once, at its start. Answers to npm `loopback-boot`.

use super::App;
use crate::ctx::{Ctx, with_current};
use crate::error::{Error, Result};
use crate::hooks::panic_text;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

pub(super) type Boot = Box<dyn FnOnce(Ctx) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Runs a boot function.
///
/// # Errors
/// Its own, with its name; a panic.
pub(super) async fn run(app: &App, name: &str, boot: Boot) -> Result<()> {
    let ctx = app.ctx();
    tracing::info!(boot = name, "boot: {name} ...");
    let start = Instant::now();
    let done = AssertUnwindSafe(with_current(ctx.clone(), async move { boot(ctx).await })).catch_unwind().await;
    match done {
        Ok(Ok(())) => {
            tracing::info!(boot = name, "boot: {name} done in {} ms", start.elapsed().as_millis());
            Ok(())
        }
        Ok(Err(error)) => Err(Error::configuration(format!("the boot function `{name}` has failed: {error}"))),
        Err(panic) => {
            let text = panic_text(&*panic);
            Err(Error::configuration(format!("the boot function `{name}` panicked: {text}")))
        }
    }
}
