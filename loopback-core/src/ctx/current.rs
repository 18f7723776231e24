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

impl Ctx {
    /// Runs application code, with this context for [`current_context`].
    pub(crate) fn as_current<F: Future>(&self, code: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(self.clone(), code)
    }
}
