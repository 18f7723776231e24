//! The application: the graph, the data sources, the settings, and how they are put together and served.

mod blueprint;
mod boot;
mod builder;
mod command;
mod component;
mod create_model;
mod documents;
mod lookup;
mod middleware;
mod report;
mod serve;
mod settings;

pub use crate::definition::ModelConfig;
pub use crate::server::{LogFormat, Place, Running, ServerOptions};
pub(crate) use blueprint::Blueprint;
pub use builder::{AppBuilder, Environment, Migrate};
pub use component::Component;
pub use lookup::DynamicModel;
pub(crate) use middleware::BodyLimit;
use middleware::is_form;
pub use middleware::{
    Chain, Compression, Cors, Favicon, IntoMiddleware, Middleware, MiddlewareConfig, MiddlewarePhase, Params, Paths,
    RateLimit, StaticFiles,
};
pub use settings::ConfigReport;

use crate::access::Auth;
use crate::connector::{Connector, SqlConnector};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::graph::{Graph, ModelNode};
use crate::openapi::OpenApiOptions;
use crate::remoting::{ChangeStreams, OpenStreams};
use crate::server::{Life, Metrics, noting};
use arc_swap::{ArcSwap, ArcSwapOption};
use axum::Router;
use axum::http::HeaderMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A built application. Cheap to clone; two of them can live in one process.
///
/// A handle sees the models as they were when it was made: those of a request or of a [`Ctx`] do not change while it runs.
/// [`current`](Self::current) makes one that sees the models that were defined since.
#[derive(Clone)]
pub struct App {
    shared: Arc<Shared>,
    snapshot: Arc<Snapshot>,
}

/// The models, as they are at a time.
pub(crate) struct Snapshot {
    graph: Graph,
    documents: documents::Documents,
}

impl Snapshot {
    fn new(graph: Graph) -> Self {
        Self { graph, documents: documents::Documents::default() }
    }
}

/// What stays when models are defined while the app runs. It does not hold the app, which would keep itself alive.
pub(crate) struct Shared {
    current: ArcSwap<Snapshot>,
    /// What it is about to be, while the schema is changed.
    coming: ArcSwapOption<Snapshot>,
    /// What the models are made of; who defines one holds it.
    blueprint: tokio::sync::Mutex<Blueprint>,
    /// The default one first.
    data_sources: Vec<DataSource>,
    settings: Settings,
    /// Routes of the application's own, and the layers around everything.
    routes: Vec<Routes>,
    layers: Vec<Layer>,
    /// What stands before and behind them, in phases.
    middleware: middleware::Phases,
    /// Users and access control, when the app has them.
    auth: Option<Auth>,
    /// What sends its e-mails. A model that is defined while the app runs may bring it in.
    mail: OnceLock<Arc<crate::mail::Mail>>,
    /// Whether it is being stopped.
    life: Life,
    /// The explorer.
    #[cfg(feature = "explorer")]
    page: documents::Page,
    serving: builder::Serving,
    metrics: Option<Arc<Metrics>>,
    streams: OpenStreams,
}

/// Something to do when the app stops.
type StopHook = Arc<dyn Fn(Ctx) -> futures_util::future::BoxFuture<'static, Result<()>> + Send + Sync>;

type Layer = Arc<dyn Fn(Router) -> Router + Send + Sync>;
type Routes = Arc<dyn Fn(&App) -> Router + Send + Sync>;

/// What a built application goes by.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) environment: Environment,
    pub(crate) schema: builder::SchemaPolicy,
    pub(crate) rest_root: String,
    pub(crate) body_limit: usize,
    /// That of forms, where it is another.
    pub(crate) form_limit: Option<usize>,
    /// Whether answers are XML for clients that want it.
    pub(crate) xml: bool,
    pub(crate) errors: crate::rest::ErrorForms,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The path of the explorer; `None`: neither it nor the documents are served.
    pub(crate) explorer: Option<String>,
    pub(crate) explorer_login: bool,
    pub(crate) hook_timeout: Duration,
    pub(crate) change_streams: ChangeStreams,
    pub(crate) openapi: OpenApiOptions,
    /// The settings that bring LoopBack's unsafe behaviour back, for the report.
    pub(crate) compat: Vec<&'static str>,
    /// The files that the app is configured by.
    pub(crate) configured: builder::Configured,
    /// What the start did to each data source, for the report.
    pub(crate) migrated: Vec<String>,
    /// The boot functions, in the order in which they ran, for the report.
    pub(crate) boots: Vec<String>,
    /// What it is configured with, for people.
    pub(crate) shown: Vec<crate::config::Shown>,
}

