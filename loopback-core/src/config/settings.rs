//! `config`: the settings that the framework knows. All others are the application's own. Answers to loopback-boot
//! `lib/executor.js` (`setHost`, `setPort`, `setApiRoot`, `applyAppConfig`) and to what loopback and strong-remoting read
//! of `app.get('remoting')`.

use super::fault::Faults;
use super::merge::join;
use super::tree::{Entry, Node, Value};
use super::units;
use crate::app::Migrate;
use crate::meta::{Permission, RelationAcl, Strict};
use crate::suggest::did_you_mean;
use serde_json::{Map, Value as Json};
use std::time::Duration;

/// The settings of `config` that are set.
#[derive(Debug, Default)]
pub(crate) struct SettingsConfig {
    pub(crate) rest_root: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) url: Option<String>,
    pub(crate) acl_error_status: Option<u16>,
    pub(crate) default_permission: Option<Permission>,
    pub(crate) enable_auth: Option<bool>,
    pub(crate) body_limit: Option<usize>,
    /// `remoting.urlencoded.limit`.
    pub(crate) form_limit: Option<usize>,
    pub(crate) xml: Option<bool>,
    /// `remoting.sharedMethods`: which methods of all models have endpoints.
    pub(crate) shared_methods: Vec<(String, bool)>,
    pub(crate) own: OwnConfig,
    /// Everything, for `app.setting(..)`.
    pub(crate) all: Map<String, Json>,
}

/// What LoopBack has no setting for: the object `loopback`.
#[derive(Debug, Default)]
pub(crate) struct OwnConfig {
    pub(crate) migrate: Option<Migrate>,
    pub(crate) title: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) explorer: Option<bool>,
    pub(crate) strict: Option<Strict>,
    pub(crate) replace_on_put: Option<bool>,
    pub(crate) foreign_key_constraints: Option<bool>,
    pub(crate) implicit_transactions: Option<bool>,
    pub(crate) default_limit: Option<u64>,
    pub(crate) max_limit: Option<u64>,
    pub(crate) hook_timeout: Option<Duration>,
    pub(crate) relation_acl: Option<RelationAcl>,
    pub(crate) owner_writable: Option<bool>,
    pub(crate) compat: bool,
}

const KNOWN: [&str; 11] = [
    "restApiRoot",
    "host",
    "port",
    "url",
    "remoting",
    "aclErrorStatus",
    "defaultPermission",
    "enableAuth",
    "legacyExplorer",
    "logoutSessionsOnSensitiveChanges",
    "loopback",
];

const REMOTING: [&str; 8] =
    ["context", "rest", "json", "urlencoded", "cors", "errorHandler", "sharedMethods", "authorization"];

const OWN: [&str; 15] = [
    "migrate",
    "title",
    "version",
    "description",
    "explorer",
    "strict",
    "replaceOnPUT",
    "foreignKeyConstraints",
    "implicitTransactions",
    "defaultLimit",
    "maxLimit",
    "hookTimeout",
    "relationAcl",
    "ownerWritable",
    "compat",
];

/// Reads the merged file.
pub(super) fn read(tree: &Node, faults: &mut Faults) -> SettingsConfig {
    let mut settings = SettingsConfig::default();
    for Entry { key, at, node } in tree.entries() {
        if node.is_null() {
            continue;
        }
        match &**key {
            "restApiRoot" => {
                settings.rest_root = node.expect_text(key, faults).filter(|root| {
                    let sound = root.starts_with('/') && !root.contains(['?', '#', '{', '}', '*', ' ']);
                    if !sound {
                        faults.push(&node.at, key, format!("must be a path that begins with `/`, found `{root}`"));
                    }
                    sound
                });
            }
            "host" => settings.host = node.expect_text(key, faults),
            "port" => settings.port = node.expect_number(key, 65_535, faults).and_then(|port| u16::try_from(port).ok()),
            "url" => settings.url = node.expect_text(key, faults),
            "remoting" => remoting(node, &mut settings, faults),
            "aclErrorStatus" => {
                settings.acl_error_status = node
                    .expect_number(key, 599, faults)
                    .and_then(|status| u16::try_from(status).ok())
                    .filter(|status| {
                        let sound = matches!(status, 401 | 403 | 404);
                        if !sound {
                            faults.push(&node.at, key, format!("must be 401, 403 or 404, found {status}"));
                        }
                        sound
                    });
            }
            "defaultPermission" => {
                let words = [("ALLOW", Permission::Allow), ("DENY", Permission::Deny)];
                settings.default_permission = word(node, key, &words, faults);
            }
            "enableAuth" => settings.enable_auth = node.expect_bool(key, faults),
            "legacyExplorer" => {
                if node.expect_bool(key, faults) == Some(true) {
                    faults.notice(at, key, "there are no `/routes` and `/models`; `/openapi.json` says the same");
                }
            }
            "logoutSessionsOnSensitiveChanges" => {
                if node.expect_bool(key, faults) == Some(false) {
                    faults.notice(at, key, "sessions of a user end with a new password or e-mail in any case");
                }
            }
            "loopback" => settings.own = own(node, key, faults),
            _ => {
                let hint = did_you_mean(key, KNOWN);
                if !hint.is_empty() {
                    faults.notice(at, key, format!("is no setting of the framework, and kept as one of the app{hint}"));
                }
            }
        }
    }
    if let Json::Object(all) = tree.to_json() {
        settings.all = all;
    }
    settings
}

