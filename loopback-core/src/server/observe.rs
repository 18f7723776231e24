//! What is noted of a request: a line in the log, and numbers. Nothing, and at no cost, when nobody looks.
//!
//! A request is named by the template of its route, `/api/Products/{id}`, never by what the client sent: paths and queries
//! hold tokens, and there are too many of them to count each.

use super::metrics::Metrics;
use super::otel::RequestSpan;
use axum::Router;
use axum::body::Body;
use axum::extract::MatchedPath;
use axum::http::{Extensions, Method, Request, Response};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// The target of the lines: `RUST_LOG=loopback::request=info`.
const TARGET: &str = "loopback::request";

/// Requests that no route serves.
const NO_ROUTE: &str = "(none)";

/// Where the handler that a request leads to says which route it is.
#[derive(Clone, Default)]
struct Slot(Arc<Mutex<Option<Arc<str>>>>);

impl Slot {
    fn set(&self, route: Arc<str>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(route);
    }

    fn take(&self) -> Option<Arc<str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Says which route a request has led to, when somebody wants to know.
pub(crate) fn note_route(extensions: &Extensions, route: impl FnOnce() -> String) {
    if let Some(slot) = extensions.get::<Slot>() {
        slot.set(route().into());
    }
}

/// The same routes, which say their own templates.
pub(crate) fn noting(routes: Router) -> Router {
    routes.layer(axum::middleware::map_request(async |request: axum::extract::Request| {
        if let Some(path) = request.extensions().get::<MatchedPath>() {
            note_route(request.extensions(), || path.as_str().to_owned());
        }
        request
    }))
}

/// A request that is being answered. It is complete when this goes: its answer has been handed over, or its client is gone.
pub(super) struct Observation {
    start: Instant,
    method: Method,
    slot: Slot,
    logs: bool,
    metrics: Option<Arc<Metrics>>,
    status: Option<u16>,
    request_id: Option<String>,
    span: RequestSpan,
}

/// Begins to observe a request. `None`: nobody looks.
pub(super) fn begin(metrics: Option<&Arc<Metrics>>, request: &mut Request<Body>) -> Option<Observation> {
    let logs = tracing::event_enabled!(target: TARGET, tracing::Level::INFO);
    let span = RequestSpan::begin(request.method(), request.headers());
    if metrics.is_none() && !logs && !span.is_on() {
        return None;
    }
    let slot = Slot::default();
    request.extensions_mut().insert(slot.clone());
    if let Some(metrics) = metrics {
        metrics.begins();
    }
    Some(Observation {
        start: Instant::now(),
        method: request.method().clone(),
        slot,
        logs,
        metrics: metrics.cloned(),
        status: None,
        request_id: None,
        span,
    })
}

impl Observation {
    /// The span of the request.
    pub(super) fn span(&self) -> &RequestSpan {
        &self.span
    }

    /// The answer is there; its body may still be on its way.
    pub(super) fn answered<B>(&mut self, response: &Response<B>) {
        self.status = Some(response.status().as_u16());
        if self.logs {
            let id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok());
            self.request_id = id.map(|id| id.chars().take(128).collect());
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        let took = self.start.elapsed();
        let route = self.slot.take().unwrap_or_else(|| NO_ROUTE.into());
        // A client that is gone before there was an answer has none; nginx's number for that.
        let status = self.status.unwrap_or(499);
        self.span.end(&self.method, &route, status);
        if let Some(metrics) = &self.metrics {
            metrics.ends(&self.method, route.clone(), status, took);
        }
        if self.logs {
            let ms = (took.as_secs_f64() * 1e5).round() / 1e2;
            let (method, route, id) = (self.method.as_str(), &*route, self.request_id.as_deref());
            tracing::info!(target: TARGET, method, route, status, ms, request_id = id, "answered");
        }
    }
}
