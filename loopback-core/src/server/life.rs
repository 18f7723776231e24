//! Whether an app runs, where, and what has to end before it does.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// The life of an app: it runs until a server of it is told to stop.
#[derive(Debug)]
pub(crate) struct Life {
    stopping: watch::Sender<bool>,
    url: Mutex<Option<String>>,
    work: Work,
    next: AtomicU64,
}

/// What runs beside the server: numbers and names.
type Work = Arc<watch::Sender<Vec<(u64, String)>>>;

impl Default for Life {
    fn default() -> Self {
        let work = Arc::new(watch::Sender::new(Vec::new()));
        Self { stopping: watch::Sender::new(false), url: Mutex::default(), work, next: AtomicU64::new(0) }
    }
}

impl Life {
    /// A server begins: what was stopped before runs again.
    pub(crate) fn begin(&self) {
        self.stopping.send_if_modified(std::mem::take);
    }

    /// Tells everything that listens to end.
    pub(crate) fn stop(&self) {
        self.stopping.send_if_modified(|stopping| !std::mem::replace(stopping, true));
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Ready when the app is being stopped, or is gone.
    pub(crate) fn stopping(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        let mut stopping = self.stopping.subscribe();
        async move {
            // An error says that the app is gone.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }

    /// The URL under which it is served.
    pub(crate) fn url(&self) -> Option<String> {
        self.url.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn listens(&self, url: Option<String>) {
        *self.url.lock().unwrap_or_else(PoisonError::into_inner) = url;
    }

    /// Does something beside the server, which waits for it when it stops.
    pub(crate) fn run(&self, name: String, work: impl Future<Output = ()> + Send + 'static) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.work.send_modify(|all| all.push((id, name)));
        let done = Done { id, of: self.work.clone() };
        tokio::spawn(async move {
            // Also when it panics.
            let _done = done;
            work.await;
        });
    }

    /// The names of what has not ended.
    pub(crate) fn work(&self) -> Vec<String> {
        self.work.borrow().iter().map(|(_, name)| name.clone()).collect()
    }

    /// Ready when all work has ended.
    pub(crate) async fn work_over(&self) {
        // The sender is here: no error can come.
        let _ = self.work.subscribe().wait_for(Vec::is_empty).await;
    }
}

/// Takes work off the list when it goes.
struct Done {
    id: u64,
    of: Work,
}

impl Drop for Done {
    fn drop(&mut self) {
        self.of.send_modify(|all| all.retain(|(id, _)| *id != self.id));
    }
}

#[cfg(test)]
mod tests {
    use super::Life;
    use futures_util::FutureExt;

    #[test]
    fn work_hears_of_the_stop_before_and_after_it() {
        let life = Life::default();
        let mut early = Box::pin(life.stopping());
        assert!(early.as_mut().now_or_never().is_none());
        life.stop();
        assert!(life.is_stopping());
        assert!(early.now_or_never().is_some());
        assert!(life.stopping().now_or_never().is_some());
        life.begin();
        assert!(life.stopping().now_or_never().is_none());
    }

    #[tokio::test]
    async fn the_stop_waits_for_work_even_for_some_that_panics() {
        let life = Life::default();
        let stopping = life.stopping();
        life.run("outbox".into(), stopping);
        life.run("broken".into(), async { panic!("broken") });
        let over = life.work_over();
        assert!(life.work().contains(&"outbox".to_owned()));
        life.stop();
        over.await;
        assert!(life.work().is_empty());
    }

    #[test]
    fn work_ends_with_an_app_that_is_gone() {
        let life = Life::default();
        let left = life.stopping();
        drop(life);
        assert!(left.now_or_never().is_some());
    }
}