fn remoting(tree: &Node, settings: &mut SettingsConfig, faults: &mut Faults) {
    if !tree.expect_object("remoting", faults) {
        return;
    }
    for Entry { key, at, node } in tree.entries() {
        if node.is_null() {
            continue;
        }
        let path = join("remoting", key);
        match &**key {
            "context" => context(node, &path, faults),
            "cors" => {
                if node.as_bool() != Some(false) {
                    faults.push(&node.at, &path, "must be false, as in LoopBack 3: write `cors` into `middleware`");
                }
            }
            "rest" => rest(node, &path, settings, faults),
            "json" | "urlencoded" => {
                let limit = body(node, &path, faults);
                let of = if key == "json" { &mut settings.body_limit } else { &mut settings.form_limit };
                *of = limit;
            }
            "errorHandler" => {
                // LoopBack 3 reads `debug`, `log` and `handler`; the last one is a function.
                if node.expect_object(&path, faults) {
                    faults.notice(at, &path, "has no effect: configure `strong-error-handler` in `middleware`");
                }
            }
            "sharedMethods" => settings.shared_methods = shared_methods(node, &path, faults),
            "authorization" => {}
            _ => unknown(at, &path, key, &REMOTING, faults),
        }
    }
}

/// LoopBack 2's: whether `loopback.getCurrentContext()` knows the request.
fn context(node: &Node, path: &str, faults: &mut Faults) {
    const KEY: &str = "enableHttpContext";
    let (flag, path) = match &node.value {
        Value::Object(_) => {
            for Entry { key, at, .. } in node.entries().iter().filter(|entry| entry.key != KEY) {
                unknown(at, &join(path, key), key, &[KEY], faults);
            }
            let Some(flag) = node.get(KEY) else { return };
            (flag, join(path, KEY))
        }
        _ => (node, path.to_owned()),
    };
    if flag.expect_bool(&path, faults) == Some(true) {
        faults.notice(&flag.at, &path, "has no effect: every call has its context, see `current_context()`");
    }
}

fn rest(tree: &Node, path: &str, settings: &mut SettingsConfig, faults: &mut Faults) {
    const KNOWN: [&str; 6] =
        ["handleErrors", "handleUnknownPaths", "normalizeHttpPath", "xml", "supportedTypes", "passAccessToken"];
    if !tree.expect_object(path, faults) {
        return;
    }
    for Entry { key, at, node } in tree.entries() {
        let path = join(path, key);
        match &**key {
            "xml" => settings.xml = node.expect_bool(&path, faults),
            // Errors and unknown paths are answered in one way, by whoever they are met.
            "handleErrors" | "handleUnknownPaths" => {}
            "normalizeHttpPath" => {
                if node.expect_bool(&path, faults) == Some(true) {
                    faults.notice(at, &path, "has no effect: paths of methods are as they are written");
                }
            }
            "supportedTypes" | "passAccessToken" => faults.notice(at, &path, "has no effect"),
            _ => unknown(at, &path, key, &KNOWN, faults),
        }
    }
}

