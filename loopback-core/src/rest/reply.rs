//! Replies: JSON or XML, and LoopBack's error body.

use super::negotiate::AnswerForm;
use super::xml;
use crate::error::{Error, ErrorKind};
use crate::remoting::{ByteStream, EVENT_STREAM, EventBytes, NO_CACHE, Outcome, RawBody, RemoteBody, RemoteReply};
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue,
    RETRY_AFTER, TRANSFER_ENCODING, VARY,
};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, TryStreamExt};

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
pub(super) const NO_SNIFF: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// The JSON body of an error, beside the answer that has it: the error handler makes the other forms of it.
#[derive(Clone)]
pub(crate) struct ErrorBody(pub(super) Bytes);

/// What a method answers with, in a form that the client takes.
pub(super) fn outcome(outcome: Outcome, form: &AnswerForm, head: bool) -> Response {
    match outcome {
        Outcome::Json(body) => written(body, form),
        Outcome::Stream(list) => stream(list, form),
        Outcome::Events(happens) => events(happens),
        Outcome::Remote(answered) => remote(*answered, form, head),
        Outcome::NoContent => no_content(),
        Outcome::Exists(found) => exists(found, form, head),
    }
}

/// 200 with JSON in the form that is wanted.
fn written(body: Vec<u8>, form: &AnswerForm) -> Response {
    match form {
        AnswerForm::Json => json(body),
        AnswerForm::JsonAs(content_type) => with_type(json(body), content_type),
        AnswerForm::Xml(content_type) => match xml::answer(&body) {
            Ok(body) => with_type(json(body), content_type),
            Err(failed) => error(&failed),
        },
        AnswerForm::Unacceptable => not_acceptable(),
    }
}

/// Whether a row exists, with the status alone where only that is asked.
fn exists(exists: bool, form: &AnswerForm, head: bool) -> Response {
    match (head, exists) {
        (true, true) => status(StatusCode::OK),
        (true, false) => status(StatusCode::NOT_FOUND),
        (false, true) => written(b"{\"exists\":true}".to_vec(), form),
        (false, false) => written(b"{\"exists\":false}".to_vec(), form),
    }
}

fn with_type(mut response: Response, content_type: &HeaderValue) -> Response {
    response.headers_mut().insert(CONTENT_TYPE, content_type.clone());
    response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
    response
}

/// 406, in strong-remoting's words: the client takes no form of the answer.
fn not_acceptable() -> Response {
    let mut response = Response::new(Body::from("Not Acceptable"));
    *response.status_mut() = StatusCode::NOT_ACCEPTABLE;
    response.headers_mut().insert(CONTENT_TYPE, TEXT);
    response
}

/// 200 with a JSON body.
fn json(body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// 200 with a JSON body that is sent while it is read. A fault on the way ends the connection: a client must not take
/// half a list for the whole.
fn stream(stream: ByteStream, form: &AnswerForm) -> Response {
    let stream = stream.inspect_err(|error| tracing::error!(%error, "a list broke off"));
    let (content_type, body) = match form {
        AnswerForm::Json => (JSON, Body::from_stream(stream)),
        AnswerForm::JsonAs(content_type) => (content_type.clone(), Body::from_stream(stream)),
        AnswerForm::Xml(content_type) => {
            let mut list = xml::List::new();
            let pieces = stream.map(move |piece| piece.and_then(|piece| list.piece(&piece)));
            // A piece in the middle of one long item gives nothing.
            let pieces = pieces.try_filter(|piece| std::future::ready(!piece.is_empty()));
            (content_type.clone(), Body::from_stream(pieces))
        }
        AnswerForm::Unacceptable => return not_acceptable(),
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// 200 with server-sent events.
fn events(events: EventBytes) -> Response {
    let mut response = Response::new(Body::from_stream(events));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(NO_CACHE));
    // A proxy of nginx hands each event on.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// 204.
fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// A status without a body.
fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// The answer of a method of the application's own, or one with remote hooks.
fn remote(answered: RemoteReply, form: &AnswerForm, head: bool) -> Response {
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
                RemoteBody::Json(bytes) => written(bytes, form),
                RemoteBody::List(list) => stream(list, form),
                RemoteBody::Nothing => no_content(),
                RemoteBody::Exists(found) => exists(found, form, head),
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
            // Neither 406 nor a fault of the form is what the method meant.
            if let Some(status) = wanted.filter(|_| response.status().is_success()) {
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
    // What a data source cannot do is no fault.
    if error.status() >= 500 && error.kind() != ErrorKind::NotSupported {
        tracing::error!(status = error.status(), %error, "request failed");
    } else {
        tracing::debug!(status = error.status(), %error, "request refused");
    }
    let body = Bytes::from(error.body_text());
    let mut response = Response::new(Body::from(body.clone()));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response.extensions_mut().insert(ErrorBody(body));
    *response.status_mut() = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (name, value) = NO_SNIFF;
    response.headers_mut().insert(name, value);
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A route of the application's own answers with LoopBack's error body, in the form that the client wants:
/// `async fn best(State(cx): State<Ctx>) -> Result<Json<Shop>>`. The cause of a 5xx goes to the log.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        error(&self)
    }
}
