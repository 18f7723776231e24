//! Boot functions: what an application does once, at its start. Answers to npm `loopback-boot`.

use super::App;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::guard::guarded;
use futures_util::future::BoxFuture;
use std::time::Instant;

pub(super) type Boot = Box<dyn FnOnce(Ctx) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// Runs a boot function.
///
/// # Errors
/// Its own, with its name; a panic.
pub(super) async fn run(app: &App, name: &str, boot: Boot) -> Result<()> {
    tracing::info!(boot = name, "boot: {name} ...");
    let start = Instant::now();
    let what = || format!("the boot function `{name}`");
    guarded(app.ctx(), None, boot(app.ctx()), what)
        .await
        .map_err(|error| Error::configuration(format!("the boot function `{name}` has failed: {error}")))?;
    tracing::info!(boot = name, "boot: {name} done in {} ms", start.elapsed().as_millis());
    Ok(())
}
