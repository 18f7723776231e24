//! Numbers about a running app, in Prometheus' text format. Each app has its own: nothing here is global.

mod process;
mod pulled;

use super::connections::Connections;
use crate::app::App;
use crate::error::{Error, Result};
use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use prometheus_client::encoding::{EncodeLabelSet, prometheus_text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use pulled::Pulled;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

/// Where the metrics of an app are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MetricsAt {
    /// A path of the app itself, for everybody who reaches it.
    Path(String),
    /// A host and a port of their own.
    Address(String, u16),
}

impl MetricsAt {
    /// Reads `127.0.0.1:9100`, `[::1]:9100`, `:9100` of this machine alone, or the path `/metrics`.
    ///
    /// # Errors
    /// It is none of these.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if text.starts_with('/') {
            return Ok(Self::Path(text.to_owned()));
        }
        let read = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let Some((host, port)) = read else {
            return Err(Error::configuration(format!(
                "metrics are served on an address, `127.0.0.1:9100`, or a path, `/metrics`; found `{text}`"
            )));
        };
        Ok(Self::Address(if host.is_empty() { "127.0.0.1" } else { host }.to_owned(), port))
    }
}

/// Different routes, methods and statuses that are told apart. More would only come from routes of the application's own
/// that are made of data; then they are counted together.
const MAX_SERIES: usize = 5_000;

/// The upper bounds of the classes of durations, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: Arc<str>,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Routed {
    method: &'static str,
    route: Arc<str>,
}

/// The numbers of an app.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<Routed, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    series: AtomicUsize,
    pulled: Pulled,
    /// The servers of the app, for their connections.
    servers: Arc<RwLock<Vec<Weak<Connections>>>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let requests = Family::<Answered, Counter>::default();
        registry.register("http_requests", "Requests that were answered", requests.clone());
        let durations =
            Family::<Routed, Histogram, fn() -> Histogram>::new_with_constructor(|| Histogram::new(SECONDS));
        registry.register(
            "http_request_duration_seconds",
            "Time from a request's head until its answer was handed over",
            durations.clone(),
        );
        let in_flight = Gauge::default();
        registry.register("http_requests_in_flight", "Requests that are being answered", in_flight.clone());
        let pulled = Pulled::default();
        registry.register_collector(Box::new(pulled.clone()));
        registry.register_collector(Box::new(process::Process::begin()));
        let servers = Arc::new(RwLock::new(Vec::<Weak<Connections>>::new()));
        let open = servers.clone();
        pulled.gauge("http_connections", "Connections of clients", &[], move || {
            let servers = open.read().unwrap_or_else(PoisonError::into_inner);
            servers.iter().filter_map(Weak::upgrade).map(|server| server.open()).sum::<usize>() as f64
        });
        Self { registry, requests, durations, in_flight, series: AtomicUsize::new(0), pulled, servers }
    }
}

