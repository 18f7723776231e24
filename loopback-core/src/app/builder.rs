//! Puts an application together.

mod access;

use super::boot::Boot;
use super::command::Command;
use super::{App, DataSource, Inner, Layer, Routes, Settings, program};
use crate::access::{AclRule, Auth, AuthOptions, Authority};
use crate::connector::sql::{Backend, ConnectOptions, schema};
use crate::connector::{Execution, SqlConnector, Watch};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::graph::{Definitions, Graph, GraphDefaults, ModelNode};
use crate::hooks::{Observer, Operation};
use crate::meta::{ModelDef, Permission, Phase, RelationAcl, Strict, UserDef};
use crate::openapi::OpenApiOptions;
use axum::Router;
use futures_util::future::BoxFuture;
use std::path::Path;
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

/// Collects settings; [`build`](Self::build) makes the [`App`], [`serve`](Self::serve) runs it.
#[must_use]
pub struct AppBuilder {
    models: Option<Vec<&'static ModelDef>>,
    data_sources: Vec<(String, ConnectOptions)>,
    strict: Strict,
    replace_on_put: bool,
    foreign_key_constraints: bool,
    default_limit: Option<u64>,
    max_limit: Option<u64>,
    implicit_transactions: bool,
    hook_timeout: Duration,
    observers: Vec<(Phase, Observer)>,
    watch: Watch,
    boots: Vec<(String, Boot)>,
    disabled: Vec<(String, String)>,
    migrate: Migrate,
    environment: Environment,
    rest_root: String,
    body_limit: usize,
    host: Option<String>,
    port: u16,
    explorer: Option<bool>,
    title: Option<String>,
    version: String,
    description: Option<String>,
    routes: Vec<Routes>,
    layers: Vec<Layer>,
    auth: Option<AuthOptions>,
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
}

impl AppBuilder {
    pub(super) fn new() -> Self {
        Self {
            models: None,
            data_sources: Vec::new(),
            strict: Strict::Validate,
            replace_on_put: false,
            foreign_key_constraints: true,
            default_limit: None,
            max_limit: None,
            implicit_transactions: true,
            hook_timeout: Duration::from_secs(30),
            observers: Vec::new(),
            watch: Watch::default(),
            boots: Vec::new(),
            disabled: Vec::new(),
            migrate: Migrate::Auto,
            environment: Environment::Development,
            rest_root: "/api".into(),
            body_limit: 100 * 1024,
            host: None,
            port: 3000,
            explorer: None,
            title: None,
            version: "1.0.0".into(),
            description: None,
            routes: Vec::new(),
            layers: Vec::new(),
            auth: None,
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
        }
    }

    pub(super) fn from_env() -> Result<Self> {
        let read = |name: &str| match std::env::var(name) {
            Ok(value) if value.is_empty() => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(error) => Err(Error::configuration(format!("{name}: {error}"))),
        };
        let mut builder = Self::new();
        if let Some(port) = read("PORT")? {
            let wrong = |_| Error::configuration(format!("PORT must be a number from 0 to 65535, found `{port}`"));
            builder.port = port.trim().parse().map_err(wrong)?;
        }
        builder.host = read("HOST")?;
        if let Some(url) = read("DATABASE_URL")? {
            builder = builder.database_url(url);
        }
        if let Some(migrate) = read("LOOPBACK_MIGRATE")? {
            builder.migrate = match migrate.as_str() {
                "update" => Migrate::Update,
                "check" => Migrate::Check,
                "leave" => Migrate::Leave,
                other => {
                    return Err(Error::configuration(format!(
                        "LOOPBACK_MIGRATE must be `update`, `check` or `leave`, found `{other}`"
                    )));
                }
            };
        }
        match read("LOOPBACK_ENV")?.as_deref() {
            None | Some("development") => {}
            Some("production") => builder.environment = Environment::Production,
            Some(other) => {
                return Err(Error::configuration(format!(
                    "LOOPBACK_ENV must be `development` or `production`, found `{other}`"
                )));
            }
        }
        Ok(builder)
    }

    /// Serves these models instead of all that are linked; for tests.
    pub fn models(mut self, models: impl IntoIterator<Item = &'static ModelDef>) -> Self {
        self.models = Some(models.into_iter().collect());
        self
    }

