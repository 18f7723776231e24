//! Whether the process lives, and whether it can do its work: for whoever starts and watches it.

use crate::app::App;
use crate::app::middleware::{Chain, Middleware};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// So long a data source may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// So long an answer counts: who asks more often does not ask the database more often.
const FRESH: Duration = Duration::from_secs(1);

/// `/health/live`: 200 as long as the process answers. `/health/ready`: 200 when every data source answers and the app is not
/// being stopped, else 503; the log says which does not.
pub(in crate::app) fn health() -> Middleware {
    let middleware = Middleware::placed(|app, rest| {
        let ready = Arc::new(Ready { app: app.clone(), last: Mutex::new(None) });
        Chain::new(move |request: Request| {
            let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
            match request.uri().path() {
                "/health/live" if is_read => Box::pin(std::future::ready(answer(true))),
                "/health/ready" if is_read => {
                    let ready = ready.clone();
                    Box::pin(async move { answer(ready.ask().await) })
                }
                _ => rest.run(request),
            }
        })
    });
    middleware.named("health")
}

struct Ready {
    app: App,
    last: Mutex<Option<(Instant, bool)>>,
}

impl Ready {
    async fn ask(&self) -> bool {
        if self.app.is_stopping() {
            return false;
        }
        // Those that come meanwhile wait for the same answer.
        let mut last = self.last.lock().await;
        if let Some((at, ready)) = *last
            && at.elapsed() < FRESH
        {
            return ready;
        }
        let asked = self.app.shared.data_sources.iter().map(|source| async move {
            let answered = tokio::time::timeout(PATIENCE, source.connector.ping()).await;
            let problem = match answered {
                Ok(Ok(())) => return true,
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
            };
            tracing::warn!(data_source = &*source.name, problem, "not ready");
            false
        });
        let ready = join_all(asked).await.into_iter().all(|answered| answered);
        *last = Some((Instant::now(), ready));
        ready
    }
}

fn answer(well: bool) -> Response {
    let mut response = Response::new(if well { r#"{"status":"ok"}"# } else { r#"{"status":"unavailable"}"# }.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, crate::rest::JSON);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if !well {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    response
}
