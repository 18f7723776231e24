//! Limits of time and of bodies.

use crate::app::middleware::{Chain, Middleware};
use crate::error::Error;
use crate::rest::error_response;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
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

/// Bodies that have a limit of their own, as npm `body-parser` tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Bodies {
    All,
    /// `application/x-www-form-urlencoded`.
    Forms,
    /// All but forms.
    Others,
}

impl Bodies {
    fn are(self, headers: &HeaderMap) -> bool {
        self == Self::All || (self == Self::Forms) == is_form(headers)
    }
}

/// Whether a body is said to be `application/x-www-form-urlencoded`.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let media = headers.get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// 413 for larger bodies: of the REST API, and of axum's extractors in routes of the application's own.
pub(in crate::app) fn body_limit(limit: usize, bodies: Bodies) -> Middleware {
    let middleware = Middleware::placed(move |_, rest| {
        let limited = Chain::of(DefaultBodyLimit::max(limit).layer(rest.clone()));
        Chain::new(move |mut request: Request| {
            if !bodies.are(request.headers()) {
                return rest.run(request);
            }
            let length = request.headers().get(CONTENT_LENGTH);
            let announced = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
            if announced.is_some_and(|length| length > limit as u64) {
                return Box::pin(std::future::ready(error_response(&Error::too_large(limit))));
            }
            request.extensions_mut().insert(BodyLimit(limit));
            limited.run(request)
        })
    });
    middleware.named("body-limit")
}
