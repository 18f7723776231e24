//! Puts an application together.

mod access;
mod asked;
mod boot;
mod config;
mod data_sources;
mod documents;
mod mail;
mod middleware;
mod models;
mod schema_policy;
mod serving;
mod shown;

pub(in crate::app) use mail::outbox_apart;
pub(super) use serving::Serving;

pub(crate) use config::Configured;
pub(super) use documents::explorer_path;

use super::blueprint::{Blueprint, BuiltIn};
use super::command::Command;
use super::middleware::Phases;
use super::{App, Layer, Routes, Settings, Shared, Snapshot, program};
use crate::access::{AclRule, Auth, AuthOptions, Authority};
use crate::connector::sql::ConnectOptions;
use crate::connector::{DataSourceOptions, Execution, Watch};
use crate::definition::{ModelConfig, Source};
use crate::error::Result;
use crate::graph::{Definitions, GraphDefaults};
use crate::hooks::{Observer, Operation};
use crate::meta::{ModelDef, Permission, Phase, RelationAcl, Strict, UserDef};
use crate::remoting::ChangeStreams;
use crate::rest::ErrorForms;
use crate::server::{Life, Metrics};
use arc_swap::{ArcSwap, ArcSwapOption};
use axum::Router;
use futures_util::future::BoxFuture;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Where the app runs. It decides what is safe to do without being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// The schema is brought up to date at start; the explorer is on.
    Development,
    /// The schema is checked at start; the explorer is off.
    Production,
}

/// What the start does to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrate {
    /// `Update` in development, `Check` in production.
    Auto,
    /// Adds tables, columns and indexes that are missing; never drops anything (LoopBack's `autoupdate`).
    Update,
    /// Drops the models' tables and creates them anew: all data is lost (LoopBack's `automigrate`).
    Recreate,
    /// Refuses to start when the models do not fit, and says where.
    Check,
    /// Does not look.
    Leave,
}

pub(crate) use schema_policy::SchemaPolicy;

/// The data source of an app that names none: a file in the folder where the program was started.
fn own_database() -> ConnectOptions {
    ConnectOptions::new(format!("sqlite:{}.db", program()))
}

/// Collects settings; [`build`](Self::build) makes the [`App`], [`serve`](Self::serve) runs it.
#[must_use]
pub struct AppBuilder {
    models: Option<Vec<&'static ModelDef>>,
    sources: Vec<Source>,
    configs: Vec<(String, ModelConfig)>,
    data_sources: Vec<(String, DataSourceOptions)>,
    connectors: data_sources::Connectors,
    strict: Strict,
    replace_on_put: bool,
    change_streams: ChangeStreams,
    foreign_key_constraints: bool,
    default_limit: Option<u64>,
    max_limit: Option<u64>,
    implicit_transactions: bool,
    hook_timeout: Duration,
    observers: Vec<(Phase, Observer)>,
    watch: Watch,
    boots: boot::Boots,
    disabled: Vec<(String, String)>,
    shared_methods: Vec<(String, bool)>,
    migrate: Migrate,
    environment: Environment,
    rest_root: String,
    body_limit: usize,
    form_limit: Option<usize>,
    host: Option<String>,
    port: u16,
    documents: documents::Documents,
    routes: Vec<Routes>,
    layers: Vec<Layer>,
    pub(super) middleware: Phases,
    xml: bool,
    pub(super) errors: ErrorForms,
    auth: Option<AuthOptions>,
    auth_of_files: access::AuthOfFiles,
    built_in: Vec<&'static ModelDef>,
    acls: Vec<(String, AclRule)>,
    default_permission: Permission,
    acl_error_status: u16,
    relation_acl: RelationAcl,
    owner_writable: bool,
    user: UserDef,
    exposed: Vec<String>,
    auth_data_source: Option<String>,
    compat: Vec<&'static str>,
    mail: mail::MailSettings,
    pub(super) configured: Configured,
    serving: serving::ServingSettings,
}

