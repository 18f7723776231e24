//! The resolved nodes: what the engine, the router, OpenAPI and the schema planner read.

use super::Kind;
use super::access::AccessNode;
use super::method::MethodNode;
use super::relation::{ForeignKeyNode, RelationNode};
use super::users::UserNode;
use crate::access::Effect;
use crate::events::Listeners;
use crate::hooks::HookTable;
use crate::meta::{CustomAsyncFn, CustomFn, SqlDef, Strict};
use crate::plan::Query;
use crate::value::Value;
use std::borrow::Cow;
use std::collections::HashMap;

/// A model of the graph.
#[derive(Debug)]
pub struct ModelNode {
    /// `CoffeeShop`
    pub name: Box<str>,
    /// The models that it extends, the nearest first.
    pub bases: Vec<Box<str>>,
    /// `CoffeeShops`
    pub plural: Box<str>,
    /// `/CoffeeShops`
    pub path: Box<str>,
    /// `coffee_shop`
    pub table: Box<str>,
    /// The description.
    pub doc: Box<str>,
    /// The properties by index. After those of the definition comes the one that keeps what has no column, when
    /// `strict` is [`Strict::Free`].
    pub properties: Vec<PropertyNode>,
    /// The index of the id.
    pub id: usize,
    /// The index of the JSON column for properties the model does not have.
    pub free: Option<usize>,
    /// What becomes of a property the model does not have.
    pub strict: Strict,
    /// Whether a client may not give a generated id.
    pub force_id: bool,
    /// Whether the model has REST endpoints.
    pub public: bool,
    /// Whether PUT replaces.
    pub replace_on_put: bool,
    /// Whether clients can listen to its changes.
    pub change_stream: bool,
    /// The data source's name.
    pub data_source: Box<str>,
    /// The indexes, those of uniqueness validations included.
    pub indexes: Vec<IndexNode>,
    /// The remote methods, disabled ones left out.
    pub methods: Vec<MethodNode>,
    /// Their routes by the number of parts, `(method, route)`.
    pub(crate) routes: Vec<Vec<(usize, usize)>>,
    /// The operation hooks.
    pub(crate) hooks: HookTable,
    /// Who listens to what happens to its rows.
    pub(crate) events: Listeners,
    /// Whether what an operation and its hooks write is written as a whole.
    pub implicit_transactions: bool,
    /// The property that has the time of the last change.
    pub(crate) updated: Option<usize>,
    /// The property that has the time of the deletion, when a deleted row stays.
    pub(crate) deleted: Option<usize>,
    /// The relations by index.
    pub relations: Vec<RelationNode>,
    /// The foreign keys that the database guards.
    pub foreign_keys: Vec<ForeignKeyNode>,
    /// Whether it has no table and no endpoints: it is embedded in other models.
    pub transient: bool,
    /// Whether it has no id: only what is embedded may do without.
    pub id_less: bool,
    /// The query that every query of the model starts from.
    pub default_scope: Option<Query>,
    /// Queries with a name.
    pub scopes: Vec<ScopeNode>,
    /// Rows that a client gets when it names no limit.
    pub default_limit: Option<u64>,
    /// The greatest limit that a client may name.
    pub max_limit: Option<u64>,
    /// Access control.
    pub access: AccessNode,
    /// What makes it a model of users.
    pub user: Option<UserNode>,
    /// Whether what is written to it changes who may do what.
    pub(crate) authority: Effect,
    /// Whether it is one of the framework's own.
    pub(crate) built_in: bool,
    /// Where it was defined.
    pub location: String,
    /// The columns of an answer to a client: all but hidden ones, with the one of properties without a column.
    pub(crate) visible: Vec<usize>,
    /// As [`visible`](Self::visible), where another model's answer includes it: without protected ones.
    pub(crate) visible_included: Vec<usize>,
    pub(crate) quoted_table: Quoted,
    pub(super) by_name: HashMap<Box<str>, usize>,
}

impl ModelNode {
    /// The model that it extends.
    pub fn base(&self) -> Option<&str> {
        self.bases.first().map(AsRef::as_ref)
    }

    /// Whether it is the model with a name, or extends it: a `Puppy` is a `Dog` and an `Animal`.
    pub fn is_a(&self, name: &str) -> bool {
        *self.name == *name || self.bases.iter().any(|base| **base == *name)
    }

