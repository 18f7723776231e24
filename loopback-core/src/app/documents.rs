//! What an app says of itself over HTTP: the OpenAPI document, the Swagger document with its configuration, and the page.
//! Answers to npm `loopback-component-explorer`.

use super::App;
use crate::graph::{AccessType, Operation, Verb};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use bytes::Bytes;
use serde_json::{Value as Json, json};
use std::sync::OnceLock;

/// Where the OpenAPI document is.
pub(super) const OPENAPI: &str = "/openapi.json";
/// Where LoopBack's tools look for the Swagger document, below the explorer.
const SWAGGER: &str = "/swagger.json";
const LOG_IN: &str = "/login.json";

/// The documents of the models at a time, each written when it is first asked for: for an app of many models one is half
/// a megabyte.
#[derive(Default)]
pub(super) struct Documents {
    openapi: OnceLock<Bytes>,
    swagger: OnceLock<Bytes>,
}

/// The explorer. It does not hold the app, which would keep itself alive.
#[cfg(feature = "explorer")]
pub(super) type Page = OnceLock<Router>;

impl App {
    /// The OpenAPI 3.1 document of the REST API.
    pub fn openapi(&self) -> Json {
        crate::openapi::document(self.graph(), &self.shared.settings.openapi)
    }

    /// The Swagger 2.0 document of the REST API, for LoopBack's own tools; see [`swagger`](crate::openapi::swagger).
    pub fn swagger(&self) -> Json {
        crate::openapi::swagger(self.graph(), &self.shared.settings.openapi)
    }

    /// The routes of the documents and of the explorer.
    pub(super) fn documents(&self) -> Router {
        let Some(path) = self.explorer_path() else { return Router::new() };
        let only_get = |handler: MethodRouter<App>| handler.fallback(async |request: Request| not_found(&request));
        let router = Router::new()
            .route(OPENAPI, only_get(get(openapi)))
            .route(&format!("{path}{SWAGGER}"), only_get(get(swagger)))
            .route(&format!("{path}/config.json"), only_get(get(config)));
        let router = match self.has_log_in() {
            true => router.route(&format!("{path}{LOG_IN}"), only_get(get(log_in))),
            false => router,
        };
        let router = router.with_state(self.clone());
        #[cfg(feature = "explorer")]
        let router = router.merge(self.page(path));
        router
    }

    #[cfg(feature = "explorer")]
    fn page(&self, path: &str) -> Router {
        let title = &self.shared.settings.openapi.title;
        let log_in = self.has_log_in().then(|| format!("{path}{LOG_IN}"));
        let page = || crate::explorer::router(path, OPENAPI, log_in.as_deref(), title, not_found);
        self.shared.page.get_or_init(page).clone()
    }

    /// Whether there is a page with the box for a token.
    fn has_log_in(&self) -> bool {
        let page = cfg!(feature = "explorer") && self.shared.settings.explorer_login;
        page && self.auth().is_some_and(|auth| !place(&auth.options).is_null())
    }

    /// What the page has to know to log in: `{"send": {"header": "authorization"}, "models": [{"name": "Customer",
    /// "login": "/api/Customers/login", "logout": "/api/Customers/logout", "realm": false}]}`.
    fn log_in_facts(&self) -> Json {
        let Some(auth) = self.auth() else { return json!({}) };
        let root = self.rest_root().trim_end_matches('/');
        let models = self.graph().user_models().filter(|model| model.public);
        let models = models.filter_map(|model| {
            let path = |name: &str| {
                let method = model.methods.iter().find(|method| method.name == name)?;
                let custom = method.operation == Operation::Custom && method.access != AccessType::Read;
                let route = method.routes.iter().find(|route| route.verb == Verb::Post).filter(|_| custom)?;
                let tail = route.segments.iter().map(|segment| match segment {
                    crate::graph::Segment::Literal(word) => Some(format!("/{word}")),
                    crate::graph::Segment::Param(_) => None,
                });
                Some(format!("{root}{}{}", model.path, tail.collect::<Option<String>>()?))
            };
            let realm = model.user.as_ref().is_some_and(|user| user.settings.realm_required);
            Some(json!({ "name": model.name, "login": path("login")?, "logout": path("logout"), "realm": realm }))
        });
        json!({ "send": place(&auth.options), "models": models.collect::<Vec<_>>() })
    }
}

/// Where the page puts the token: a header that the app reads, or a parameter when it reads none; `null`: neither.
fn place(options: &crate::access::AuthOptions) -> Json {
    let usual = options.headers.iter().find(|name| **name == header::AUTHORIZATION);
    match (usual.or(options.headers.first()), options.params.first()) {
        (Some(name), _) => json!({ "header": name.as_str() }),
        (None, Some(name)) => json!({ "param": name }),
        (None, None) => Json::Null,
    }
}

async fn openapi(State(app): State<App>) -> Response {
    written(app.current(), |app| &app.snapshot.documents.openapi, App::openapi).await
}

async fn swagger(State(app): State<App>) -> Response {
    written(app.current(), |app| &app.snapshot.documents.swagger, App::swagger).await
}

/// The configuration that Swagger UI of LoopBack's explorer asks for.
async fn config(State(app): State<App>) -> Response {
    let url = format!("{}{SWAGGER}", app.explorer_path().unwrap_or_default());
    sent(Bytes::from(json!({ "url": url }).to_string()))
}

async fn log_in(State(app): State<App>) -> Response {
    let mut response = sent(Bytes::from(app.current().log_in_facts().to_string()));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// A document, on a thread of its own when it has to be written first.
async fn written(app: App, place: fn(&App) -> &OnceLock<Bytes>, write: fn(&App) -> Json) -> Response {
    if let Some(known) = place(&app).get() {
        return sent(known.clone());
    }
    let written =
        tokio::task::spawn_blocking(move || place(&app).get_or_init(|| Bytes::from(write(&app).to_string())).clone());
    match written.await {
        Ok(document) => sent(document),
        Err(error) => crate::rest::error_response(&crate::error::Error::internal(error)),
    }
}

fn sent(json: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"))], json).into_response()
}

fn not_found(request: &Request) -> Response {
    let message = format!("Cannot {} {}", request.method(), request.uri().path());
    crate::rest::error_response(&crate::error::Error::no_such_method(message))
}