impl AppBuilder {
    pub(super) fn new() -> Self {
        Self {
            models: None,
            sources: Vec::new(),
            configs: Vec::new(),
            data_sources: Vec::new(),
            connectors: data_sources::Connectors::default(),
            strict: Strict::Validate,
            replace_on_put: false,
            change_streams: ChangeStreams::default(),
            foreign_key_constraints: true,
            default_limit: None,
            max_limit: None,
            implicit_transactions: true,
            hook_timeout: Duration::from_secs(30),
            observers: Vec::new(),
            watch: Watch::default(),
            boots: boot::Boots::default(),
            disabled: Vec::new(),
            shared_methods: Vec::new(),
            migrate: Migrate::Auto,
            environment: Environment::Development,
            rest_root: "/api".into(),
            body_limit: 100 * 1024,
            form_limit: None,
            host: None,
            port: 3000,
            documents: documents::Documents::default(),
            routes: Vec::new(),
            layers: Vec::new(),
            middleware: Phases::default(),
            xml: false,
            errors: ErrorForms::default(),
            auth: None,
            auth_of_files: access::AuthOfFiles::default(),
            built_in: Vec::new(),
            acls: Vec::new(),
            default_permission: Permission::Allow,
            acl_error_status: 401,
            relation_acl: RelationAcl::Both,
            owner_writable: false,
            user: UserDef::NONE,
            exposed: Vec::new(),
            auth_data_source: None,
            compat: Vec::new(),
            mail: mail::MailSettings::default(),
            configured: Configured::default(),
            serving: serving::ServingSettings::default(),
        }
    }

    /// Serves these models instead of all that are linked; for tests.
    pub fn models(mut self, models: impl IntoIterator<Item = &'static ModelDef>) -> Self {
        self.models = Some(models.into_iter().collect());
        self
    }

    /// What becomes of properties that a model does not have, where the model does not say.
    pub fn strict(mut self, strict: Strict) -> Self {
        self.strict = strict;
        self
    }

    /// Whether PUT replaces (LoopBack 3) instead of updating (LoopBack 2), where the model does not say.
    pub fn replace_on_put(mut self, replace: bool) -> Self {
        self.replace_on_put = replace;
        self
    }

    /// Which models have change streams, and how many clients may listen: `GET /CoffeeShops/change-stream`. Without it the
    /// models that say `change_stream = true`.
    pub fn change_streams(mut self, streams: ChangeStreams) -> Self {
        self.change_streams = streams;
        self
    }

    /// Whether the database guards foreign keys (it does unless told otherwise), where the relation does not say.
    ///
    /// Differs from LoopBack: it leaves foreign keys to a script of the application's own.
    pub fn foreign_key_constraints(mut self, on: bool) -> Self {
        self.foreign_key_constraints = on;
        self
    }

    /// Rows that a client gets when its filter names no limit, where the model does not say; without it, all.
    pub fn default_limit(mut self, rows: u64) -> Self {
        self.default_limit = Some(rows);
        self
    }

    /// The greatest limit that a client's filter may name, where the model does not say; a greater one is a 400. A
    /// filter without a limit gets the default one, or this.
    pub fn max_limit(mut self, rows: u64) -> Self {
        self.max_limit = Some(rows);
        self
    }

    /// Whether what an operation and its hooks write is written as a whole (it is unless told otherwise), where the model
    /// does not say. Without, every statement stands alone: what a hook has written stays when the operation fails.
    ///
    /// Differs from LoopBack: there every statement stands alone.
    pub fn implicit_transactions(mut self, on: bool) -> Self {
        self.implicit_transactions = on;
        self
    }

    /// How long an operation hook or a remote hook may take; then it is dropped, and its request is a 500. What an
    /// operation with its hooks wrote is undone. 30 seconds unless set.
    pub fn hook_timeout(mut self, limit: Duration) -> Self {
        self.hook_timeout = limit;
        self
    }

