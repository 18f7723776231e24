//! What an app says about how it is served: limits, metrics, the log, and its stop.

use super::AppBuilder;
use crate::app::StopHook;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::server::{LogFormat, MetricsAt, ServerOptions};
use std::sync::Arc;

/// How an app that is being put together is served.
#[derive(Default)]
pub(super) struct ServingSettings {
    options: ServerOptions,
    metrics: Option<String>,
    pub(super) log: Option<LogFormat>,
    stop_hooks: Vec<(String, StopHook)>,
}

/// How an app is served.
pub(in crate::app) struct Serving {
    pub(in crate::app) options: ServerOptions,
    pub(in crate::app) metrics: Option<MetricsAt>,
    pub(in crate::app) stop_hooks: Vec<(String, StopHook)>,
    pub(in crate::app) log: Option<LogFormat>,
}

impl ServingSettings {
    /// Reads `LOOPBACK_METRICS`.
    ///
    /// # Errors
    /// It cannot be understood.
    pub(super) fn read_env(&mut self, read: impl Fn(&str) -> Result<Option<String>>) -> Result<()> {
        self.metrics = read("LOOPBACK_METRICS")?;
        self.metrics.as_deref().map(MetricsAt::parse).transpose()?;
        Ok(())
    }

    /// All of it, read.
    ///
    /// # Errors
    /// The metrics have no place.
    pub(super) fn resolved(self) -> Result<Serving> {
        let metrics = self.metrics.as_deref().map(MetricsAt::parse).transpose()?;
        Ok(Serving { options: self.options, metrics, stop_hooks: self.stop_hooks, log: self.log })
    }
}

impl AppBuilder {
    /// Limits and timeouts of the server; the defaults are good for most.
    pub fn server(mut self, options: ServerOptions) -> Self {
        self.serving.options = options;
        self
    }

    /// Serves metrics for Prometheus at `/metrics` of the app itself, for everybody who reaches it. They tell which routes
    /// there are and how much they are used: where the app is public, [`metrics_on`](Self::metrics_on) is the better way.
    /// Off unless set.
    pub fn metrics(mut self, on: bool) -> Self {
        self.serving.metrics = on.then(|| "/metrics".to_owned());
        self
    }

    /// Serves metrics on an address of their own, `127.0.0.1:9100`, at `/metrics`, or at another path of the app itself,
    /// `/internal/metrics`. The environment's `LOOPBACK_METRICS` says the same without code.
    pub fn metrics_on(mut self, place: impl Into<String>) -> Self {
        self.serving.metrics = Some(place.into());
        self
    }

    /// How the lines of the log look, with one for each request. The environment's `LOOPBACK_LOG=text|json` goes before it;
    /// `RUST_LOG` says what is logged. Without any of them warnings and errors are, as text. Takes effect with
    /// [`serve`](Self::serve), unless the application has set up `tracing` itself.
    pub fn log(mut self, format: LogFormat) -> Self {
        self.serving.log = Some(format);
        self
    }

    /// Something to do at the stop, when all requests are answered and before the process ends; several in the order in
    /// which they are given. It has ten seconds; what goes wrong is logged.
    ///
    /// ```ignore
    /// .on_stop("goodbye", |ctx| async move { AuditLog::create(&ctx, set!(AuditLog { what: "stopped" })).await.map(drop) })
    /// ```
    pub fn on_stop<F: Future<Output = Result<()>> + Send + 'static>(
        mut self,
        name: impl Into<String>,
        stop: impl Fn(Ctx) -> F + Send + Sync + 'static,
    ) -> Self {
        self.serving.stop_hooks.push((name.into(), Arc::new(move |ctx| Box::pin(stop(ctx)))));
        self
    }
}
