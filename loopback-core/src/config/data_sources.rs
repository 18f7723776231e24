//! `datasources`: what LoopBack's connectors take, as options of ours. Answers to `generateOptions` of
//! loopback-connector-mysql, the constructor of loopback-connector-postgresql, and juggler `lib/connectors/memory.js`.

use super::fault::Faults;
use super::merge::join;
use super::tree::{Entry, Node, Place, Value};
use crate::connector::ConnectorOptions;
use crate::connector::sql::ConnectOptions;
use crate::escape::percent_encoded;
use crate::suggest::did_you_mean;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// A data source of a file.
#[derive(Debug)]
pub(crate) struct SourceConfig {
    pub(crate) name: String,
    pub(crate) at: Place,
    pub(crate) kind: SourceKind,
    /// It is the default one of its kind (`defaultForType`).
    pub(crate) default: bool,
}

/// What a data source is for.
#[derive(Debug)]
pub(crate) enum SourceKind {
    Database(ConnectOptions),
    /// The settings as LoopBack writes them.
    Mail(Node),
    /// LoopBack's `transient` connector: it keeps nothing.
    Transient,
    /// A connector that code has to name; whether it does is known when the app is built.
    Own(ConnectorOptions),
}

/// The connectors there are, with the names that LoopBack's have.
pub(crate) const CONNECTORS: [&str; 7] = ["memory", "sqlite3", "postgresql", "mysql", "mariadb", "mail", "transient"];

/// What every data source may say.
const COMMON: [&str; 4] = ["connector", "adapter", "name", "defaultForType"];

/// What has no effect here, and needs none: LoopBack's apps have it.
const HARMLESS: [&str; 26] = [
    "debug",
    "lazyConnect",
    "initialize",
    "strictObjectIDCoercion",
    "connectionTimeout",
    "supportBigNumbers",
    "bigNumberStrings",
    "waitForConnections",
    "queueLimit",
    "min",
    "idleTimeoutMillis",
    "createDatabase",
    "allowExtendedOperators",
    "defaultIdSort",
    "localStorage",
    "maxOfflineRequests",
    "charset",
    "collation",
    "insecureAuth",
    "multipleStatements",
    "dateStrings",
    "legacyUtcDateProcessing",
    "onError",
    "timezone",
    "keepAlive",
    "driver",
];

/// What a SQL database on a server takes.
const SERVER: [&str; 16] = [
    "url",
    "connectionString",
    "host",
    "hostname",
    "port",
    "user",
    "username",
    "password",
    "database",
    "schema",
    "ssl",
    "socketPath",
    "connectionLimit",
    "max",
    "acquireTimeout",
    "connectionTimeoutMillis",
];

/// Where a database is, when no URL says so.
const PLACES: [&str; 6] = ["host", "hostname", "database", "socketPath", "file", "file_name"];

/// The paths of URLs that may be set nowhere: LoopBack's apps write `"url": "${DATABASE_URL}"` beside a host, which counts
/// then. Without anything else that is not set a database is another one, or is opened without its password.
pub(super) fn optional(tree: &Node) -> Vec<String> {
    let placed = tree.entries().iter().filter(|entry| PLACES.iter().any(|key| entry.node.get(key).is_some()));
    placed.flat_map(|entry| ["url", "connectionString"].map(|key| join(&entry.key, key))).collect()
}

/// Reads the data sources of the merged file.
pub(super) fn read(tree: &Node, faults: &mut Faults) -> Vec<SourceConfig> {
    let mut sources: Vec<SourceConfig> = Vec::new();
    for entry in tree.entries() {
        // Taken away by a later layer.
        if entry.node.is_null() || !entry.node.expect_object(&entry.key, faults) {
            continue;
        }
        if let Some(source) = source(entry, faults) {
            sources.push(source);
        }
    }
    sources
}