    /// An operation hook of all models but `OutboxEmail`; it runs before those of the model. It sees the operation by JSON
    /// names.
    ///
    /// ```ignore
    /// .observe(Phase::AfterSave, |op| Box::pin(async move {
    ///     println!("{} saved: {:?}", op.model().name, op.data_json());
    ///     Ok(())
    /// }))
    /// ```
    pub fn observe(
        mut self,
        phase: Phase,
        hook: impl for<'a> Fn(&'a mut Operation) -> BoxFuture<'a, Result<()>> + Send + Sync + 'static,
    ) -> Self {
        self.observers.push((phase, Observer::new(hook)));
        self
    }

    /// A hook before each statement that the framework sends to a database; an error keeps it from being sent. For the
    /// application's own SeaORM queries and for changes of the schema it is not asked.
    ///
    /// Differs from LoopBack: it sees the statement, and does not change it.
    pub fn before_execute(
        mut self,
        hook: impl for<'a> Fn(&'a Execution) -> BoxFuture<'a, Result<()>> + Send + Sync + 'static,
    ) -> Self {
        self.watch.before(hook);
        self
    }

    /// A hook after each statement, with the time it took and what went wrong.
    ///
    /// ```ignore
    /// .after_execute(|it| Box::pin(async move {
    ///     if it.elapsed() > Some(Duration::from_millis(100)) {
    ///         tracing::warn!("slow: {}", it.statement());
    ///     }
    ///     Ok(())
    /// }))
    /// ```
    pub fn after_execute(
        mut self,
        hook: impl for<'a> Fn(&'a Execution) -> BoxFuture<'a, Result<()>> + Send + Sync + 'static,
    ) -> Self {
        self.watch.after(hook);
        self
    }

    /// Takes the endpoints of a remote method away: `.disable_remote_method("CoffeeShop", "deleteById")`, as
    /// `disable(..)` at the model does. A model or a method that is not there is a fault at start.
    pub fn disable_remote_method(mut self, model: impl Into<String>, method: impl Into<String>) -> Self {
        self.disabled.push((model.into(), method.into()));
        self
    }

    /// What the start does to the database.
    pub fn migrate(mut self, migrate: Migrate) -> Self {
        self.migrate = migrate;
        self
    }

    /// Where the app runs.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// The path of the REST API, `/api` unless set.
    pub fn rest_root(mut self, root: impl AsRef<str>) -> Self {
        self.rest_root = format!("/{}", root.as_ref().trim_matches('/'));
        self
    }

    /// The largest body of a request, in bytes; 100 KiB unless set. It holds for forms, too, whatever a file says of them.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.form_limit = None;
        self.body_limit_of_file(bytes)
    }

    /// The largest form (`application/x-www-form-urlencoded`), in bytes, where it is not [`body_limit`](Self::body_limit):
    /// said after that.
    pub fn form_limit(mut self, bytes: usize) -> Self {
        self.form_limit = Some(bytes);
        self
    }

    /// The largest body of a request; a file says on its own what forms may be.
    pub(in crate::app) fn body_limit_of_file(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The address to listen on: `127.0.0.1`, `::` for IPv6 and IPv4, `unix:/run/shop.sock` for a Unix socket, or several
    /// with commas between.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// The TCP port; 0 takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// A route of the application's own beside the REST API: `.route("/", get(home))`.
    pub fn route(self, path: &str, method: axum::routing::MethodRouter) -> Self {
        self.routes(Router::new().route(path, method))
    }

    /// Routes of the application's own beside the REST API.
    pub fn routes(mut self, routes: Router) -> Self {
        self.routes.push(Arc::new(move |_: &App| routes.clone()));
        self
    }

    /// Routes of the application's own that need the app, for its context: it is their state, or moves into them.
    ///
    /// ```ignore
    /// .routes_with(|app| Router::new().route("/best", get(best)).with_state(app.clone()))
    /// ```
    pub fn routes_with(mut self, routes: impl Fn(&App) -> Router + Send + Sync + 'static) -> Self {
        self.routes.push(Arc::new(routes));
        self
    }

    /// A tower layer around everything, the REST API and all [middleware](Self::middleware) included; the last one added is
    /// the outermost: `.layer(|router| router.layer(TraceLayer::new_for_http()))`.
    pub fn layer(mut self, layer: impl Fn(Router) -> Router + Send + Sync + 'static) -> Self {
        self.layers.push(Arc::new(layer));
        self
    }

    /// Builds the graph, connects, and brings the schema to where [`migrate`](Self::migrate) says.
    ///
    /// # Errors
    /// Every fault of the models at once, with file and line; a database that does not answer; a schema that does not
    /// fit.
    pub fn build(self) -> BoxFuture<'static, Result<App>> {
        // No `async fn`: the body of one is compiled in the crate that awaits it, and this is the door to the whole
        // connector.
        Box::pin(self.built())
    }

    pub(super) fn is_development(&self) -> bool {
        self.environment == Environment::Development
    }

    /// Where an app listens when nobody says.
    fn usual_host(&self) -> &'static str {
        if self.is_development() { "127.0.0.1" } else { "::" }
    }

    pub(super) fn is_enforced(&self) -> bool {
        self.auth.as_ref().is_some_and(|auth| auth.enforced)
    }

    pub(super) fn root(&self) -> &str {
        &self.rest_root
    }

    /// What the graph is made of.
    pub(super) fn blueprint(&mut self) -> Result<Blueprint> {
        if self.data_sources.is_empty() {
            self.data_sources.push(("db".to_owned(), own_database().into()));
        }
        self.connectors_are_known()?;
        let mut defs = Definitions::linked();
        if let Some(models) = self.models.take() {
            defs.models = models;
        }
        let defaults = GraphDefaults {
            strict: self.strict,
            replace_on_put: self.replace_on_put,
            change_streams: self.change_streams.all,
            data_sources: self.data_sources.iter().map(|(name, _)| name.clone()).collect(),
            unguarded: self.unguarded(),
            foreign_key_constraints: self.foreign_key_constraints,
            default_limit: self.default_limit,
            max_limit: self.max_limit,
            implicit_transactions: self.implicit_transactions,
            observers: std::mem::take(&mut self.observers),
            disabled: std::mem::take(&mut self.disabled),
            shared_methods: std::mem::take(&mut self.shared_methods),
            acls: std::mem::take(&mut self.acls),
            default_permission: self.default_permission,
            acl_error_status: self.acl_error_status,
            relation_acl: self.relation_acl,
            owner_writable: self.owner_writable,
            user: self.user,
            exposed: std::mem::take(&mut self.exposed),
            outbox_data_source: None,
            auth_data_source: self.auth_data_source.take(),
        };
        let built_in =
            self.auth.as_ref().map(|auth| BuiltIn { wanted: self.built_in.clone(), stored_rules: auth.stored_rules });
        let mut blueprint = Blueprint {
            linked: defs,
            sources: std::mem::take(&mut self.sources),
            configs: std::mem::take(&mut self.configs),
            defaults,
            built_in,
        };
        blueprint.defaults.outbox_data_source = self.settle_mail(&mut blueprint)?;
        Ok(blueprint)
    }

    async fn built(self) -> Result<App> {
        self.with_components()?.built_with_components().await
    }

    async fn built_with_components(mut self) -> Result<App> {
        self.middleware_is_right()?;
        let explorer = self.explorer_is()?;
        let shown = self.shown();
        let blueprint = self.blueprint()?;
        let graph = blueprint.graph(None)?;
        self.access_is_decided(&graph)?;
        for notice in blueprint.ignored() {
            tracing::info!("configuration: {notice}");
            self.configured.notices.push(notice);
        }
        let schema = SchemaPolicy { environment: self.environment, migrate: self.migrate };
        let mut data_sources = Vec::new();
        let mut migrated = Vec::new();
        for (name, options) in &self.data_sources {
            let source = self.open(name, options).await?;
            let models: Vec<_> = graph.models().filter(|m| *m.data_source == **name && !m.transient).cloned().collect();
            migrated.push(schema.bring_up(&source, &models).await?);
            data_sources.push(source);
        }
        let boots = self.boots.all();
        let openapi = self.openapi_options();
        let host = self.host.take().unwrap_or_else(|| self.usual_host().to_owned());
        let settings = Settings {
            environment: self.environment,
            schema,
            openapi,
            rest_root: self.rest_root,
            body_limit: self.body_limit,
            form_limit: self.form_limit,
            xml: self.xml,
            errors: self.errors,
            host,
            port: self.port,
            explorer,
            explorer_login: self.documents.login,
            hook_timeout: self.hook_timeout,
            change_streams: self.change_streams.clone(),
            compat: std::mem::take(&mut self.compat),
            configured: std::mem::take(&mut self.configured),
            migrated,
            boots: super::boot::names(&boots),
            shown,
        };
        let serving = self.serving.resolved()?;
        let metrics = serving.metrics.as_ref().map(|_| Arc::new(Metrics::default()));
        let mail = self.mail.start(self.auth.as_ref())?;
        if let Some(apart) = mail.as_ref().and_then(|_| outbox_apart(&graph)) {
            tracing::warn!("mail: {apart}");
        }
        let snapshot = Arc::new(Snapshot::new(graph));
        let shared = Shared {
            current: ArcSwap::new(snapshot.clone()),
            coming: ArcSwapOption::empty(),
            blueprint: tokio::sync::Mutex::new(blueprint),
            data_sources,
            settings,
            routes: self.routes,
            layers: self.layers,
            middleware: self.middleware,
            auth: self.auth.map(|options| Auth {
                authority: Arc::new(Authority::new(options.cache)),
                passwords: crate::models::Passwords::new(&options),
                options,
            }),
            mail: mail.map_or_else(OnceLock::new, OnceLock::from),
            life: Life::default(),
            #[cfg(feature = "explorer")]
            page: super::documents::Page::default(),
            serving,
            metrics,
            streams: crate::remoting::OpenStreams::default(),
        };
        let app = App { shared: Arc::new(shared), snapshot };
        if let Some(metrics) = app.metrics() {
            metrics.pools(&app);
        }
        for boot in boots {
            boot.run(&app).await?;
        }
        Ok(app)
    }

    /// Builds the app and serves it until the process is told to stop. With arguments the program does something else, of
    /// which `help` tells:
    ///
    /// | command | what it does |
    /// |---|---|
    /// | `serve` | serves, as without a command |
    /// | `routes [MODEL] [--json]` | lists the routes of the REST API |
    /// | `migrate plan`, `apply`, `status` | says what the schema lacks, makes it, says whether it fits |
    /// | `acl explain [MODEL[.METHOD]]` | says who may call what, and which rule says so |
    /// | `openapi [--swagger]` | writes the document of the API |
    /// | `config show [--json]` | says what the app is configured with, and where each value comes from; no secrets |
    /// | `mail list`, `show`, `resend`, `send-test` | looks after the outbox of e-mails |
    /// | `check [--json]` | looks for what is wrong |
    ///
    /// A command ends with an error when something is wrong, so that the program ends with 1. Arguments that begin with no
    /// word of these are the application's own.
    ///
    /// # Errors
    /// As [`build`](Self::build); a port that is taken.
    pub fn serve(self) -> BoxFuture<'static, Result<()>> {
        let log = crate::server::start_log(self.serving.log);
        Box::pin(async move {
            log?;
            match self.run(Command::of(std::env::args().skip(1))?).await? {
                Some(builder) => builder.built().await?.serve().await,
                None => Ok(()),
            }
        })
    }
}
