//! The application: the graph, the data sources, the settings, and how they are put together and served.

mod boot;
mod builder;
mod command;
mod report;
mod serve;

pub use builder::{AppBuilder, Environment, Migrate};

use crate::access::Auth;
use crate::connector::SqlConnector;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::graph::{Graph, ModelNode};
use crate::openapi::OpenApiOptions;
use axum::Router;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A built application. Cheap to clone; two of them can live in one process.
#[derive(Clone)]
pub struct App(Arc<Inner>);

pub(crate) struct Inner {
    graph: Graph,
    /// The default one first.
    data_sources: Vec<DataSource>,
    settings: Settings,
    /// Routes of the application's own, and the layers around everything.
    routes: Vec<Routes>,
    layers: Vec<Layer>,
    /// Users and access control, when the app has them.
    auth: Option<Auth>,
    /// The explorer and the OpenAPI document. Made once, for they are large; no part of it holds the app, which would
    /// keep itself alive.
    documents: OnceLock<Router>,
}

type Layer = Arc<dyn Fn(Router) -> Router + Send + Sync>;
type Routes = Arc<dyn Fn(&App) -> Router + Send + Sync>;

/// What a built application goes by.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) environment: Environment,
    pub(crate) rest_root: String,
    pub(crate) body_limit: usize,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) explorer: bool,
    pub(crate) hook_timeout: Duration,
    pub(crate) openapi: OpenApiOptions,
    /// The settings that bring LoopBack's unsafe behaviour back, for the report.
    pub(crate) compat: Vec<&'static str>,
    /// What the start did to each data source, for the report.
    pub(crate) migrated: Vec<String>,
}

/// A data source: a name and its connector.
#[derive(Clone)]
pub(crate) struct DataSource {
    pub(crate) name: Arc<str>,
    pub(crate) connector: Arc<SqlConnector>,
    /// The URL without the password.
    pub(crate) shown_url: String,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "App({} models)", self.0.graph.models().len())
    }
}

impl App {
    /// A builder without settings: SQLite in the file `<program>.db`, port 3000.
    pub fn builder() -> AppBuilder {
        AppBuilder::new()
    }

    /// A builder with the settings of the environment:
    ///
    /// | variable | meaning | without it |
    /// |---|---|---|
    /// | `PORT` | the TCP port; 0 takes a free one | 3000 |
    /// | `HOST` | the address to listen on | `127.0.0.1` in development, `::` in production |
    /// | `DATABASE_URL` | `sqlite:file`, `postgres://..`, `mysql://..` | `sqlite:<program>.db` |
    /// | `LOOPBACK_MIGRATE` | `update`, `check` or `leave`: what the start does to the schema, see [`Migrate`] | by the environment |
    /// | `LOOPBACK_ENV` | `development` or `production` | development |
    ///
    /// # Errors
    /// A variable that cannot be understood.
    pub fn from_env() -> Result<AppBuilder> {
        AppBuilder::from_env()
    }

    /// A context for the application's own calls.
    pub fn ctx(&self) -> Ctx {
        Ctx::new(self.clone())
    }

    /// The model graph.
    pub fn graph(&self) -> &Graph {
        &self.0.graph
    }