/// A data source: a name and its connector.
#[derive(Clone)]
pub(crate) struct DataSource {
    pub(crate) name: Arc<str>,
    pub(crate) connector: Arc<dyn Connector>,
    /// The same, for what SQL databases alone have: a schema, pools, SeaORM. `None`: it is one of the application's own.
    pub(crate) sql: Option<Arc<SqlConnector>>,
    /// What keeps the rows, for people: `SQLite`.
    pub(crate) kind: String,
    /// The URL without the password.
    pub(crate) shown_url: String,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "App({} models)", self.snapshot.graph.models().len())
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
    /// | `HOST` | the address to listen on, or several with commas, or `unix:/path` | `127.0.0.1` in development, `::` in production |
    /// | `DATABASE_URL` | the default data source: `sqlite:file`, `postgres://..`, `mysql://..` | `sqlite:<program>.db` |
    /// | `LOOPBACK_MIGRATE` | `update`, `check` or `leave`: what the start does to the schema, see [`Migrate`] | by the environment |
    /// | `MAIL_URL` | where mail goes out, see [`MailOptions::from_url`](crate::mail::MailOptions::from_url) | what `.mail(..)` says |
    /// | `MAIL_FROM` | the sender of e-mails that name none | what `.mail(..)` says |
    /// | `LOOPBACK_METRICS` | where metrics are served: `127.0.0.1:9100`, or a path of the app | no metrics |
    /// | `LOOPBACK_ENV`, or else `NODE_ENV` | `development`, `test`, `production`, or another name, which is production | development |
    /// | `LOOPBACK_CONFIG` | a folder of configuration files, as for [`from_folder`](Self::from_folder) | no files are read |
    /// | `LOOPBACK__file__key` | a value of such a file: `LOOPBACK__config__restApiRoot=/v1` | |
    ///
    /// What code says of the builder then goes before them, but for mail: `MAIL_URL` and `MAIL_FROM` go before `.mail(..)`.
    ///
    /// # Errors
    /// All that cannot be understood, at once.
    pub fn from_env() -> Result<AppBuilder> {
        AppBuilder::from_env()
    }

    /// A builder with the settings of a folder of files, the `server` folder of a LoopBack app for example, and of the
    /// environment, which goes before the files. What is set on the builder afterwards goes before both, but for mail. No
    /// folder is read that is not asked for.
    ///
    /// Files are `config`, `datasources`, `model-config`, `middleware` and `component-config`, as `.json` or `.toml`. Over
    /// each are laid `config.production.json` (of the environment) and `config.local.json` (of this machine). The guide has
    /// a page of it.
    ///
    /// # Errors
    /// Every fault of every file at once, with file and line. No secret is part of it.
    pub fn from_folder(folder: impl Into<crate::ConfigFolder>) -> Result<AppBuilder> {
        AppBuilder::from_folder(folder.into())
    }

    /// A context for the application's own calls. It sees all models that are defined by now.
    pub fn ctx(&self) -> Ctx {
        Ctx::new(self.current())
    }

    /// The app with the models that are defined by now.
    #[must_use]
    pub fn current(&self) -> Self {
        Self { shared: self.shared.clone(), snapshot: self.shared.current.load_full() }
    }

    /// The model graph.
    pub fn graph(&self) -> &Graph {
        &self.snapshot.graph
    }

    /// The models of the app, each when it is attached to its data source: LoopBack's event `attached`. All of them are by
    /// the time that there is an app to ask.
    pub fn attached(&self) -> impl futures_util::Stream<Item = Arc<ModelNode>> + Send + 'static {
        futures_util::stream::iter(self.snapshot.graph.models().cloned().collect::<Vec<_>>())
    }

    /// Creates an instance of a model from JSON, through the whole pipeline, as `POST` does. Gives it as it is stored,
    /// hidden properties left out.
    ///
    /// # Errors
    /// 404 when there is no such model; otherwise as `POST`.
    pub async fn create_json(&self, model: &str, data: serde_json::Value) -> Result<serde_json::Value> {
        self.ctx().create_json(model, data).await
    }

    /// The router of everything the app serves: the middleware in its phases, the REST API, the explorer, the
    /// application's own routes. For tests, and for an axum application of which the REST API is a part.
    pub fn router(&self) -> Router {
        let rest = if self.shared.middleware.rest_off { Router::new() } else { crate::rest::router(self) };
        let mut routes = rest.merge(noting(self.documents()));
        for own in &self.shared.routes {
            routes = routes.merge(noting(own(self)));
        }
        routes = routes.merge(self.metrics_router());
        let app = self.clone();
        let nothing = move |request| crate::rest::elsewhere(app, request);
        let router = self.shared.middleware.around(self, routes, nothing);
        let router = if self.shared.layers.is_empty() { router } else { crate::rest::catch_panics(router) };
        let router = self.shared.layers.iter().fold(router, |router, layer| layer(router));
        crate::rest::answer_errors(router, self.shared.settings.errors)
    }

    /// What `auto_update` would do: the differences between the models and the database, empty when they fit
    /// (LoopBack's `isActual`). Connectors of the application's own have no schema.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn schema_difference(&self) -> Result<Vec<crate::connector::sql::schema::Change>> {
        let mut all = Vec::new();
        for source in &self.shared.data_sources {
            let Some(sql) = &source.sql else { continue };
            let models = self.models_of(source);
            all.extend(crate::connector::sql::schema::difference(sql.writer(), &models).await?);
        }
        Ok(all)
    }

    fn models_of(&self, source: &DataSource) -> Vec<Arc<ModelNode>> {
        self.snapshot
            .graph
            .models()
            .filter(|model| *model.data_source == *source.name && !model.transient)
            .cloned()
            .collect()
    }

    /// The address that links to the app begin with.
    pub(crate) fn public_url(&self) -> String {
        let set = self.auth().and_then(|auth| auth.options.public_url.as_deref()).map(str::to_owned);
        set.unwrap_or_else(|| self.own_url())
    }

    pub(crate) fn title(&self) -> &str {
        &self.shared.settings.openapi.title
    }

    pub(crate) fn auth(&self) -> Option<&Auth> {
        self.shared.auth.as_ref()
    }

    /// A context for the caller of a request to a route of the application's own: the token is read where the REST API reads
    /// it (cookies included, with the same check of where the request comes from), and the context acts for its user. Without
    /// users, or without a token, it acts for nobody who is known.
    ///
    /// ```ignore
    /// async fn home(State(app): State<App>, request: axum::extract::Request) -> Result<Html<String>> {
    ///     let ctx = app.authenticate(&request.into_parts().0).await?;
    ///     Ok(Html(match ctx.user_id() { Some(id) => format!("Hello {id}"), None => "Who are you?".into() }))
    /// }
    /// ```
    ///
    /// # Errors
    /// 401: the token is unknown or has expired. 400: two different tokens.
    pub async fn authenticate(&self, parts: &axum::http::request::Parts) -> Result<Ctx> {
        crate::rest::context(&self.current(), parts).await
    }

    /// A value with its signature, for a cookie: `authorization={signed}`. With the token of a log-in in it the cookie stands
    /// for the user. Send it with `HttpOnly; Secure; SameSite=Lax`. `None`: the app has no cookie secret.
    pub fn sign_cookie(&self, value: &str) -> Option<String> {
        let secret = self.auth()?.options.cookie_secret.as_deref()?;
        Some(crate::access::sign(value, secret))
    }

    pub(crate) fn rest_root(&self) -> &str {
        &self.shared.settings.rest_root
    }

    /// Where the explorer is, without a slash at the end; `None`: it is not served.
    pub(crate) fn explorer_path(&self) -> Option<&str> {
        self.shared.settings.explorer.as_deref()
    }

    pub(crate) fn xml(&self) -> bool {
        self.shared.settings.xml
    }

    /// The largest body of a request with these headers.
    pub(crate) fn body_limit(&self, headers: &HeaderMap) -> usize {
        let settings = &self.shared.settings;
        settings.form_limit.filter(|_| is_form(headers)).unwrap_or(settings.body_limit)
    }

    pub(crate) fn change_streams(&self) -> &ChangeStreams {
        &self.shared.settings.change_streams
    }

    pub(crate) fn open_streams(&self) -> &OpenStreams {
        &self.shared.streams
    }

    pub(crate) fn hook_timeout(&self) -> Duration {
        self.shared.settings.hook_timeout
    }

    pub(crate) fn default_data_source(&self) -> &DataSource {
        // The builder refuses an app without a data source.
        &self.shared.data_sources[0]
    }

    pub(crate) fn data_source_of(&self, model: &ModelNode) -> &DataSource {
        let named = self.shared.data_sources.iter().find(|source| *source.name == *model.data_source);
        named.unwrap_or_else(|| self.default_data_source())
    }
}

/// The name of the program, for a title and a file.
fn program() -> String {
    let exe = std::env::current_exe().ok();
    let stem = exe.as_deref().and_then(|path| path.file_stem()).and_then(|stem| stem.to_str());
    stem.unwrap_or("loopback").to_owned()
}