impl Metrics {
    /// A number that is asked for when somebody looks. Several of one name are told apart by their labels.
    pub(crate) fn gauge(
        &self,
        name: &str,
        help: &str,
        labels: &[(&'static str, &str)],
        read: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        self.pulled.gauge(name, help, labels, read);
    }

    /// The numbers of the pools of an app.
    pub(crate) fn pools(&self, app: &App) {
        for (source, connector) in app.databases() {
            let read = connector.clone();
            for (at, pool) in connector.pools().into_iter().enumerate() {
                let labels = |state| [("data_source", &*source), ("pool", pool.name), ("state", state)];
                let help = "Connections of a pool to a database";
                let idle = read.clone();
                self.gauge("db_pool_connections", help, &labels("idle"), move || {
                    idle.pools().get(at).map_or(0.0, |pool| pool.idle as f64)
                });
                let used = read.clone();
                self.gauge("db_pool_connections", help, &labels("used"), move || {
                    used.pools().get(at).map_or(0.0, |pool| f64::from(pool.size) - pool.idle as f64)
                });
                let most = f64::from(pool.max);
                let labels = [("data_source", &*source), ("pool", pool.name)];
                self.gauge(
                    "db_pool_connections_max",
                    "The most connections that a pool may have",
                    &labels,
                    move || most,
                );
            }
        }
    }

    /// A server of the app begins.
    pub(super) fn watch(&self, connections: &Arc<Connections>) {
        let mut servers = self.servers.write().unwrap_or_else(PoisonError::into_inner);
        servers.retain(|server| server.strong_count() > 0);
        servers.push(Arc::downgrade(connections));
    }

    pub(super) fn begins(&self) {
        self.in_flight.inc();
    }

    pub(super) fn ends(&self, method: &Method, route: Arc<str>, status: u16, took: Duration) {
        self.in_flight.dec();
        let method = name(method);
        let mut answered = Answered { method, route, status };
        if self.requests.get(&answered).is_none() && self.series.fetch_add(1, Ordering::Relaxed) >= MAX_SERIES {
            answered.route = "(other)".into();
        }
        let routed = Routed { method, route: answered.route.clone() };
        self.requests.get_or_create(&answered).inc();
        self.durations.get_or_create(&routed).observe(took.as_secs_f64());
    }

    /// All of it as text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        if let Err(error) = prometheus_text::encode(&mut text, &self.registry) {
            tracing::error!(%error, "the metrics cannot be written");
        }
        text
    }

    /// The route that serves them.
    pub(crate) fn router(self: &Arc<Self>, path: &str) -> Router {
        let metrics = self.clone();
        let serve = move || {
            let text = metrics.text();
            let headers = [(CONTENT_TYPE, prometheus_text::CONTENT_TYPE), (CACHE_CONTROL, "no-store")];
            std::future::ready((StatusCode::OK, headers, text).into_response())
        };
        Router::new().route(path, axum::routing::get(serve))
    }
}

/// The methods that are told apart: a client may send any word.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_SERIES, Metrics};
    use axum::http::Method;
    use std::time::Duration;

    fn end(metrics: &Metrics, method: &Method, route: &str) {
        metrics.begins();
        metrics.ends(method, route.into(), 200, Duration::from_millis(3));
    }

    #[test]
    fn requests_are_counted_by_route_and_timed() {
        let metrics = Metrics::default();
        end(&metrics, &Method::GET, "/api/Products/{id}");
        end(&metrics, &Method::GET, "/api/Products/{id}");
        metrics.begins();
        metrics.gauge("mail_outbox_depth", "Mails that wait", &[("state", "queued")], || 7.0);
        metrics.gauge("mail_outbox_depth", "Mails that wait", &[("state", "de\"ad")], || 1.0);
        let text = metrics.text();
        for line in [
            r#"http_requests_total{method="GET",route="/api/Products/{id}",status="200"} 2"#,
            r#"http_request_duration_seconds_bucket{method="GET",route="/api/Products/{id}",le="0.005"} 2"#,
            "http_requests_in_flight 1",
            r#"mail_outbox_depth{state="queued"} 7"#,
            r#"mail_outbox_depth{state="de\"ad"} 1"#,
            "http_connections 0",
        ] {
            assert!(
                text.lines().any(|found| found == line || found.starts_with(&format!("{line}."))),
                "{line}\n{text}"
            );
        }
        assert_eq!(text.matches("# TYPE mail_outbox_depth gauge").count(), 1, "{text}");
    }

    #[test]
    fn no_client_can_make_the_numbers_many() {
        let metrics = Metrics::default();
        for word in 0..50 {
            end(&metrics, &Method::from_bytes(format!("M{word}").as_bytes()).unwrap(), "/");
        }
        assert_eq!(metrics.text().matches("http_requests_total{").count(), 1);
        for route in 0..MAX_SERIES + 50 {
            end(&metrics, &Method::GET, &format!("/{route}"));
        }
        let text = metrics.text();
        assert!(text.matches("http_requests_total{").count() <= MAX_SERIES + 1);
        assert!(text.contains(r#"route="(other)""#));
    }
}
