//! Limits of time and of bodies.

use crate::app::middleware::{Chain, Middleware};
use crate::error::Error;
use crate::rest::error_response;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::CONTENT_LENGTH;
use std::time::Duration;
use tower::Layer;

/// 503 for an answer that has not begun after so long; the work for it is dropped, and what it wrote undone.
pub(in crate::app) fn timeout(limit: Duration) -> Middleware {
    let middleware = Middleware::placed(move |app, rest| {
        let app = app.clone();
        Chain::new(move |request: Request| {
            let mut answered = rest.run(request);
            let app = app.clone();
            Box::pin(async move {
                match tokio::time::timeout(limit, &mut answered).await {
                    Ok(response) => response,
                    Err(_) => {
                        app.gives_up();
                        drop(answered);
                        error_response(&Error::unavailable(format!("no answer within {} s", limit.as_secs_f32())))
                    }
                }
            })
        })
    });
    middleware.named("timeout")
}

/// The largest body here, in bytes, where it is not that of the app.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimit(pub(crate) usize);

/// 413 for larger bodies: of the REST API, and of axum's extractors in routes of the application's own.
pub(in crate::app) fn body_limit(limit: usize) -> Middleware {
    let middleware = Middleware::placed(move |_, rest| {
        let rest = Chain::of(DefaultBodyLimit::max(limit).layer(rest));
        Chain::new(move |mut request: Request| {
            let length = request.headers().get(CONTENT_LENGTH);
            let announced = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
            if announced.is_some_and(|length| length > limit as u64) {
                return Box::pin(std::future::ready(error_response(&Error::too_large(limit))));
            }
            request.extensions_mut().insert(BodyLimit(limit));
            rest.run(request)
        })
    });
    middleware.named("body-limit")
}
