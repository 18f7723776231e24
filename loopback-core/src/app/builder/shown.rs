//! What an app is configured with in the end, and where each value comes from: for `config show`.

use super::{AppBuilder, Environment, Migrate};
use crate::config::{Shown, Variables, shown, shown_json};
use crate::connector::DataSourceOptions;
use crate::meta::{RelationAcl, Strict};
use serde_json::{Map, Value as Json, json};

/// Variables that have a meaning of their own, with the settings that they set.
const VARIABLES: [(&str, &str); 5] = [
    ("LOOPBACK_ENV", "environment"),
    ("NODE_ENV", "environment"),
    ("PORT", "port"),
    ("HOST", "host"),
    ("LOOPBACK_MIGRATE", "loopback.migrate"),
];

/// Variables that set something which no file has.
const OTHER_VARIABLES: [&str; 5] = ["LOOPBACK_CONFIG", "MAIL_URL", "MAIL_FROM", "LOOPBACK_METRICS", "LOOPBACK_LOG"];

/// The component that says where the explorer is.
const EXPLORER: &str = "loopback-component-explorer";

/// In this order they are shown.
const FILES: [&str; 6] = ["config", "datasources", "model-config", "middleware", "component-config", "environment"];

/// What of a data source is replaced with its URL.
const OF_URL: [&str; 13] = [
    "url",
    "connectionString",
    "connector",
    "adapter",
    "host",
    "hostname",
    "port",
    "user",
    "username",
    "password",
    "database",
    "socketPath",
    "file",
];

/// What files and the environment say, as people may see it.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// Every value of the files.
    values: Vec<Shown>,
    /// Variables that are set, with the settings that they set.
    variables: Vec<(&'static str, &'static str)>,
    /// Those that set something which no file has.
    others: Vec<Shown>,
    /// The data source whose URL is that of `DATABASE_URL`.
    url_of: Option<String>,
    /// What the app was configured with when all this was applied: what is something else now was set by code.
    settled: Vec<(&'static str, Json)>,
    sources: Vec<(String, Json)>,
    settings: Map<String, Json>,
}

impl Said {
    pub(super) fn of(values: Vec<Shown>, variables: &Variables) -> Self {
        let set = |(name, _): &(&'static str, &'static str)| variables.filled(name).is_some();
        let other = |name: &&'static str| {
            let value = variables.filled(name)?;
            let from = format!("environment variable {name}");
            Some(Shown { file: "environment", path: (*name).to_owned(), value: shown(value).into(), from })
        };
        Self {
            values,
            variables: VARIABLES.into_iter().filter(set).collect(),
            others: OTHER_VARIABLES.iter().filter_map(other).collect(),
            ..Self::default()
        }
    }

    /// Where files say a setting: where they say what it is, or else first.
    fn place(&self, path: &str, value: &Json, is_default: bool) -> Option<&Shown> {
        let find = |(file, path): (&str, &str)| {
            self.values.iter().find(|value| value.file == file && value.path == path && !value.value.is_null())
        };
        let mut places = vec![("config", path), ("component-config", path)];
        let more: &[(&str, &str)] = match path {
            "restApiRoot" => {
                &[("middleware", "routes.loopback#rest.paths[0]"), ("middleware", "routes.loopback#rest.paths")]
            }
            "remoting.json.limit" => &[
                ("middleware", "parse.body-parser#json.params.limit"),
                ("middleware", "parse.body-parser.params.limit"),
                ("config", "remoting.urlencoded.limit"),
            ],
            "loopback.title" => &[("component-config", "loopback-component-explorer.apiInfo.title")],
            "loopback.version" => &[("component-config", "loopback-component-explorer.apiInfo.version")],
            "loopback.description" => &[("component-config", "loopback-component-explorer.apiInfo.description")],
            "loopback.explorer" => {
                &[("component-config", "loopback-component-explorer.enabled"), ("component-config", EXPLORER)]
            }
            _ => &[],
        };
        places.extend(more);
        let found: Vec<&Shown> = places.into_iter().filter_map(find).collect();
        // What brings it with it.
        let brings = || match path {
            _ if is_default => None,
            "loopback.explorer" => self.values.iter().find(|value| value.path.starts_with(EXPLORER)),
            _ => find(("config", "loopback.compat")),
        };
        found.iter().find(|found| found.value == *value).or(found.first()).copied().or_else(brings)
    }
}

