//! Applies what files and environment variables say. What code says afterwards goes before it.

mod middleware;
mod models;

use super::AppBuilder;
use super::shown::Said;
use crate::app::component::{ComponentOn, Components};
use crate::config::{self, Config, ConfigFolder, Faults, Place, SourceConfig, SourceKind};
use crate::connector::DataSourceOptions;
use crate::error::Result;
use crate::mail::MailOptions;
use serde_json::{Map, Value as Json};

/// The files that an app is configured by, and what is left of them when they are applied.
#[derive(Clone, Debug, Default)]
pub(crate) struct Configured {
    /// For the report; `None`: no folder was asked for.
    pub(crate) folder: Option<String>,
    pub(crate) files: Vec<String>,
    /// What was read and has no effect.
    pub(crate) notices: Vec<String>,
    pub(in crate::app) settings: Map<String, Json>,
    pub(in crate::app) components: Components,
    /// What they say, for `config show`.
    pub(super) said: Said,
    /// Middleware whose name nobody has given yet.
    middleware: Vec<middleware::Late>,
}

impl AppBuilder {
    pub(in crate::app) fn from_env() -> Result<Self> {
        Self::from_folder(ConfigFolder::of_environment())
    }

    pub(in crate::app) fn from_folder(folder: ConfigFolder) -> Result<Self> {
        let mut faults = Faults::default();
        let config = config::load(folder, &mut faults);
        let mut builder = Self::new().with_config(config, &mut faults);
        if !faults.is_empty() {
            return Err(faults.into_error());
        }
        builder.configured.notices = faults.take_notices();
        for notice in &builder.configured.notices {
            tracing::info!("configuration: {notice}");
        }
        Ok(builder)
    }

    fn with_config(mut self, config: Config, faults: &mut Faults) -> Self {
        let said = Said::of(config.shown, &config.variables);
        let mut url_of = None;
        self.configured.folder = config.folder.as_ref().map(|folder| folder.display().to_string());
        self.configured.files = config.files;
        self.configured.settings = config.settings.all.clone();
        self.environment = config.environment.kind;
        let (url, enable_auth) = (config.settings.url.clone(), config.settings.enable_auth);
        self = self.with_settings(config.settings);
        let kept = |source: &&SourceConfig| matches!(source.kind, SourceKind::Database(_) | SourceKind::Own(_));
        let without_rows: Vec<String> =
            config.data_sources.iter().filter(|source| !kept(source)).map(|source| source.name.clone()).collect();
        self = self.with_sources(config.data_sources, faults);
        let sources = models::Sources { without_rows: &without_rows, enable_auth };
        self = self.with_models(config.models, config.definitions, &sources, faults);
        // Code may turn users on later.
        if let Some(url) = url {
            self = self.auth_of_file(|auth| auth.public_url(&url));
        }
        self = self.with_middleware(config.middleware, config.folder.as_deref(), faults);
        for entry in config.components {
            let (builder, known) = self.built_in_component(&entry, faults);
            self = builder;
            if let (false, Some(options)) = (known, entry.options) {
                self.configured.components.on.push(ComponentOn { name: entry.name, at: entry.at, options });
            }
        }
        // The environment goes before the files.
        if let Some(port) = config.environment.port {
            self.port = port;
        }
        if let Some(host) = config.environment.host {
            self.host = Some(host);
        }
        if let Some(migrate) = config.environment.migrate {
            self.migrate = migrate;
        }
        if let Some(url) = config.environment.database_url {
            match self.data_sources.first_mut() {
                Some((_, DataSourceOptions::Sql(options))) => options.url = url,
                Some((name, DataSourceOptions::Own(options))) => {
                    let message = format!(
                        "the default data source `{name}` is of the connector `{}`, which takes no URL",
                        options.connector
                    );
                    faults.push(&Place::of("the environment variable DATABASE_URL"), "", message);
                }
                None => self = self.database_url(url),
            }
            url_of = self.data_sources.first().map(|(name, _)| name.clone());
        }
        let variables = &config.variables;
        if let Err(error) = self.mail.read_env(|name| Ok(variables.filled(name).map(str::to_owned))) {
            faults.push(&Place::of("the environment"), "", error.to_string());
        }
        if let Err(error) = self.serving.read_env(|name| Ok(variables.filled(name).map(str::to_owned))) {
            faults.push(&Place::of("the environment"), "", error.to_string());
        }
        self.note_said(said, url_of);
        self
    }

