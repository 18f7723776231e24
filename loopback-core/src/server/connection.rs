//! One connection: HTTP/1.1 on it, until either side ends it.

use super::body::{self, Answer};
use super::connections::{At, Order, Registered};
use super::observe::{self, Observation};
use super::otel::RequestSpan;
use super::running::Server;
use super::socket::{Socket, Watched};
use crate::error::Error;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{CONNECTION, CONTENT_TYPE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, Response, StatusCode, Version};
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use tower::Service as _;

/// The longest head of a request, in bytes; a longer one is answered with 431. Node takes 16 KiB.
const HEAD: usize = 32 * 1024;

/// The settings of HTTP that all connections share. Timeouts are those of [`super::connections`].
pub(super) fn protocol() -> http1::Builder {
    let mut builder = http1::Builder::new();
    // A client that has shut its side after the request still waits for the answer, as it does with Node.
    builder.half_close(true).header_read_timeout(None).max_header_size(HEAD);
    builder
}

/// Serves a connection to its end.
pub(super) async fn serve(server: Arc<Server>, socket: Socket, peer: Option<SocketAddr>, registered: Registered) {
    // One that sends nothing takes no buffers of HTTP.
    let begun = poll_fn(|cx| match (registered.order(cx.waker()), socket.poll_begun(cx)) {
        (Order::Break, _) | (_, Poll::Ready(Err(_))) => Poll::Ready(false),
        (_, Poll::Ready(Ok(()))) => Poll::Ready(true),
        (Order::Finish, Poll::Pending) => Poll::Ready(false),
        (Order::GoOn, Poll::Pending) => Poll::Pending,
    });
    if begun.await {
        boxed(server, socket, peer, registered).await;
    }
}

/// HTTP on a connection, in a box made elsewhere: in `serve` the room for it would be kept while nothing has come.
#[inline(never)]
fn boxed(
    server: Arc<Server>,
    socket: Socket,
    peer: Option<SocketAddr>,
    registered: Registered,
) -> BoxFuture<'static, ()> {
    Box::pin(http(server, socket, peer, registered))
}

async fn http(server: Arc<Server>, socket: Socket, peer: Option<SocketAddr>, registered: Registered) {
    let io = TokioIo::new(Watched::new(socket, registered.clone()));
    let connection = registered.clone();
    let builder = server.protocol.clone();
    let service = service_fn(move |request| answer(server.clone(), request, peer, connection.clone()));
    let mut http = pin!(builder.serve_connection(io, service).with_upgrades());
    let mut finishing = false;
    let done = poll_fn(|cx| {
        match registered.order(cx.waker()) {
            Order::GoOn => {}
            Order::Finish if finishing => {}
            // A head of which a part is there will not be answered: the time for it is over.
            Order::Finish if registered.at() == At::Head => return Poll::Ready(Ok(())),
            Order::Finish => {
                finishing = true;
                http.as_mut().graceful_shutdown();
            }
            Order::Break => return Poll::Ready(Ok(())),
        }
        http.as_mut().poll(cx)
    });
    if let Err(error) = done.await {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Whether a request says whom it is for, once: proxies go by that name, and two that understand it differently can be played
/// off against each other.
fn is_named(head: &Parts) -> bool {
    let mut hosts = head.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(_), None) => true,
        (Some(_), Some(_)) => false,
        (None, _) => head.version < Version::HTTP_11,
    }
}

/// 400 to a request without a `Host`, or with several.
fn nameless() -> Response<Body> {
    let body = Error::bad_request("a request has one `Host` header").body_text();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Answers one request.
async fn answer(
    server: Arc<Server>,
    request: Request<Incoming>,
    peer: Option<SocketAddr>,
    connection: Registered,
) -> Result<Response<Answer>, Infallible> {
    connection.begins(request.method(), request.uri());
    let (head, body) = request.into_parts();
    let (body, rest) = body::incoming(body, server.options.body_timeout, &server.stop);
    let named = is_named(&head);
    let mut request = Request::from_parts(head, body);
    if let Some(peer) = peer {
        request.extensions_mut().insert(ConnectInfo(peer));
    }
    let mut observed = observe::begin(server.metrics.as_ref(), &mut request);
    let mut response = if named {
        let call = server.router.clone().call(request);
        match RequestSpan::around(observed.as_ref().map(Observation::span), call).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    } else {
        drop(request);
        nameless()
    };
    if rest.is_some_and(|rest| rest.is_unwanted()) {
        // hyper looks what is left of the body before it writes: what is there is skipped, and when that is not all the answer
        // says that it is the last.
        tokio::task::yield_now().await;
    }
    if server.connections.is_closing() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if let Some(observed) = &mut observed {
        observed.answered(&response);
    }
    Ok(response.map(|body| Answer::new(body, observed, connection)))
}