fn source(entry: &Entry, faults: &mut Faults) -> Option<SourceConfig> {
    let (name, node) = (&entry.key, &entry.node);
    let mut reader = Reader { node, path: name, faults };
    let connector = reader.text("connector").or_else(|| reader.text("adapter"));
    let url = reader.text("url").or_else(|| reader.text("connectionString"));
    let Some(connector) = connector.or_else(|| url.as_deref().and_then(connector_of_url).map(str::to_owned)) else {
        let stray = entry.node.entries().iter().find(|entry| !did_you_mean(&entry.key, ["connector"]).is_empty());
        let hint = stray.map(|entry| format!("; did you mean `connector` by `{}`?", entry.key)).unwrap_or_default();
        let message = format!("names no connector{hint}; there are {}", listed(&CONNECTORS));
        reader.faults.push(&entry.at, name, message);
        return None;
    };
    let plain = connector.strip_prefix("loopback-connector-").unwrap_or(&connector);
    let kind = match plain {
        "memory" => SourceKind::Database(reader.memory()),
        "sqlite3" | "sqlite" => SourceKind::Database(reader.sqlite(url)?),
        "postgresql" | "postgres" => SourceKind::Database(reader.server("postgres", url)?),
        "mysql" | "mariadb" => SourceKind::Database(reader.server("mysql", url)?),
        "mail" => SourceKind::Mail(node.clone()),
        "transient" => SourceKind::Transient,
        other => {
            let at = node.get("connector").map_or(&entry.at, |node| &node.at);
            if other.starts_with("./") || other.starts_with("../") {
                let message = format!(
                    "the connector `{other}` is JavaScript, which is not run; there are {}, and those of `.connector(..)`",
                    listed(&CONNECTORS)
                );
                reader.faults.push(at, &format!("{name}.connector"), message);
                return None;
            }
            SourceKind::Own(own(connector, node, at))
        }
    };
    let default = match reader.text("defaultForType").as_deref() {
        None => false,
        Some("db") => matches!(kind, SourceKind::Database(_) | SourceKind::Own(_)),
        Some("mail") => matches!(kind, SourceKind::Mail(_)),
        Some(other) => {
            let message = format!("must be `db` or `mail`, found `{other}`");
            reader.faults.push(&node.at, &format!("{name}.defaultForType"), message);
            false
        }
    };
    Some(SourceConfig { name: name.clone(), at: entry.at.clone(), kind, default })
}

/// All settings of a data source, for a connector of which nothing is known here.
fn own(connector: String, node: &Node, at: &Place) -> ConnectorOptions {
    let kept = node.entries().iter().filter(|entry| !COMMON.contains(&&*entry.key) && !entry.node.is_null());
    let settings = kept.map(|entry| (entry.key.clone(), entry.node.to_json())).collect();
    ConnectorOptions { connector, settings, location: Some(at.to_string()) }
}

fn connector_of_url(url: &str) -> Option<&'static str> {
    match url.split(':').next()? {
        "sqlite" => Some("sqlite3"),
        "postgres" | "postgresql" => Some("postgresql"),
        "mysql" | "mariadb" => Some("mysql"),
        _ => None,
    }
}

struct Reader<'r> {
    node: &'r Node,
    path: &'r str,
    faults: &'r mut Faults,
}

