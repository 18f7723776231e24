//! The rest of a chain of middleware, as a service.

use super::paths::Below;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::{Service, ServiceExt};

type Answer = dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync;

/// All that comes after a middleware, up to the answer: what a tower layer wraps. Cheap to clone.
#[derive(Clone)]
pub struct Chain(Arc<Answer>);

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chain")
    }
}

impl Chain {
    pub(crate) fn new(answer: impl Fn(Request) -> BoxFuture<'static, Response> + Send + Sync + 'static) -> Self {
        Self(Arc::new(answer))
    }

    pub(crate) fn of<S>(service: S) -> Self
    where
        S: Service<Request> + Clone + Send + Sync + 'static,
        S::Response: IntoResponse,
        S::Error: Into<Infallible>,
        S::Future: Send + 'static,
    {
        Self::new(move |request| {
            let answered = service.clone().oneshot(request);
            Box::pin(async move {
                match answered.await {
                    Ok(response) => response.into_response(),
                    Err(never) => match never.into() {},
                }
            })
        })
    }

    /// Answers a request.
    pub fn run(&self, request: Request) -> BoxFuture<'static, Response> {
        (self.0)(request)
    }

    /// The same chain, for requests whose path was cut: they get it back.
    pub(super) fn unmounted(self) -> Self {
        Self::new(move |mut request| {
            if let Some(Mounted(uri)) = request.extensions_mut().remove::<Mounted>() {
                *request.uri_mut() = uri;
            }
            self.run(request)
        })
    }
}

impl Service<Request> for Chain {
    type Response = Response;
    type Error = Infallible;
    type Future = futures_util::future::Map<BoxFuture<'static, Response>, fn(Response) -> Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.run(request).map(Ok)
    }
}

/// The URI of a request whose path was cut.
#[derive(Clone)]
pub(crate) struct Mounted(pub(crate) Uri);

/// Cuts the path of a request to what is below a mount. Whether that could be done.
pub(super) fn mount(request: &mut Request, below: Below) -> bool {
    let Below::At(at) = below else { return true };
    let uri = request.uri();
    let rest = uri.path().get(at..).unwrap_or_default();
    let mut path = format!("/{}", rest.trim_start_matches('/'));
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    let Ok(path) = PathAndQuery::try_from(path) else { return false };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path);
    let Ok(cut) = Uri::from_parts(parts) else { return false };
    let whole = std::mem::replace(request.uri_mut(), cut);
    request.extensions_mut().insert(Mounted(whole));
    true
}
