//! The error handler: the outermost layer of an app. It gives errors the form that the client wants, and LoopBack's body to
//! those that have none. Answers to npm `strong-error-handler`.
//!
//! What it makes HTML and XML of is the JSON body that [`error`](super::reply::error) wrote: a page cannot say more.

use super::negotiate::{ErrorForm, ErrorForms, Wanted};
use super::reply::{self, ErrorBody};
use super::{page, problem, xml};
use crate::error::Error;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue, VARY,
};
use axum::response::{IntoResponse, Response};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tower::{Layer, Service};

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const XML: HeaderValue = HeaderValue::from_static("text/xml; charset=utf-8");
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");
const ACCEPT: HeaderValue = HeaderValue::from_static("accept");

/// The layer of it.
#[derive(Clone, Copy)]
pub(crate) struct AnswerErrors(pub(crate) ErrorForms);

impl<S> Layer<S> for AnswerErrors {
    type Service = AnsweringErrors<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AnsweringErrors { inner, forms: self.0 }
    }
}

#[derive(Clone)]
pub(crate) struct AnsweringErrors<S> {
    inner: S,
    forms: ErrorForms,
}

impl<S> Service<Request> for AnsweringErrors<S>
where
    S: Service<Request>,
    S::Response: IntoResponse,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let wanted = Wanted::of(request.headers(), request.uri().query());
        Answering { inner: self.inner.call(request), wanted, forms: self.forms }
    }
}

pin_project! {
    pub(crate) struct Answering<F> {
        #[pin]
        inner: F,
        wanted: Wanted,
        forms: ErrorForms,
    }
}

impl<F, R, E> Future for Answering<F>
where
    F: Future<Output = Result<R, E>>,
    R: IntoResponse,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx))?.into_response();
        if response.status().as_u16() < 400 {
            return Poll::Ready(Ok(response));
        }
        Poll::Ready(Ok(failed(response, this.wanted, *this.forms)))
    }
}

/// An answer with a status of 400 or above, in the form that is wanted.
fn failed(mut response: Response, wanted: &Wanted, forms: ErrorForms) -> Response {
    let form = wanted.error(forms);
    let ours = response.extensions_mut().remove::<ErrorBody>();
    let is_bare = || response.headers().get(CONTENT_TYPE).is_none() && response.body().size_hint().exact() == Some(0);
    let json = match ours {
        // Somebody has written another body over ours.
        Some(_) if response.headers().get(CONTENT_TYPE) != Some(&reply::JSON) => return response,
        Some(_) if form == ErrorForm::Json => {
            response.headers_mut().append(VARY, ACCEPT);
            return response;
        }
        Some(ErrorBody(json)) => json,
        None if is_bare() => Error::of_status(response.status().as_u16()).body_text().into(),
        // The application's own words.
        None => return response,
    };
    let (content_type, body) = match form {
        ErrorForm::Json => (reply::JSON, Body::from(json)),
        ErrorForm::Html => (HTML, Body::from(page::html(&json))),
        ErrorForm::Xml => match xml::error(&json) {
            Ok(xml) => (XML, Body::from(xml)),
            Err(_) => (reply::JSON, Body::from(json)),
        },
        ErrorForm::Problem => (PROBLEM, Body::from(problem::details(&json))),
    };
    *response.body_mut() = body;
    let headers = response.headers_mut();
    for stale in [CONTENT_LENGTH, CONTENT_ENCODING, ETAG] {
        headers.remove(stale);
    }
    if content_type == HTML
        && let Ok(policy) = HeaderValue::from_str(&page::POLICY)
    {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(CONTENT_TYPE, content_type);
    headers.append(VARY, ACCEPT);
    let (name, value) = reply::NO_SNIFF;
    headers.insert(name, value);
    response
}
