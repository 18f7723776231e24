//! When the app began. Answers to loopback `server/middleware/status.js`.

use super::page;
use crate::app::middleware::Middleware;
use axum::Json;
use axum::response::IntoResponse;
use serde_json::json;
use std::time::Instant;

/// `{"started": "2014-06-05T00:26:49.750Z", "uptime": 9.394}`, uptime in seconds.
pub(in crate::app) fn status() -> Middleware {
    let middleware = page(|_| {
        let (started, since) = (chrono::Utc::now(), Instant::now());
        move || {
            // Milliseconds, as JavaScript's dates have them.
            let started = started.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            let uptime = since.elapsed().as_millis() as f64 / 1000.0;
            let body = json!({ "started": started, "uptime": uptime });
            Box::pin(async move {
                let mut response = Json(body).into_response();
                response.headers_mut().insert(axum::http::header::CONTENT_TYPE, crate::rest::JSON);
                response
            })
        }
    });
    middleware.named("status")
}