    fn with_settings(mut self, settings: config::SettingsConfig) -> Self {
        if let Some(root) = settings.rest_root {
            self = self.rest_root(root);
        }
        if let Some(host) = settings.host {
            self = self.host(host);
        }
        if let Some(port) = settings.port {
            self = self.port(port);
        }
        if let Some(status) = settings.acl_error_status {
            self = self.acl_error_status(status);
        }
        if let Some(permission) = settings.default_permission {
            self = self.default_permission(permission);
        }
        if let Some(bytes) = settings.body_limit {
            self = self.body_limit_of_file(bytes);
        }
        if let Some(bytes) = settings.form_limit {
            self = self.form_limit(bytes);
        }
        if let Some(on) = settings.xml {
            self = self.xml(on);
        }
        self.shared_methods = settings.shared_methods;
        let own = settings.own;
        if own.compat {
            self = self.compat_loopback3();
        }
        if let Some(migrate) = own.migrate {
            self = self.migrate(migrate);
        }
        if let Some(title) = own.title {
            self = self.title(title);
        }
        if let Some(version) = own.version {
            self = self.version(version);
        }
        if let Some(description) = own.description {
            self = self.description(description);
        }
        if let Some(on) = own.explorer {
            self = self.explorer(on);
        }
        if let Some(strict) = own.strict {
            self = self.strict(strict);
        }
        if let Some(replace) = own.replace_on_put {
            self = self.replace_on_put(replace);
        }
        if let Some(on) = own.foreign_key_constraints {
            self = self.foreign_key_constraints(on);
        }
        if let Some(on) = own.implicit_transactions {
            self = self.implicit_transactions(on);
        }
        if let Some(rows) = own.default_limit {
            self = self.default_limit(rows);
        }
        if let Some(rows) = own.max_limit {
            self = self.max_limit(rows);
        }
        if let Some(limit) = own.hook_timeout {
            self = self.hook_timeout(limit);
        }
        if let Some(which) = own.relation_acl {
            self = self.relation_acl(which);
        }
        if let Some(writable) = own.owner_writable {
            self = self.owner_writable(writable);
        }
        self
    }

    /// The default one first: that of `defaultForType`, or the first database of the file.
    fn with_sources(mut self, sources: Vec<SourceConfig>, faults: &mut Faults) -> Self {
        let mut default: Option<String> = None;
        let mut mail: Option<MailOptions> = None;
        for source in sources {
            let options: DataSourceOptions = match source.kind {
                SourceKind::Database(options) => options.into(),
                SourceKind::Own(options) => options.into(),
                SourceKind::Mail(node) => {
                    if mail.is_some() && !source.default {
                        let message =
                            "has no effect: there is one mail data source, the first, or that of `defaultForType`";
                        faults.notice(&source.at, &source.name, message);
                        continue;
                    }
                    match MailOptions::from_json(&node.to_json()) {
                        Ok(mut options) => {
                            for notice in std::mem::take(&mut options.notices) {
                                let at = &node.nearest(&notice.path).at;
                                faults.notice(at, &joined(&source.name, &notice.path), notice.message);
                            }
                            mail = Some(options);
                        }
                        Err(found) => {
                            for fault in found {
                                let at = &node.nearest(&fault.path).at;
                                faults.push(at, &joined(&source.name, &fault.path), fault.message);
                            }
                        }
                    }
                    continue;
                }
                SourceKind::Transient => continue,
            };
            if source.default {
                if let Some(other) = &default {
                    let message = format!("`{other}` is the default data source already");
                    faults.push(&source.at, &format!("{}.defaultForType", source.name), message);
                }
                default = Some(source.name.clone());
            }
            self = self.data_source(source.name, options);
        }
        if let Some(mail) = mail {
            self = self.mail(mail);
        }
        if let Some(name) = default {
            self = self.default_data_source(name);
        }
        self
    }

    /// Makes a data source the default one, that of models which name none. LoopBack's `defaultForType`. A name that has not
    /// been given to a data source yet changes nothing.
    pub fn default_data_source(mut self, name: impl AsRef<str>) -> Self {
        if let Some(at) = self.data_sources.iter().position(|(known, _)| known == name.as_ref()) {
            let source: (String, DataSourceOptions) = self.data_sources.remove(at);
            self.data_sources.insert(0, source);
        }
        self
    }
}

fn joined(name: &str, path: &str) -> String {
    match path {
        "" => name.to_owned(),
        path if path.starts_with('[') => format!("{name}{path}"),
        path => format!("{name}.{path}"),
    }
}