impl Reader<'_> {
    fn text(&mut self, key: &str) -> Option<String> {
        let node = self.node.get(key)?;
        let text = node.expect_text(&format!("{}.{key}", self.path), self.faults)?;
        // An empty text is what a variable that is set to nothing leaves.
        Some(text).filter(|text| !text.is_empty())
    }

    fn first_text(&mut self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.text(key))
    }

    fn number(&mut self, key: &str, most: u64) -> Option<u64> {
        let node = self.node.get(key)?;
        if node.as_text().is_some_and(str::is_empty) {
            return None;
        }
        node.expect_number(&format!("{}.{key}", self.path), most, self.faults)
    }

    /// Keys that nobody reads: one that is near to one that is read is a mistake, others are told.
    fn others(&mut self, known: &[&str]) {
        for entry in self.node.entries() {
            let key = &*entry.key;
            if known.contains(&key) || COMMON.contains(&key) || HARMLESS.contains(&key) || entry.node.is_null() {
                continue;
            }
            let path = format!("{}.{key}", self.path);
            let hint = did_you_mean(key, known.iter().copied().chain(["connector", "defaultForType"]));
            if hint.is_empty() {
                self.faults.notice(&entry.at, &path, "is not known here and has no effect");
            } else {
                self.faults.push(&entry.at, &path, format!("is no setting of this connector{hint}"));
            }
        }
    }

    fn memory(&mut self) -> ConnectOptions {
        self.others(&["file", "localStorage"]);
        match self.text("file") {
            None => ConnectOptions::new("sqlite::memory:"),
            Some(file) => {
                // LoopBack keeps JSON there. Its file is left as it is.
                let path = Path::new(&file);
                let json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
                let kept = if json { path.with_extension("db").display().to_string() } else { file.clone() };
                if json {
                    let at = self.node.get("file").map_or(&self.node.at, |node| &node.at);
                    let message =
                        format!("data is kept in the SQLite file `{kept}`; `{file}`, if there is one, is not read");
                    self.faults.notice(at, &format!("{}.file", self.path), message);
                }
                ConnectOptions::new(sqlite_url(&kept))
            }
        }
    }

    fn sqlite(&mut self, url: Option<String>) -> Option<ConnectOptions> {
        self.others(&["url", "file", "file_name", "acquireTimeout", "connectionLimit", "max"]);
        let file = self.first_text(&["file", "file_name"]);
        let url = match (url, file) {
            (Some(url), _) if url.starts_with("sqlite:") => url,
            (Some(file), _) | (None, Some(file)) => sqlite_url(&file),
            (None, None) => {
                let message = "names no file: `\"file\": \"shop.db\"`, or `\":memory:\"`";
                self.faults.push(&self.node.at, self.path, message);
                return None;
            }
        };
        Some(self.pool(ConnectOptions::new(url)))
    }

    fn server(&mut self, scheme: &str, url: Option<String>) -> Option<ConnectOptions> {
        let postgres = scheme == "postgres";
        self.others(&SERVER);
        let mut url = match url {
            Some(url) => {
                if connector_of_url(&url) != connector_of_url(&format!("{scheme}:")) {
                    let at = self.node.get("url").map_or(&self.node.at, |node| &node.at);
                    // Not the URL: there is a password in it.
                    let message = format!("must begin with `{scheme}://`");
                    self.faults.push(at, &format!("{}.url", self.path), message);
                    return None;
                }
                url
            }
            None => self.assembled(scheme),
        };
        for (key, value) in self.ssl(postgres) {
            if !has_parameter(&url, &["sslmode", "ssl-mode"]) || !key.ends_with("mode") {
                add(&mut url, key, &value);
            }
        }
        if let Some(schema) = self.text("schema") {
            // MySQL has no schemas beside databases; LoopBack overlooks it there.
            if postgres && schema != "public" {
                let sound = schema.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'));
                if sound {
                    add(&mut url, "options", &format!("-c search_path={schema}"));
                } else {
                    let at = self.node.get("schema").map_or(&self.node.at, |node| &node.at);
                    let message = "may have letters, digits, `_` and `$`";
                    self.faults.push(at, &format!("{}.schema", self.path), message);
                }
            }
        }
        Some(self.pool(ConnectOptions::new(url)))
    }

    fn assembled(&mut self, scheme: &str) -> String {
        let host = self.first_text(&["host", "hostname"]).unwrap_or_else(|| "localhost".to_owned());
        let socket = self.text("socketPath");
        let mut url = format!("{scheme}://");
        if let Some(user) = self.first_text(&["username", "user"]) {
            url.push_str(&percent_encoded(&user));
            if let Some(password) = self.text("password") {
                let _ = write!(url, ":{}", percent_encoded(&password));
            }
            url.push('@');
        }
        // PostgreSQL's drivers take a folder of sockets for a host.
        let folder = host.starts_with('/').then(|| host.clone());
        if folder.is_some() {
            url.push_str("localhost");
        } else if host.contains(':') && !host.starts_with('[') {
            let _ = write!(url, "[{host}]");
        } else {
            url.push_str(&host);
        }
        if let Some(port) = self.number("port", 65_535) {
            let _ = write!(url, ":{port}");
        }
        if let Some(database) = self.text("database") {
            let _ = write!(url, "/{}", percent_encoded(&database));
        }
        if let Some(path) = socket.or(folder) {
            add(&mut url, if scheme == "mysql" { "socket" } else { "host" }, &path);
        }
        url
    }

    /// The parameters of the URL that `ssl` stands for.
    fn ssl(&mut self, postgres: bool) -> Vec<(&'static str, String)> {
        let Some(node) = self.node.get("ssl") else { return Vec::new() };
        let path = format!("{}.ssl", self.path);
        let (mode, require, verify) =
            if postgres { ("sslmode", "require", "verify-full") } else { ("ssl-mode", "REQUIRED", "VERIFY_IDENTITY") };
        match &node.value {
            Value::Object(_) => {
                let mut parameters = Vec::new();
                let trusting = match node.get("rejectUnauthorized") {
                    Some(flag) => flag.expect_bool(&format!("{path}.rejectUnauthorized"), self.faults) == Some(false),
                    None => false,
                };
                parameters.push((mode, if trusting { require } else { verify }.to_owned()));
                for (key, parameter) in [("ca", "ssl-ca"), ("cert", "ssl-cert"), ("key", "ssl-key")] {
                    let Some(file) = node.get(key) else { continue };
                    let path = format!("{path}.{key}");
                    let Some(text) = file.expect_text(&path, self.faults) else { continue };
                    if text.contains("-----BEGIN") {
                        self.faults.push(&file.at, &path, "write it into a file, and its path here");
                    } else {
                        parameters.push((parameter, text));
                    }
                }
                for entry in node.entries() {
                    if !["ca", "cert", "key", "rejectUnauthorized"].contains(&&*entry.key) {
                        let hint = did_you_mean(&entry.key, ["ca", "cert", "key", "rejectUnauthorized"]);
                        self.faults.push(
                            &entry.at,
                            &format!("{path}.{}", entry.key),
                            format!("is not known here{hint}"),
                        );
                    }
                }
                parameters
            }
            _ => match node.as_bool() {
                Some(true) => vec![(mode, require.to_owned())],
                Some(false) => Vec::new(),
                None => {
                    self.faults.push(
                        &node.at,
                        &path,
                        "must be true, false, or an object with `ca`, `cert`, `key`, `rejectUnauthorized`",
                    );
                    Vec::new()
                }
            },
        }
    }

    fn pool(&mut self, mut options: ConnectOptions) -> ConnectOptions {
        let most = self.number("connectionLimit", 10_000).or_else(|| self.number("max", 10_000));
        options.max_connections = most.and_then(|most| u32::try_from(most).ok());
        let wait =
            self.number("acquireTimeout", 3_600_000).or_else(|| self.number("connectionTimeoutMillis", 3_600_000));
        // To node's drivers 0 means "for ever"; nobody waits that long.
        if let Some(wait) = wait.filter(|wait| *wait > 0) {
            options.acquire_timeout = Duration::from_millis(wait);
        }
        options
    }
}

fn sqlite_url(file: &str) -> String {
    if file == ":memory:" { "sqlite::memory:".to_owned() } else { format!("sqlite:{file}") }
}

fn has_parameter(url: &str, names: &[&str]) -> bool {
    let Some((_, query)) = url.split_once('?') else { return false };
    query.split('&').any(|pair| names.contains(&pair.split('=').next().unwrap_or(pair)))
}

fn add(url: &mut String, key: &str, value: &str) {
    let separator = if url.contains('?') { '&' } else { '?' };
    let _ = write!(url, "{separator}{key}={}", percent_encoded(value));
}

pub(crate) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
