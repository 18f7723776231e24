//! Replies: JSON bytes, and LoopBack's error body.

use crate::error::{Error, ErrorKind};
use crate::remoting::ByteStream;
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use axum::response::Response;
use futures_util::TryStreamExt;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const NO_SNIFF: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));

/// 200 with a JSON body.
pub(super) fn json(body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// 200 with a JSON body that is sent while it is read. A fault on the way ends the connection: a client must not take
/// half a list for the whole.
pub(super) fn stream(stream: ByteStream) -> Response {
    let stream = stream.inspect_err(|error| tracing::error!(%error, "a list broke off"));
    let mut response = Response::new(Body::from_stream(stream));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// 204.
pub(super) fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// A status without a body.
pub(super) fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// An error: its body goes to the client; the cause of a fault goes to the log.
pub(crate) fn error(error: &Error) -> Response {
    if error.status() >= 500 {
        tracing::error!(status = error.status(), %error, "request failed");
    } else {
        tracing::debug!(status = error.status(), %error, "request refused");
    }
    let mut response = json(error.body_text());
    *response.status_mut() = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (name, value) = NO_SNIFF;
    response.headers_mut().insert(name, value);
    if error.kind() == ErrorKind::Unavailable {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
