//! A span for each request, sent to a collector of OpenTelemetry. Built with the feature `otel`, and on when the environment
//! says where the collector is: `OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318`. The other variables of the standard,
//! `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, are read by the SDK.

use crate::error::{Error, Result};
use axum::http::{HeaderMap, Method};
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::sync::OnceLock;
use std::time::Duration;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// The target of the spans.
const TARGET: &str = "loopback::otel";

/// What sends the spans of this process: a subscriber of `tracing` is for the whole process too.
static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// The layer that makes spans; `None`: the environment names no collector.
///
/// # Errors
/// The collector's address cannot be used.
pub(super) fn layer<S>() -> Result<Option<impl Layer<S> + Send + Sync>>
where
    S: tracing::Subscriber + for<'s> LookupSpan<'s> + Send + Sync,
{
    let named = |name| std::env::var(name).is_ok_and(|value: String| !value.is_empty());
    if !named("OTEL_EXPORTER_OTLP_ENDPOINT") && !named("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") {
        return Ok(None);
    }
    let provider = provider(None)?;
    let layer = layer_of(&provider);
    // A second start of the log in a process has no effect, and its spans nowhere to go.
    let _ = PROVIDER.set(provider);
    Ok(Some(layer))
}

/// What sends spans, to an address, or to that of the environment.
fn provider(endpoint: Option<&str>) -> Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder().with_http();
    let exporter = match endpoint {
        Some(endpoint) => exporter.with_endpoint(endpoint),
        None => exporter,
    };
    let wrong = |error| Error::configuration(format!("spans cannot be sent to the collector: {error}"));
    let exporter = exporter.build().map_err(wrong)?;
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).build())
}

fn layer_of<S>(provider: &SdkTracerProvider) -> impl Layer<S> + Send + Sync + use<S>
where
    S: tracing::Subscriber + for<'s> LookupSpan<'s> + Send + Sync,
{
    let tracer = provider.tracer("loopback");
    // What the application makes spans of itself is not for the collector unless it says so with a subscriber of its own.
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_filter(filter_fn(|it| it.target() == TARGET && it.is_span()))
}

/// Sends what has not been sent, at the end of the process.
pub(super) async fn flush() {
    let Some(provider) = PROVIDER.get() else { return };
    let flushing = tokio::task::spawn_blocking(|| provider.shutdown());
    match tokio::time::timeout(Duration::from_secs(5), flushing).await {
        Ok(Ok(Ok(()))) => {}
        _ => tracing::warn!("the last spans did not reach the collector"),
    }
}

/// The span of a request.
pub(super) struct RequestSpan(Span);

impl RequestSpan {
    /// Begins it, below that of the client when it sends a `traceparent`.
    pub(super) fn begin(method: &Method, headers: &HeaderMap) -> Self {
        let span = tracing::info_span!(
            target: TARGET,
            "request",
            otel.name = Empty,
            otel.kind = "server",
            otel.status_code = Empty,
            http.request.method = method.as_str(),
            http.route = Empty,
            http.response.status_code = Empty,
        );
        if !span.is_disabled() && headers.contains_key("traceparent") {
            let parent = TraceContextPropagator::new().extract(&Headers(headers));
            if let Err(error) = span.set_parent(parent) {
                tracing::debug!(?error, "a traceparent is left aside");
            }
        }
        Self(span)
    }

    /// Whether anybody collects spans.
    pub(super) fn is_on(&self) -> bool {
        !self.0.is_disabled()
    }

    /// Answers the request inside its span: what the application makes spans of is below it.
    pub(super) fn around<F: Future>(of: Option<&Self>, answer: F) -> impl Future<Output = F::Output> + use<F> {
        answer.instrument(of.map_or_else(Span::none, |span| span.0.clone()))
    }

    /// What is known of the request at its end.
    pub(super) fn end(&self, method: &Method, route: &str, status: u16) {
        self.0.record("otel.name", format!("{method} {route}"));
        self.0.record("http.route", route);
        self.0.record("http.response.status_code", status);
        if status >= 500 {
            self.0.record("otel.status_code", "ERROR");
        }
    }
}

struct Headers<'h>(&'h HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(axum::http::HeaderName::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{layer_of, provider};
    use crate::server::observe;
    use axum::body::Body;
    use axum::http::{Request, Response};
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use tracing_subscriber::layer::SubscriberExt as _;

    /// A collector: takes one request and gives its bytes.
    fn collector() -> (String, std::thread::JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut all, mut bytes) = (Vec::new(), [0; 4096]);
            loop {
                let count = stream.read(&mut bytes).unwrap();
                all.extend_from_slice(&bytes[..count]);
                let text = String::from_utf8_lossy(&all).to_ascii_lowercase();
                let length =
                    text.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
                let head = all.windows(4).position(|end| end == b"\r\n\r\n");
                if count == 0 || matches!((length, head), (Some(length), Some(head)) if all.len() >= head + 4 + length)
                {
                    break;
                }
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
            all
        });
        (url, thread)
    }

    #[test]
    fn a_request_is_a_span_below_that_of_its_client() {
        let (url, collector) = collector();
        let provider = provider(Some(&url)).unwrap();
        let subscriber = tracing_subscriber::registry().with(layer_of(&provider));
        tracing::subscriber::with_default(subscriber, || {
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            let request = Request::builder().uri("/api/Notes/1?access_token=sesame").header("traceparent", trace);
            let mut request = request.body(Body::empty()).unwrap();
            let mut observed = observe::begin(None, &mut request).unwrap();
            observe::note_route(request.extensions(), || "/api/Notes/{id}".to_owned());
            observed.answered(&Response::new(()));
        });
        provider.shutdown().unwrap();
        let sent = collector.join().unwrap();
        let has = |bytes: &[u8]| sent.windows(bytes.len()).any(|found| found == bytes);
        let text = String::from_utf8_lossy(&sent);
        assert!(has(b"GET /api/Notes/{id}") && has(b"http.response.status_code"), "{text}");
        assert!(has(&0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes()), "{text}");
        assert!(has(&0xb7ad_6b71_6920_3331_u64.to_be_bytes()), "{text}");
        assert!(!has(b"sesame"), "{text}");
    }
}
