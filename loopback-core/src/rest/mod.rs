//! The generated REST API on axum. One handler matches the path against the graph, so that a model adds no code here,
//! and one that is defined while the server runs is routable. The only module, with [`crate::app`], that names axum.

mod account;
mod body;
mod failure;
mod multipart;
mod negotiate;
mod page;
mod problem;
mod reply;
mod route;
mod xml;

use crate::access::{self, Grant, Places};
use crate::app::{App, BodyLimit};
use crate::ctx::Ctx;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{AccessType, ArgSource, Operation, Verb};
use crate::guard::panic_text;
use crate::remoting::{self, Call, CurrentUser, Hop, Incoming, Objects, Outcome, Payload, RemoteRequest, WasHere};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{ALLOW, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use std::any::Any;
use std::net::SocketAddr;
use tower_http::catch_panic::CatchPanicLayer;

pub(crate) use failure::AnswerErrors;
pub(crate) use negotiate::{ErrorForm, ErrorForms, Wanted};
pub(crate) use reply::{JSON, error as error_response};

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
    router.layer(CatchPanicLayer::custom(panicked))
}

/// The outermost layer of an app: panics become 500, and errors get the form that the client wants.
pub(crate) fn answer_errors(router: Router, forms: ErrorForms) -> Router {
    // Both in one, for each layer of a router costs every request a little.
    router.layer((AnswerErrors(forms), CatchPanicLayer::custom(panicked)))
}

#[allow(clippy::needless_pass_by_value, reason = "the layer hands it over so")]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    error_response(&Error::internal(format!("a handler panicked: {}", panic_text(&*panic))))
}

/// What no route is for: the pages of the framework's e-mails, and nothing.
pub(crate) async fn elsewhere(app: App, request: Request) -> Response {
    account::page(&app, &request).unwrap_or_else(|| not_found(&app, &request))
}

/// 404 for a URL that nothing serves, in Express' words.
/// A person who opens the printed address sees the explorer.
fn not_found(app: &App, request: &Request) -> Response {
    let accepts = request.headers().get(axum::http::header::ACCEPT).map_or(&b""[..], |accept| accept.as_bytes());
    let explorer = app.explorer_path().filter(|_| cfg!(feature = "explorer"));
    if let (Some(explorer), "/", true) = (explorer, request.uri().path(), accepts.starts_with(b"text/html")) {
        return axum::response::Redirect::temporary(&format!("{explorer}/")).into_response();
    }
    let message = format!("Cannot {} {}", request.method(), request.uri().path());
    error_response(&Error::no_such_method(message))
}

async fn handle(State(app): State<App>, request: Request) -> Response {
    // One snapshot of the models for the whole request.
    let app = app.current();
    let head = request.method() == Method::HEAD;
    let uri = request.uri().clone();
    let wanted = Wanted::of(request.headers(), uri.query());
    // What a path has, for everybody, as Express answers; a path that has nothing is a 404.
    if request.method() == Method::OPTIONS
        && let Some(allowed) = allowed(&app, uri.path(), ", OPTIONS")
    {
        return (StatusCode::NO_CONTENT, [(ALLOW, allowed)]).into_response();
    }
    match answer(&app, request).await {
        Ok(outcome) => reply::outcome(outcome, &wanted.answer(app.xml()), head),
        // LoopBack's 404 for a verb that a path does not have; `Allow` tells those it has.
        Err(error) if error.kind() == ErrorKind::NoSuchMethod => {
            let mut response = error_response(&error);
            if let Some(allowed) = allowed(&app, uri.path(), "") {
                response.headers_mut().insert(ALLOW, allowed);
            }
            response
        }
        Err(error) => error_response(&error),
    }
}

/// The verbs that a path has, and more.
fn allowed(app: &App, path: &str, more: &str) -> Option<HeaderValue> {
    let verbs = route::allowed(app.graph(), below(app, path))?;
    HeaderValue::try_from(format!("{verbs}{more}")).ok()
}

/// The path below the REST root.
fn below<'p>(app: &App, path: &'p str) -> &'p str {
    path.strip_prefix(app.rest_root().trim_end_matches('/')).unwrap_or(path)
}

/// A context for the caller of a request.
///
/// # Errors
/// 401: the token is unknown or has expired. 400: two different tokens.
pub(crate) async fn context(app: &App, parts: &Parts) -> Result<Ctx> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let cx = Ctx::new(app.clone());
    let proxies = app.auth().map_or(0, |auth| auth.options.trusted_proxies);
    let address = || access::client_address(&parts.headers, peer, proxies);
    if let Some(user) = parts.extensions.get::<CurrentUser>() {
        return Ok(cx.at_address(address()).with_user(user.id().clone()));
    }
    let Some(auth) = app.auth() else { return Ok(cx.at_address(address())) };
    let places = Places { method: &parts.method, query: parts.uri.query(), headers: &parts.headers, peer };
    Ok(cx.with_caller(access::authenticate(app, auth, &places).await?))
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
    crate::server::note_route(&parts.extensions, || found.template(app.rest_root()));
    // Who only looks whether a link is there does nothing by it.
    if parts.method == Method::HEAD && found.method.access == AccessType::Write {
        let message = format!("Shared class \"{}\" has no method handling HEAD {below}", found.model.name);
        return Err(Error::no_such_method(message));
    }
    let mut cx = context(app, &parts).await?;
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
        None if found.method.operation == Operation::ChangeStream => {
            if parts.headers.contains_key("last-event-id") {
                cx = cx.with_option(WasHere);
            }
            verb == Some(Verb::Post)
        }
        None => found.method.args.iter().any(|arg| arg.source == ArgSource::Body),
    };
    let payload = if takes_body {
        let limit = parts.extensions.get::<BodyLimit>().map_or_else(|| app.body_limit(&parts.headers), |limit| limit.0);
        body::read(&parts.headers, body, limit, custom.is_some()).await?
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
