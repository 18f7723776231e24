//! An id for each request: in the answer's `x-request-id` and in the log.

use crate::app::middleware::{Chain, Middleware};
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_http::request_id::RequestId;
use tracing::{Instrument, Span};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id that a request brings is kept when it is harmless; others get one.
pub(in crate::app) fn request_id() -> Middleware {
    let middleware = Middleware::placed(|_, rest| {
        Chain::new(move |mut request: Request| {
            let brought = request.headers().get(&HEADER).filter(|id| is_harmless(id.as_bytes())).cloned();
            let id = brought.or_else(|| HeaderValue::try_from(uuid::Uuid::new_v4().to_string()).ok());
            let Some(id) = id else { return rest.run(request) };
            request.headers_mut().insert(HEADER, id.clone());
            request.extensions_mut().insert(RequestId::new(id.clone()));
            // Every line that is logged on the way has it, down to the level of errors.
            let span = tracing::error_span!("request", request_id = id.to_str().unwrap_or_default());
            let answered = span.in_scope(|| rest.run(request)).instrument(span.clone());
            Box::pin(async move {
                let mut response = answered.await.map(|body| Body::new(Logged { body, span }));
                response.headers_mut().insert(HEADER, id);
                response
            })
        })
    });
    middleware.named("request-id")
}

pin_project! {
    /// The body of an answer, for what is logged while it is made: a list that breaks off.
    struct Logged {
        #[pin]
        body: Body,
        span: Span,
    }
}

impl HttpBody for Logged {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.project();
        let _in_span = this.span.enter();
        this.body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Whether an id of a client's can stand in a log.
fn is_harmless(id: &[u8]) -> bool {
    (1..=128).contains(&id.len()) && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+/=:".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::is_harmless;

    #[test]
    fn ids_that_could_forge_a_line_are_not_kept() {
        assert!(is_harmless(b"4bf92f35-77b3.4da6:a3ce"));
        for id in [&b""[..], b"a b", b"a\x1b[31m", b"\"x\"", "é".as_bytes(), &[b'a'; 129]] {
            assert!(!is_harmless(id), "{id:?}");
        }
    }
}