    /// The index of a property, by its JSON name.
    pub fn property(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The index of a relation, by its JSON name.
    pub fn relation(&self, name: &str) -> Option<usize> {
        self.relations.iter().position(|relation| *relation.name == *name)
    }

    /// The id's node.
    pub fn id_property(&self) -> &PropertyNode {
        &self.properties[self.id]
    }

    /// The properties a client can name: all but the one that keeps what has no column.
    pub fn named(&self) -> impl Iterator<Item = (usize, &PropertyNode)> {
        self.properties.iter().enumerate().filter(|(at, _)| Some(*at) != self.free)
    }

    /// Whether the framework has made it, for the links of a `hasAndBelongsToMany`.
    pub(crate) fn is_link(&self) -> bool {
        self.methods.is_empty() && !self.transient && self.relations.len() == 2 && self.bases.is_empty()
    }

    /// A model that the framework makes: no endpoints, no validations.
    pub(super) fn made(
        name: &str,
        data_source: &str,
        location: &str,
        properties: Vec<PropertyNode>,
        relations: Vec<RelationNode>,
    ) -> Self {
        let table = super::names::snake_case(name);
        let columns: Vec<&str> = properties.iter().skip(1).map(|property| &*property.column).collect();
        let unique = IndexNode {
            name: super::names::index_name("uq", &table, &columns).into(),
            properties: (1..properties.len()).collect(),
            scope: Vec::new(),
            unique: true,
        };
        Self {
            name: name.into(),
            bases: Vec::new(),
            plural: name.into(),
            path: format!("/{name}").into(),
            table: table.as_str().into(),
            doc: "".into(),
            id: 0,
            free: None,
            strict: Strict::Validate,
            force_id: true,
            public: false,
            replace_on_put: false,
            change_stream: false,
            data_source: data_source.into(),
            indexes: vec![unique],
            methods: Vec::new(),
            routes: Vec::new(),
            hooks: HookTable::default(),
            events: Listeners::default(),
            implicit_transactions: true,
            updated: None,
            deleted: None,
            relations,
            foreign_keys: Vec::new(),
            transient: false,
            id_less: false,
            default_scope: None,
            scopes: Vec::new(),
            default_limit: None,
            max_limit: None,
            access: AccessNode::default(),
            user: None,
            authority: Effect::None,
            built_in: false,
            location: location.to_owned(),
            visible: (0..properties.len()).collect(),
            visible_included: (0..properties.len()).collect(),
            quoted_table: Quoted::new(&table),
            by_name: properties.iter().enumerate().map(|(at, property)| (property.name.clone(), at)).collect(),
            properties,
        }
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.properties.len()
    }
}

/// A property of the graph.
#[derive(Debug)]
pub struct PropertyNode {
    /// `openedAt`
    pub name: Box<str>,
    /// `opened_at`
    pub column: Box<str>,
    /// The description.
    pub doc: Box<str>,
    /// What values it takes.
    pub kind: Kind,
    /// Asks the property's type whether it holds a value.
    pub(crate) accepts: Option<crate::meta::AcceptsFn>,
    /// What the framework sets it to; a client has no say in it.
    pub(crate) managed: Option<Managed>,
    /// Whether it must have a value.
    pub required: bool,
    /// Whether the database or the engine makes its value.
    pub generated: bool,
    /// Never in an answer, never in a client's filter.
    pub hidden: bool,
    /// Only in answers of the model itself.
    pub protected: bool,
    /// Whether something inside its value is hidden: a property of embedded data.
    pub(crate) hides: bool,
    /// The default.
    pub default: Default,
    /// The options of the column.
    pub sql: SqlDef,
    /// The validations, presence of required ones first.
    pub validations: Vec<Validation>,
    /// `"openedAt":`, ready for the writer.
    pub(crate) json_key: Box<str>,
    pub(crate) quoted: Quoted,
}

impl PropertyNode {
    /// A property without options.
    pub(super) fn plain(name: &str, column: &str, kind: Kind) -> Self {
        Self {
            name: name.into(),
            column: column.into(),
            doc: "".into(),
            kind,
            accepts: None,
            managed: None,
            required: false,
            generated: false,
            hidden: false,
            protected: false,
            hides: false,
            default: Default::None,
            sql: SqlDef::DEFAULT,
            validations: Vec::new(),
            json_key: format!("{}:", serde_json::Value::from(name)).into(),
            quoted: Quoted::new(column),
        }
    }
}

impl PropertyNode {
    /// A value as a client may see it.
    pub(crate) fn shown<'v>(&self, value: &'v Value) -> Cow<'v, Value> {
        match value {
            Value::Json(json) if self.hides => {
                let mut json = json.clone();
                self.kind.hide(&mut json);
                Cow::Owned(Value::Json(json))
            }
            value => Cow::Borrowed(value),
        }
    }
}

