//! The context of the code that runs: LoopBack's `getCurrentContext`.

use super::Ctx;

tokio::task_local! {
    static CURRENT: Ctx;
}

/// The context of the remote method or hook that runs in this task; `None` outside of one, and in tasks that it has
/// spawned. For code that a context cannot be handed to; all else takes `&Ctx`. The framework itself never asks.
pub fn current_context() -> Option<Ctx> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Runs code of the application's own, with [`current_context`] set.
pub(crate) async fn with_current<T>(ctx: Ctx, work: impl Future<Output = T>) -> T {
    CURRENT.scope(ctx, work).await
}