impl AppBuilder {
    /// Notes what files and the environment have made of the app.
    pub(super) fn note_said(&mut self, mut said: Said, url_of: Option<String>) {
        said.url_of = url_of;
        said.settled = self.effective();
        said.sources = self.effective_sources();
        said.settings.clone_from(&self.configured.settings);
        self.configured.said = said;
    }

    /// Every value that the app is configured with, in the order of the files.
    pub(in crate::app) fn shown(&self) -> Vec<Shown> {
        let said = &self.configured.said;
        let mut all = self.shown_settings();
        let rest = |file: &str| {
            let of_file = said.values.iter().filter(move |value| value.file == file);
            of_file.cloned().collect::<Vec<_>>()
        };
        all.extend(self.shown_sources(rest("datasources")));
        for file in ["model-config", "middleware", "component-config"] {
            let known = |value: &Shown| all.iter().any(|known| (known.file, &known.path) == (value.file, &value.path));
            let more: Vec<Shown> = rest(file).into_iter().filter(|value| !known(value)).collect();
            all.extend(more);
        }
        all.sort_by_key(|value| FILES.iter().position(|file| *file == value.file));
        all.extend(said.others.iter().cloned());
        all
    }

    /// The settings that the framework knows, and those of the application.
    fn shown_settings(&self) -> Vec<Shown> {
        let said = &self.configured.said;
        let defaults = Self { environment: self.environment, ..Self::new() }.effective();
        let mut all: Vec<Shown> = Vec::new();
        for ((path, value), (_, default)) in self.effective().into_iter().zip(defaults) {
            let settled = said.settled.iter().find(|(known, _)| *known == path).map_or(&default, |(_, value)| value);
            let variable = said.variables.iter().find(|(_, set)| *set == path);
            let from = if *settled != value {
                "code".to_owned()
            } else if let Some((variable, _)) = variable {
                format!("environment variable {variable}")
            } else if let Some(found) = said.place(path, &value, value == default) {
                found.from.clone()
            } else if value == default {
                "default".to_owned()
            } else if path == "enableAuth" {
                "model-config names models of users or rules".to_owned()
            } else {
                "files".to_owned()
            };
            let file = if path.starts_with(EXPLORER) { "component-config" } else { "config" };
            all.push(Shown { file, path: path.to_owned(), value, from });
        }
        let own = |value: &&Shown| value.file == "config" && !all.iter().any(|known| known.path == value.path);
        let own: Vec<Shown> = said.values.iter().filter(own).cloned().collect();
        let now = &self.configured.settings;
        let changed = |path: &str| {
            let name = path.split(['.', '[']).next().unwrap_or(path);
            now.get(name) != said.settings.get(name)
        };
        all.extend(own.into_iter().filter(|value| !changed(&value.path)));
        let by_code = now.iter().filter(|(name, value)| said.settings.get(*name) != Some(value));
        all.extend(by_code.map(|(name, value)| Shown {
            file: "config",
            path: name.clone(),
            value: shown_json(name, value),
            from: "code".to_owned(),
        }));
        all
    }

