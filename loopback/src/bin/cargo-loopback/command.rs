//! What was asked for, as data.

use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    New(New),
    Model(Model),
    Property { model: String, specs: Vec<String> },
    Relation(Relation),
    Acl(Acl),
    RemoteMethod(RemoteMethod),
    Hook { model: String, phase: String, name: Option<String> },
    RemoteHook { model: String, method: String, when: When, name: Option<String> },
    DataSource { name: String, url: String },
    Middleware { name: String, phase: Option<String> },
    BootScript { name: String, order: Option<i64> },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct New {
    pub(crate) name: String,
    pub(crate) database: Database,
    pub(crate) users: bool,
    pub(crate) json: bool,
    pub(crate) empty: bool,
    /// Where the framework's own source is.
    pub(crate) loopback: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Database {
    #[default]
    Sqlite,
    Postgres,
    MySql,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) specs: Vec<String>,
    pub(crate) base: Option<String>,
    pub(crate) plural: Option<String>,
    pub(crate) http_path: Option<String>,
    pub(crate) table: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) data_source: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) no_public: bool,
    pub(crate) transient: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Relation {
    pub(crate) model: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) target: String,
    pub(crate) through: Option<String>,
    pub(crate) foreign_key: Option<String>,
    pub(crate) required: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Acl {
    pub(crate) model: String,
    pub(crate) allow: bool,
    pub(crate) principal: String,
    pub(crate) access: Option<String>,
    pub(crate) method: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RemoteMethod {
    pub(crate) model: String,
    pub(crate) name: String,
    pub(crate) instance: bool,
    pub(crate) verb: String,
    pub(crate) http_path: Option<String>,
    pub(crate) specs: Vec<String>,
    pub(crate) returns: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    After,
    AfterError,
}