/// The limit of `remoting.json` and `remoting.urlencoded`.
fn body(tree: &Node, path: &str, faults: &mut Faults) -> Option<usize> {
    const KNOWN: [&str; 8] = ["strict", "limit", "extended", "inflate", "type", "verify", "reviver", "parameterLimit"];
    if !tree.expect_object(path, faults) {
        return None;
    }
    let mut limit = None;
    for Entry { key, at, node } in tree.entries() {
        let path = join(path, key);
        match &**key {
            "limit" => {
                limit = units::bytes(&node.to_json()).ok();
                if limit.is_none() {
                    faults.push(&node.at, &path, "must be a number of bytes, or a text as `100kb`, `1.5mb`");
                }
            }
            "strict" => {
                if node.expect_bool(&path, faults) == Some(true) {
                    faults.notice(at, &path, "has no effect: what a method takes is decided by its arguments");
                }
            }
            "extended" => {}
            known if KNOWN.contains(&known) => faults.notice(at, &path, "has no effect"),
            _ => unknown(at, &path, key, &KNOWN, faults),
        }
    }
    limit
}

/// `{"*": false, "find": true}`.
pub(super) fn shared_methods(tree: &Node, path: &str, faults: &mut Faults) -> Vec<(String, bool)> {
    if !tree.expect_object(path, faults) {
        return Vec::new();
    }
    let words = tree.entries().iter().filter(|entry| !entry.node.is_null());
    words
        .filter_map(|entry| Some((entry.key.clone(), entry.node.expect_bool(&join(path, &entry.key), faults)?)))
        .collect()
}

fn own(tree: &Node, path: &str, faults: &mut Faults) -> OwnConfig {
    let mut own = OwnConfig::default();
    if !tree.expect_object(path, faults) {
        return own;
    }
    for Entry { key, at, node } in tree.entries() {
        if node.is_null() {
            continue;
        }
        let path = &join(path, key);
        match &**key {
            "migrate" => {
                let words = [
                    ("auto", Migrate::Auto),
                    ("update", Migrate::Update),
                    ("check", Migrate::Check),
                    ("leave", Migrate::Leave),
                ];
                own.migrate = word(node, path, &words, faults);
            }
            "title" => own.title = node.expect_text(path, faults),
            "version" => own.version = node.expect_text(path, faults),
            "description" => own.description = node.expect_text(path, faults),
            "explorer" => own.explorer = node.expect_bool(path, faults),
            "strict" => {
                let words = [("validate", Strict::Validate), ("ignore", Strict::Ignore)];
                own.strict = word(node, path, &words, faults);
            }
            "replaceOnPUT" => own.replace_on_put = node.expect_bool(path, faults),
            "foreignKeyConstraints" => own.foreign_key_constraints = node.expect_bool(path, faults),
            "implicitTransactions" => own.implicit_transactions = node.expect_bool(path, faults),
            "defaultLimit" => own.default_limit = node.expect_number(path, u64::MAX, faults),
            "maxLimit" => own.max_limit = node.expect_number(path, u64::MAX, faults),
            "hookTimeout" => own.hook_timeout = node.expect_number(path, 86_400, faults).map(Duration::from_secs),
            "relationAcl" => {
                let words = [("both", RelationAcl::Both), ("called", RelationAcl::Called)];
                own.relation_acl = word(node, path, &words, faults);
            }
            "ownerWritable" => own.owner_writable = node.expect_bool(path, faults),
            "compat" => own.compat = word(node, path, &[("loopback3", ())], faults).is_some(),
            _ => {
                let hint = did_you_mean(key, OWN);
                faults.push(at, path, format!("is not known here{hint}"));
            }
        }
    }
    own
}

fn word<T: Copy>(node: &Node, path: &str, words: &[(&str, T)], faults: &mut Faults) -> Option<T> {
    let text = node.expect_text(path, faults)?;
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    if found.is_none() {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let hint = did_you_mean(&text, names.iter().copied());
        faults.push(&node.at, path, format!("must be {}, found `{text}`{hint}", super::data_sources::listed(&names)));
    }
    found
}

fn unknown(at: &super::tree::Place, path: &str, key: &str, known: &[&str], faults: &mut Faults) {
    let hint = did_you_mean(key, known.iter().copied());
    if hint.is_empty() {
        faults.notice(at, path, "is not known here and has no effect");
    } else {
        faults.push(at, path, format!("is not known here{hint}"));
    }
}