    /// The models of the app, each when it is attached to its data source: LoopBack's event `attached`. All of them are by
    /// the time that there is an app to ask.
    pub fn attached(&self) -> impl futures_util::Stream<Item = Arc<ModelNode>> + Send + 'static {
        futures_util::stream::iter(self.0.graph.models().cloned().collect::<Vec<_>>())
    }

    /// The OpenAPI 3.1 document of the REST API.
    pub fn openapi(&self) -> serde_json::Value {
        crate::openapi::document(&self.0.graph, &self.0.settings.openapi)
    }

    /// Creates an instance of a model from JSON, through the whole pipeline, as `POST` does. Gives it as it is stored,
    /// hidden properties left out.
    ///
    /// # Errors
    /// 404 when there is no such model; otherwise as `POST`.
    pub async fn create_json(&self, model: &str, data: serde_json::Value) -> Result<serde_json::Value> {
        self.ctx().create_json(model, data).await
    }

    /// The router of everything the app serves: the REST API, the explorer, the application's own routes. For tests,
    /// and for an axum application of which the REST API is a part.
    pub fn router(&self) -> Router {
        let mut router = crate::rest::router(self).merge(self.0.documents.get_or_init(|| self.documents()).clone());
        for routes in &self.0.routes {
            router = router.merge(routes(self));
        }
        let explorer = self.0.settings.explorer && cfg!(feature = "explorer");
        router = router.fallback(move |request| crate::rest::not_found(explorer, request));
        router = crate::rest::catch_panics(router);
        self.0.layers.iter().fold(router, |router, layer| layer(router))
    }

    fn documents(&self) -> Router {
        let router = Router::new();
        if !self.0.settings.explorer {
            return router;
        }
        // Written once: for an app of many models it is half a megabyte.
        let document = bytes::Bytes::from(self.openapi().to_string());
        let json = move || {
            let document = document.clone();
            async move { ([(axum::http::header::CONTENT_TYPE, "application/json; charset=utf-8")], document) }
        };
        let router = router.route("/openapi.json", axum::routing::get(json));
        #[cfg(feature = "explorer")]
        let router = router.merge(crate::explorer::router("/openapi.json", &self.0.settings.openapi.title));
        router
    }

    /// What `auto_update` would do: the differences between the models and the database, empty when they fit
    /// (LoopBack's `isActual`).
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn schema_difference(&self) -> Result<Vec<crate::connector::sql::schema::Change>> {
        let mut all = Vec::new();
        for source in &self.0.data_sources {
            let models = self.models_of(source);
            all.extend(crate::connector::sql::schema::difference(source.connector.writer(), &models).await?);
        }
        Ok(all)
    }

    fn models_of(&self, source: &DataSource) -> Vec<Arc<ModelNode>> {
        self.0.graph.models().filter(|model| *model.data_source == *source.name && !model.transient).cloned().collect()
    }

    /// The address that links to the app begin with.
    pub(crate) fn public_url(&self) -> String {
        let set = self.auth().and_then(|auth| auth.options.public_url.as_deref()).map(str::to_owned);
        set.unwrap_or_else(|| format!("http://{}:{}", self.0.settings.host, self.0.settings.port))
    }

    pub(crate) fn auth(&self) -> Option<&Auth> {
        self.0.auth.as_ref()
    }

    /// A value with its signature, for a cookie: `authorization={signed}`. With the token of a log-in in it the cookie stands
    /// for the user. Send it with `HttpOnly; Secure; SameSite=Lax`. `None`: the app has no cookie secret.
    pub fn sign_cookie(&self, value: &str) -> Option<String> {
        let secret = self.auth()?.options.cookie_secret.as_deref()?;
        Some(crate::access::sign(value, secret))
    }

    pub(crate) fn rest_root(&self) -> &str {
        &self.0.settings.rest_root
    }

    pub(crate) fn body_limit(&self) -> usize {
        self.0.settings.body_limit
    }

    pub(crate) fn hook_timeout(&self) -> Duration {
        self.0.settings.hook_timeout
    }

    pub(crate) fn default_data_source(&self) -> &DataSource {
        // The builder refuses an app without a data source.
        &self.0.data_sources[0]
    }

    pub(crate) fn data_source_of(&self, model: &ModelNode) -> &DataSource {
        let named = self.0.data_sources.iter().find(|source| *source.name == *model.data_source);
        named.unwrap_or_else(|| self.default_data_source())
    }
}

/// The name of the program, for a title and a file.
fn program() -> String {
    let exe = std::env::current_exe().ok();
    let stem = exe.as_deref().and_then(|path| path.file_stem()).and_then(|stem| stem.to_str());
    stem.unwrap_or("loopback").to_owned()
}
