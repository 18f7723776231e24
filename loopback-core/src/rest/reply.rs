//! Replies: JSON bytes, and LoopBack's error body.

use crate::error::Error;
use crate::remoting::{ByteStream, RawBody, RemoteBody, RemoteReply};
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
    TRANSFER_ENCODING,
};
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

/// The answer of a method of the application's own, or one with remote hooks.
pub(super) fn remote(answered: RemoteReply, head: bool) -> Response {
    let RemoteReply { status: wanted, headers, body } = answered;
    let wanted = match wanted.map(|status| (status, StatusCode::from_u16(status))) {
        None => Ok(None),
        Some((200..=599, Ok(status))) => Ok(Some(status)),
        Some((status, _)) => Err(Error::internal(format!("a method answers with the status {status}, which is none"))),
    };
    let failed = body.is_err() || wanted.is_err();
    let mut response = match (body, wanted) {
        (Err(failed), _) | (Ok(_), Err(failed)) => error(&failed),
        (Ok(body), Ok(wanted)) => {
            let mut response = match body {
                RemoteBody::Json(bytes) => json(bytes),
                RemoteBody::List(list) => stream(list),
                RemoteBody::Nothing => no_content(),
                RemoteBody::Exists(exists) if head => {
                    status(if exists { StatusCode::OK } else { StatusCode::NOT_FOUND })
                }
                RemoteBody::Exists(true) => json(b"{\"exists\":true}".to_vec()),
                RemoteBody::Exists(false) => json(b"{\"exists\":false}".to_vec()),
                RemoteBody::Raw(raw) => {
                    let body = match raw.body {
                        RawBody::Bytes(bytes) => Body::from(bytes),
                        RawBody::Stream(bytes) => Body::from_stream(
                            bytes.inspect_err(|error| tracing::error!(%error, "a streamed answer broke off")),
                        ),
                    };
                    let mut response = Response::new(body);
                    response.headers_mut().insert(CONTENT_TYPE, raw.content_type);
                    if let Some(disposition) = raw.disposition {
                        response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
                    }
                    response
                }
            };
            if let Some(status) = wanted {
                *response.status_mut() = status;
            }
            if matches!(
                response.status(),
                StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
            ) {
                *response.body_mut() = Body::empty();
                response.headers_mut().remove(CONTENT_TYPE);
            }
            response
        }
    };
    let mut last = None;
    for (name, value) in headers {
        // Of a name that is there several times only the first says it.
        let first = name.is_some();
        last = name.or(last);
        // An error is what it is, whatever the answer was to be.
        if let Some(name) = last.as_ref().filter(|name| !(failed && describes_body(name))) {
            if first {
                response.headers_mut().insert(name, value);
            } else {
                response.headers_mut().append(name, value);
            }
        }
    }
    response
}

/// Whether a header says what the body is.
fn describes_body(name: &HeaderName) -> bool {
    [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_DISPOSITION, CONTENT_ENCODING, TRANSFER_ENCODING].contains(name)
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
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