    /// The default data source.
    pub fn database_url(self, url: impl Into<String>) -> Self {
        self.data_source("db", ConnectOptions::new(url))
    }

    /// The default data source when the environment names none.
    pub fn database_url_or(self, url: impl Into<String>) -> Self {
        if self.data_sources.is_empty() { self.database_url(url) } else { self }
    }

    /// A data source. The first is the default one; models name others with `#[model(data_source = "..")]`. A name that
    /// stands already is replaced.
    pub fn data_source(mut self, name: impl Into<String>, options: ConnectOptions) -> Self {
        let name = name.into();
        match self.data_sources.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = options,
            None => self.data_sources.push((name, options)),
        }
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

    /// An operation hook of all models; it runs before those of the model. It sees the operation by JSON names.
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

    /// A boot function: it runs at the end of [`build`](Self::build), when the tables are there, before anything is
    /// served; several in the order in which they are given. An error ends the start. Where several instances start
    /// behind one database, each runs it.
    ///
    /// ```ignore
    /// async fn sample_data(ctx: Ctx) -> Result<()> {
    ///     let shop = CoffeeShop::props();
    ///     CoffeeShop::find_or_create(&ctx, shop.name.eq("Bel Cafe"), set!(CoffeeShop { name: "Bel Cafe" })).await?;
    ///     Ok(())
    /// }
    ///
    /// App::from_env()?.boot("sample data", sample_data).serve().await
    /// ```
    pub fn boot<F: Future<Output = Result<()>> + Send + 'static>(
        mut self,
        name: impl Into<String>,
        boot: impl FnOnce(Ctx) -> F + Send + Sync + 'static,
    ) -> Self {
        self.boots.push((name.into(), Box::new(move |ctx| Box::pin(boot(ctx)))));
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

    /// The largest body of a request, in bytes; 100 KiB unless set.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The address to listen on: `127.0.0.1`, `::`, ...
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// The TCP port; 0 takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Whether `/explorer` and `/openapi.json` are served; in development they are unless set.
    pub fn explorer(mut self, on: bool) -> Self {
        self.explorer = Some(on);
        self
    }

    /// The title of the explorer and of the OpenAPI document; the program's name unless set.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// The version in the OpenAPI document.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// The description in the OpenAPI document, Markdown.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
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

    /// A tower layer around everything, the REST API included; the last one added is the outermost:
    /// `.layer(|router| router.layer(TraceLayer::new_for_http()))`.
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

    pub(super) fn is_enforced(&self) -> bool {
        self.auth.as_ref().is_some_and(|auth| auth.enforced)
    }

    pub(super) fn root(&self) -> &str {
        &self.rest_root
    }

    /// The graph of the app's models.
    pub(super) fn graph(&mut self) -> Result<Graph> {
        if self.data_sources.is_empty() {
            self.data_sources.push(("db".to_owned(), ConnectOptions::new(format!("sqlite:{}.db", program()))));
        }
        let mut defs = Definitions::linked();
        if let Some(models) = self.models.take() {
            defs.models = models;
        }
        let defaults = GraphDefaults {
            strict: self.strict,
            replace_on_put: self.replace_on_put,
            data_sources: self.data_sources.iter().map(|(name, _)| name.clone()).collect(),
            foreign_key_constraints: self.foreign_key_constraints,
            default_limit: self.default_limit,
            max_limit: self.max_limit,
            implicit_transactions: self.implicit_transactions,
            observers: std::mem::take(&mut self.observers),
            disabled: std::mem::take(&mut self.disabled),
            acls: std::mem::take(&mut self.acls),
            default_permission: self.default_permission,
            acl_error_status: self.acl_error_status,
            relation_acl: self.relation_acl,
            owner_writable: self.owner_writable,
            user: self.user,
            exposed: std::mem::take(&mut self.exposed),
            auth_data_source: self.auth_data_source.take(),
        };
        if let Some(auth) = &self.auth {
            crate::models::complete(&mut defs.models, &self.built_in, auth.stored_rules);
        }
        let graph = Graph::build_with(&defs, &defaults)?;
        self.access_is_decided(&graph)?;
        Ok(graph)
    }

    async fn built(mut self) -> Result<App> {
        let graph = self.graph()?;
        let mut data_sources = Vec::new();
        let mut migrated = Vec::new();
        for (name, options) in &self.data_sources {
            let mut connector = SqlConnector::connect(options).await?;
            connector.watch = self.watch.of(name);
            let connector = Arc::new(connector);
            let models: Vec<_> = graph.models().filter(|m| *m.data_source == **name && !m.transient).cloned().collect();
            migrated.push(self.bring_up(name, &connector, &models).await?);
            data_sources.push(DataSource { name: name.as_str().into(), connector, shown_url: shown(&options.url) });
        }
        let title = self.title.clone().unwrap_or_else(program);
        let development = self.environment == Environment::Development;
        let settings = Settings {
            environment: self.environment,
            openapi: OpenApiOptions {
                title,
                version: self.version,
                description: self.description,
                server_path: self.rest_root.clone(),
                access_control: self.auth.as_ref().is_some_and(|auth| auth.enforced),
            },
            rest_root: self.rest_root,
            body_limit: self.body_limit,
            host: self.host.unwrap_or_else(|| if development { "127.0.0.1" } else { "::" }.to_owned()),
            port: self.port,
            explorer: self.explorer.unwrap_or(development),
            hook_timeout: self.hook_timeout,
            compat: std::mem::take(&mut self.compat),
            migrated,
        };
        let boots = std::mem::take(&mut self.boots);
        let app = App(Arc::new(Inner {
            graph,
            data_sources,
            settings,
            routes: self.routes,
            layers: self.layers,
            auth: self.auth.map(|options| Auth {
                authority: Arc::new(Authority::new(options.cache)),
                passwords: crate::models::Passwords::new(&options),
                options,
            }),
            documents: OnceLock::new(),
        }));
        for (name, boot) in boots {
            super::boot::run(&app, &name, boot).await?;
        }
        Ok(app)
    }

    /// Builds the app and serves it until the process is told to stop. With arguments the program does something else:
    /// `acl explain [Model[.method]]` prints who may call what, and why.
    ///
    /// # Errors
    /// As [`build`](Self::build); a port that is taken.
    pub fn serve(self) -> BoxFuture<'static, Result<()>> {
        super::serve::log();
        Box::pin(async move {
            match Command::of(std::env::args().skip(1))? {
                Command::Serve => self.built().await?.serve().await,
                Command::AclExplain(filter) => self.print_acl(filter.as_deref()),
            }
        })
    }

    /// What was done, for the report.
    async fn bring_up(&self, name: &str, connector: &SqlConnector, models: &[Arc<ModelNode>]) -> Result<String> {
        let development = self.environment == Environment::Development;
        let db = connector.writer();
        Ok(match self.migrate {
            Migrate::Leave => "not looked at".into(),
            Migrate::Recreate => {
                schema::auto_migrate(db, models).await?;
                format!("{} tables made anew", models.len())
            }
            Migrate::Auto if !development => check(name, connector, models).await?,
            Migrate::Check => check(name, connector, models).await?,
            Migrate::Auto | Migrate::Update => {
                let changes = schema::auto_update(db, models).await?;
                for change in &changes {
                    tracing::info!(data_source = name, table = change.table, "schema: {}", change.what);
                }
                match changes.len() {
                    0 => "up to date".into(),
                    1 => "1 change made".into(),
                    many => format!("{many} changes made"),
                }
            }
        })
    }
}

async fn check(name: &str, connector: &SqlConnector, models: &[Arc<ModelNode>]) -> Result<String> {
    let differences = schema::difference(connector.writer(), models).await?;
    if differences.is_empty() {
        return Ok("fits".into());
    }
    let lines: String = differences.iter().map(|change| format!("\n  {}: {}", change.table, change.what)).collect();
    Err(Error::configuration(format!(
        "the schema of data source `{name}` does not fit the models:{lines}\nstart once with LOOPBACK_MIGRATE=update, \
         or change the schema by hand"
    )))
}

/// A URL without its password; the path of a file as it is.
fn shown(url: &str) -> String {
    if Backend::of_url(url) == Some(Backend::Sqlite) {
        let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
        return Path::new(path).display().to_string();
    }
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://{place}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(shown("postgres://me:se@cret@host:5432/db"), "postgres://host:5432/db");
        assert_eq!(shown("mysql://host/db"), "mysql://host/db");
        assert_eq!(shown("sqlite://shop.db"), "shop.db");
    }
}