    /// The data sources: as the files have them, or where they are.
    fn shown_sources(&self, mut of_files: Vec<Shown>) -> Vec<Shown> {
        let said = &self.configured.said;
        let mut all = Vec::new();
        let mut sources = self.effective_sources();
        if sources.is_empty() {
            sources.push(("db".to_owned(), shown(&super::own_database().url).into()));
        }
        for (name, url) in sources {
            let settled = said.sources.iter().find(|(known, _)| *known == name);
            let begins = format!("{name}.");
            let of_file = |value: &Shown| value.path.strip_prefix(&begins).map(str::to_owned);
            let in_files = of_files.iter().any(|value| of_file(value).is_some());
            let from = match settled {
                _ if self.data_sources.is_empty() => "default",
                Some((_, known)) if *known != url => "code",
                Some(_) if said.url_of.as_ref() == Some(&name) => "environment variable DATABASE_URL",
                Some(_) if in_files => continue,
                _ => "code",
            };
            match from {
                "code" => of_files.retain(|value| of_file(value).is_none()),
                _ => of_files.retain(|value| of_file(value).is_none_or(|key| !OF_URL.contains(&&*key))),
            }
            all.push(Shown {
                file: "datasources",
                path: format!("{name}.{}", self.shown_key(&name)),
                value: url,
                from: from.to_owned(),
            });
        }
        all.extend(of_files);
        all
    }

    /// What the framework goes by.
    fn effective(&self) -> Vec<(&'static str, Json)> {
        let environment = match self.environment {
            Environment::Development => "development",
            Environment::Production => "production",
        };
        let migrate = match self.migrate {
            Migrate::Auto => "auto",
            Migrate::Update => "update",
            Migrate::Recreate => "recreate",
            Migrate::Check => "check",
            Migrate::Leave => "leave",
        };
        let strict = match self.strict {
            Strict::Validate => "validate",
            Strict::Throw => "throw",
            Strict::Ignore => "ignore",
            Strict::Free => "free",
        };
        let relation_acl = match self.relation_acl {
            RelationAcl::Both => "both",
            RelationAcl::Called => "called",
        };
        let openapi = self.openapi_options();
        vec![
            ("environment", environment.into()),
            ("host", self.host.as_deref().unwrap_or_else(|| self.usual_host()).into()),
            ("port", self.port.into()),
            ("restApiRoot", self.rest_root.as_str().into()),
            ("remoting.json.limit", self.body_limit.into()),
            ("remoting.urlencoded.limit", self.form_limit.unwrap_or(self.body_limit).into()),
            ("remoting.rest.xml", self.xml.into()),
            ("enableAuth", self.is_enforced().into()),
            ("defaultPermission", self.default_permission.as_str().into()),
            ("aclErrorStatus", self.acl_error_status.into()),
            ("loopback.migrate", migrate.into()),
            ("loopback.title", openapi.title.into()),
            ("loopback.version", openapi.version.into()),
            ("loopback.description", openapi.description.map_or(Json::Null, Json::from)),
            ("loopback.explorer", self.documents.explorer.unwrap_or(self.is_development()).into()),
            ("loopback.strict", strict.into()),
            ("loopback.replaceOnPUT", self.replace_on_put.into()),
            ("loopback.foreignKeyConstraints", self.foreign_key_constraints.into()),
            ("loopback.implicitTransactions", self.implicit_transactions.into()),
            ("loopback.defaultLimit", json!(self.default_limit)),
            ("loopback.maxLimit", json!(self.max_limit)),
            ("loopback.hookTimeout", json!(self.hook_timeout.as_secs_f64())),
            ("loopback.relationAcl", relation_acl.into()),
            ("loopback.ownerWritable", self.owner_writable.into()),
            ("loopback-component-explorer.mountPath", self.documents.path.as_str().into()),
        ]
    }

    /// What of a data source says where the rows are.
    fn shown_key(&self, name: &str) -> &'static str {
        match self.data_sources.iter().find(|(known, _)| known == name) {
            Some((_, DataSourceOptions::Own(_))) => "connector",
            _ => "url",
        }
    }

    fn effective_sources(&self) -> Vec<(String, Json)> {
        let shown = |(name, options): &(String, DataSourceOptions)| {
            let what = match options {
                DataSourceOptions::Sql(options) => shown(&options.url),
                // Its settings are shown where a file has them; those of code may be secrets.
                DataSourceOptions::Own(options) => options.connector.clone(),
            };
            (name.clone(), what.into())
        };
        self.data_sources.iter().map(shown).collect()
    }
}
