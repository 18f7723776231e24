//! The generated REST API on axum. One handler matches the path against the graph, so that a model adds no code here,
//! and one that is defined while the server runs is routable. The only module, with [`crate::app`], that names axum.

mod body;
mod multipart;
mod reply;
mod route;

use crate::access::{self, Grant, Places};
use crate::app::App;
use crate::ctx::Ctx;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{AccessType, ArgSource, Verb};
use crate::guard::panic_text;
use crate::remoting::{self, Call, CurrentUser, Hop, Incoming, Objects, Outcome, Payload, RemoteRequest};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{ALLOW, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use std::any::Any;
use std::net::SocketAddr;
use tower_http::catch_panic::CatchPanicLayer;

pub(crate) use reply::error as error_response;

/// The router of the REST API below its root, and 404 for everything else.
pub(crate) fn router(app: &App) -> Router {
    let root = app.rest_root();
    let below = if root == "/" { "/{*path}".to_owned() } else { format!("{root}/{{*path}}") };
    let mut router = Router::new().route(&below, any(handle));
    if root != "/" {
        router = router.route(root, any(handle)).route(&format!("{root}/"), any(handle));
    }
    router.with_state(app.clone())
}

/// Makes a panic one request's 500 instead of a closed connection.
pub(crate) fn catch_panics(router: Router) -> Router {
    router.layer(CatchPanicLayer::custom(|panic: Box<dyn Any + Send>| {
        error_response(&Error::internal(format!("a handler panicked: {}", panic_text(&*panic))))
    }))
}

/// 404 for a URL that nothing serves, in Express' words.
/// A person who opens the printed address sees the explorer.
pub(crate) async fn not_found(explorer: bool, request: Request) -> Response {
    let accepts = request.headers().get(axum::http::header::ACCEPT).map_or(&b""[..], |accept| accept.as_bytes());
    if explorer && request.uri().path() == "/" && accepts.starts_with(b"text/html") {
        return axum::response::Redirect::temporary("/explorer/").into_response();
    }
    let message = format!("Cannot {} {}", request.method(), request.uri().path());
    error_response(&Error::no_such_method(message))
}

async fn handle(State(app): State<App>, request: Request) -> Response {
    let head = request.method() == Method::HEAD;
    let uri = request.uri().clone();
    match answer(&app, request).await {
        Ok(Outcome::Json(body)) => reply::json(body),
        Ok(Outcome::Stream(stream)) => reply::stream(stream),
        Ok(Outcome::Remote(answered)) => reply::remote(*answered, head),
        Ok(Outcome::NoContent) => reply::no_content(),
        Ok(Outcome::Exists(exists)) if head => {
            reply::status(if exists { StatusCode::OK } else { StatusCode::NOT_FOUND })
        }
        Ok(Outcome::Exists(true)) => reply::json(b"{\"exists\":true}".to_vec()),
        Ok(Outcome::Exists(false)) => reply::json(b"{\"exists\":false}".to_vec()),
        // LoopBack's 404 for a verb that a path does not have; `Allow` tells those it has.
        Err(error) if error.kind() == ErrorKind::NoSuchMethod => {
            let mut response = error_response(&error);
            let allowed = route::allowed(app.graph(), below(&app, uri.path()));
            if let Some(allowed) = allowed.and_then(|verbs| HeaderValue::from_str(&verbs).ok()) {
                response.headers_mut().insert(ALLOW, allowed);
            }
            response
        }
        Err(error) => error_response(&error),
    }
}

/// The path below the REST root.
fn below<'p>(app: &App, path: &'p str) -> &'p str {
    path.strip_prefix(app.rest_root().trim_end_matches('/')).unwrap_or(path)
}

async fn answer(app: &App, request: Request) -> Result<Outcome> {
    let (parts, body) = request.into_parts();
    let below = below(app, parts.uri.path());
    let verb = match parts.method {
        Method::GET => Some(Verb::Get),
        Method::HEAD => Some(Verb::Head),
        Method::POST => Some(Verb::Post),
        Method::PUT => Some(Verb::Put),
        Method::PATCH => Some(Verb::Patch),
        Method::DELETE => Some(Verb::Delete),
        _ => None,
    };
    let mut found = route::find(app.graph(), &parts.method, verb, below)?;
    // Who only looks whether a link is there does nothing by it.
    if parts.method == Method::HEAD && found.method.access == AccessType::Write {
        let message = format!("Shared class \"{}\" has no method handling HEAD {below}", found.model.name);
        return Err(Error::no_such_method(message));
    }
    let mut cx = Ctx::new(app.clone());
    if let Some(user) = parts.extensions.get::<CurrentUser>() {
        cx = cx.with_user(user.id().clone());
    } else if let Some(auth) = app.auth() {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let places = Places { method: &parts.method, query: parts.uri.query(), headers: &parts.headers, peer };
        cx = cx.with_caller(access::authenticate(app, auth, &places).await?);
    }
    let mut rows = None;
    if let Some(auth) = app.auth() {
        found.name_the_caller(&cx, auth.options.current_user_literal.as_deref())?;
        if found.method.is_upsert() {
            access::authorize_upsert(&cx, found.model, found.method).await?;
        } else {
            let id = found.id.as_deref().and_then(|text| remoting::id(found.model, text).ok());
            if let Grant::Rows(condition) = access::authorize(&cx, found.model, found.method, id.as_ref()).await? {
                rows = Some(condition);
            }
        }
    }
    let hops = found.hops.iter().map(|hop| Hop { model: hop.model, relation: hop.relation, id: &hop.id }).collect();
    let custom = found.method.custom.as_deref();
    let takes_body = match custom {
        Some(custom) => custom.takes_body(),
        None => found.method.args.iter().any(|arg| arg.source == ArgSource::Body),
    };
    let payload = if takes_body {
        body::read(&parts.headers, body, app.body_limit(), custom.is_some()).await?
    } else {
        Payload::Absent
    };
    if custom.is_none() && found.method.hooks.is_empty() {
        let call = Call {
            model: found.model,
            method: found.method,
            id: found.id.as_deref(),
            foreign_key: found.foreign_key.as_deref(),
            hops,
            query: Objects::Query(parts.uri.query()),
            body: payload.into(),
            rows,
        };
        return call.run(&cx).await;
    }
    let query = parts.uri.query();
    let incoming = Incoming::new(verb.unwrap_or(Verb::Get), parts.uri.path(), query, parts.headers)?;
    let params = found.params.into_iter().map(|(name, text)| (name.into(), text.into())).collect();
    let method = found.at;
    let request =
        RemoteRequest { model: found.model, method, incoming, params, id: found.id.as_deref(), payload, rows };
    // Boxed: requests without such methods should pay no room for it.
    let reply = if custom.is_some() {
        Box::pin(remoting::custom(request, cx)).await
    } else {
        Box::pin(remoting::built_in(request, query, found.foreign_key.as_deref(), hops, cx)).await
    };
    reply.map(|reply| Outcome::Remote(Box::new(reply)))
}
