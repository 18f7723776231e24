//! Serving, and stopping when told to. How is in [`crate::server`].

use super::command::Command;
use super::{App, StopHook, report};
use crate::connector::SqlConnector;
use crate::error::Result;
use crate::server::{self, Life, Metrics, MetricsAt, ServerOptions};
use axum::Router;
use futures_util::future::BoxFuture;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

impl App {
    /// Serves the app on its host and port until SIGINT or SIGTERM, then finishes the requests that have begun, within the
    /// grace period; a second signal ends it at once. Prints what is served and where, and logs on standard error, unless the
    /// application has set up `tracing` itself.
    ///
    /// # Errors
    /// The port is taken, or the address is none.
    pub fn serve(self) -> BoxFuture<'static, Result<()>> {
        let log = server::start_log(self.shared.serving.log);
        let command = Command::of(std::env::args().skip(1));
        // Boxed as `AppBuilder::build` is: here is the door to the whole server.
        Box::pin(async move {
            log?;
            if !self.run(command?).await? {
                return Ok(());
            }
            server::run(self, |app, running| {
                // Not `println!`, which panics when nobody reads.
                let _ = writeln!(std::io::stdout(), "{}", report::report(app, running));
            })
            .await
        })
    }

    /// Serves the app on a listener until `stop` is ready, then finishes the requests that have begun.
    ///
    /// # Errors
    /// The listener is none.
    pub async fn serve_on(self, listener: TcpListener, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        server::run_on(self, listener, Box::pin(stop)).await
    }

    /// The URL under which the app is served, `http://localhost:3000` (LoopBack's setting `url`, with the port that it really
    /// has). `None`: it does not listen.
    pub fn url(&self) -> Option<String> {
        self.shared.life.url()
    }

    /// The URL, or what it will be.
    pub(super) fn own_url(&self) -> String {
        if let Some(url) = self.url().filter(|url| url.starts_with("http")) {
            return url;
        }
        let settings = &self.shared.settings;
        let first = settings.host.split(',').next().unwrap_or_default().trim();
        match first.parse() {
            Ok(ip) => server::url_of(ip, settings.port),
            Err(_) if first.starts_with("unix:") => format!("http://localhost:{}", settings.port),
            Err(_) => format!("http://{first}:{}", settings.port),
        }
    }

    /// Does something beside the server, a worker or a timer, which the server waits for when it stops: so it has to end soon
    /// when [`stopping`](Self::stopping) is ready. The name is what the stop calls it when it takes long.
    ///
    /// # Panics
    /// There is no runtime of tokio.
    pub fn run_beside(&self, name: impl Into<String>, work: impl Future<Output = ()> + Send + 'static) {
        self.shared.life.run(name.into(), work);
    }

    /// A number for the metrics, asked for whenever somebody looks: it must be at hand, in an atomic for example. Several of
    /// one name are told apart by their labels. Nothing happens when the app has no metrics.
    ///
    /// ```ignore
    /// app.gauge("mail_outbox_depth", "E-mails that wait", &[("state", "queued")], move || queued.load(Relaxed) as f64);
    /// ```
    pub fn gauge(
        &self,
        name: &str,
        help: &str,
        labels: &[(&'static str, &str)],
        read: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        if let Some(metrics) = &self.shared.metrics {
            metrics.gauge(name, help, labels, read);
        }
    }

    pub(crate) fn life(&self) -> &Life {
        &self.shared.life
    }

    pub(crate) fn metrics(&self) -> Option<Arc<Metrics>> {
        self.shared.metrics.clone()
    }

    pub(crate) fn metrics_at(&self) -> Option<&MetricsAt> {
        self.shared.serving.metrics.as_ref()
    }

    /// The route of the metrics, when they are a path of the app.
    pub(super) fn metrics_router(&self) -> Router {
        match (&self.shared.metrics, self.metrics_at()) {
            (Some(metrics), Some(MetricsAt::Path(path))) => server::noting(metrics.router(path)),
            _ => Router::new(),
        }
    }

    pub(crate) fn stop_hooks(&self) -> &[(String, StopHook)] {
        &self.shared.serving.stop_hooks
    }

    /// Host, port, and the rest of how it listens.
    pub(crate) fn listens_on(&self) -> (String, u16, ServerOptions) {
        let settings = &self.shared.settings;
        (settings.host.clone(), settings.port, self.shared.serving.options.clone())
    }

    /// The SQL databases, by the names of their data sources.
    pub(crate) fn databases(&self) -> impl Iterator<Item = (Arc<str>, Arc<SqlConnector>)> {
        self.shared.data_sources.iter().filter_map(|source| Some((source.name.clone(), source.sql.clone()?)))
    }

    /// Work is cut off that may be in the middle of statements: to be said before it is dropped.
    pub(crate) fn gives_up(&self) {
        for (_, connector) in self.databases() {
            connector.gives_up();
        }
    }

    /// Closes the connections to the databases, at the end of the process.
    pub(crate) async fn disconnect(&self) {
        let closing = self.shared.data_sources.iter().map(|source| source.connector.close());
        let closed = futures_util::future::join_all(closing.collect::<Vec<_>>());
        if tokio::time::timeout(Duration::from_secs(2), closed).await.is_err() {
            tracing::debug!("a database does not let go");
        }
    }

    /// Ready when the app is being stopped: a server of it got a signal, or was told to stop. Work without
    /// an end of its own, a stream or a worker, waits for this beside what it does, and then ends: the server gives it the
    /// grace period and no more. Of an app that is not served it is ready when the app is gone.
    ///
    /// ```ignore
    /// tokio::select! {
    ///     () = app.stopping() => return,
    ///     event = events.next() => send(event).await,
    /// }
    /// ```
    pub fn stopping(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.shared.life.stopping()
    }

    /// Whether the app is being stopped.
    pub fn is_stopping(&self) -> bool {
        self.shared.life.is_stopping()
    }

    /// Deletes tokens that have expired, every few minutes.
    pub(crate) fn sweep_now_and_then(&self) -> Option<tokio::task::JoinHandle<()>> {
        self.auth()?;
        let app = self.clone();
        Some(tokio::spawn(async move {
            loop {
                // Not all instances at once, and not while they start.
                let seconds = 600 + u64::from(rand::random::<u8>());
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                if let Err(error) = crate::models::sweep(&app.current()).await {
                    tracing::warn!(%error, "tokens that have expired were not deleted");
                }
            }
        }))
    }
}