/// What the framework sets a property to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Managed {
    /// The time of the row's creation.
    Created,
    /// The time of its last change.
    Updated,
    /// The time of its deletion.
    Deleted,
}

/// A query with a name.
#[derive(Clone, Debug)]
pub struct ScopeNode {
    /// Its name, `cheap`.
    pub name: Box<str>,
    /// The query.
    pub query: Query,
}

/// An identifier with quotes, ready for the writer of SQL: as the standard has them, and as MySQL has them.
#[derive(Clone, Debug)]
pub(crate) struct Quoted {
    pub(crate) standard: Box<str>,
    pub(crate) mysql: Box<str>,
}

impl Quoted {
    pub(super) fn new(name: &str) -> Self {
        Self {
            standard: format!("\"{}\"", name.replace('"', "\"\"")).into(),
            mysql: format!("`{}`", name.replace('`', "``")).into(),
        }
    }
}

/// The default of a property.
#[derive(Clone)]
#[allow(missing_docs, reason = "the variants are DefaultDef's, described there")]
pub enum Default {
    None,
    Literal(Value),
    Now,
    Uuid,
    Function(fn() -> Value),
}

impl std::fmt::Debug for Default {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Literal(value) => write!(f, "Literal({value:?})"),
            Self::Now => f.write_str("Now"),
            Self::Uuid => f.write_str("Uuid"),
            Self::Function(_) => f.write_str("Function"),
        }
    }
}

/// A validation of the graph.
#[derive(Debug)]
pub struct Validation {
    /// What is asked.
    pub rule: Rule,
    /// `(way to fail, message)`; the empty way stands for all.
    pub messages: Vec<(Box<str>, Box<str>)>,
    /// Whether `null` passes.
    pub allow_null: bool,
    /// Whether `""` passes.
    pub allow_blank: bool,
    /// Whether an absent value passes.
    pub allow_absent: bool,
    /// The property that must be true for the rule to be asked.
    pub when: Option<usize>,
    /// The property that must not be true.
    pub unless: Option<usize>,
}

/// What a validation asks. See [`RuleDef`](crate::meta::RuleDef).
#[allow(missing_docs, reason = "the variants are RuleDef's, described there")]
pub enum Rule {
    Presence,
    Absence,
    Length { min: Option<u64>, max: Option<u64>, is: Option<u64> },
    Numericality { int: bool },
    Range { min: Option<f64>, max: Option<f64> },
    Inclusion(Vec<Value>),
    Exclusion(Vec<Value>),
    Format(regex::Regex),
    Uniqueness { scope: Vec<usize> },
    Custom { name: Box<str>, check: CustomFn },
    CustomAsync { name: Box<str>, check: CustomAsyncFn },
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl Rule {
    /// LoopBack's code of the rule.
    pub fn code(&self) -> &str {
        match self {
            Self::Presence => "presence",
            Self::Absence => "absence",
            Self::Length { .. } => "length",
            Self::Numericality { .. } | Self::Range { .. } => "numericality",
            Self::Inclusion(_) => "inclusion",
            Self::Exclusion(_) => "exclusion",
            Self::Format(_) => "format",
            Self::Uniqueness { .. } => "uniqueness",
            Self::Custom { name, .. } | Self::CustomAsync { name, .. } => name,
        }
    }
}

/// An index of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexNode {
    /// Its name in the database.
    pub name: Box<str>,
    /// The columns whose NULLs differ from each other.
    pub properties: Vec<usize>,
    /// Columns in which NULL equals NULL: the scope of a uniqueness.
    pub scope: Vec<usize>,
    /// Whether two rows may not agree.
    pub unique: bool,
}
