//! What stands for [OpenTelemetry](https://opentelemetry.io) in a build without the feature `otel`: nothing.

use crate::error::Result;
use axum::http::{HeaderMap, Method};
use tracing_subscriber::layer::Identity;

/// No layer.
#[allow(clippy::unnecessary_wraps, reason = "with the feature it can fail")]
pub(super) fn layer() -> Result<Option<Identity>> {
    Ok(None)
}

/// There is nothing to send.
#[allow(clippy::unused_async, reason = "with the feature it waits")]
pub(super) async fn flush() {}

/// No span.
pub(super) struct RequestSpan;

impl RequestSpan {
    pub(super) fn begin(_: &Method, _: &HeaderMap) -> Self {
        Self
    }

    pub(super) fn is_on(&self) -> bool {
        false
    }

    pub(super) fn around<F: Future>(_: Option<&Self>, answer: F) -> impl Future<Output = F::Output> + use<F> {
        answer
    }

    pub(super) fn end(&self, _: &Method, _: &str, _: u16) {}
}
