//! What a model is, as constant data: the only thing an expansion of `#[model]` writes down.
//!
//! No async, no I/O, no query here. [`crate::graph`] resolves these definitions (and, later, definitions made at
//! run time) into one owned graph; the engine reads that graph and never these types.

mod acl;
mod base;
mod boot;
mod hook;
mod kind;
mod method;
mod mixin;
mod relation;
mod validation;
mod verb;

pub use acl::{
    AclDef, PasswordPolicyDef, Permission, PrincipalDef, RelationAcl, RoleResolverDef, RoleResolverEntry,
    RoleResolverFn, UserDef,
};
pub use base::BaseDef;
pub use boot::{BootDef, BootEntry, BootFn};
pub use hook::{HookDef, HookEntry, HookFn, Phase};
pub use kind::{FieldDef, KindDef, ObjectDef};
pub use method::{
    ArgDef, ArgSourceDef, MethodDef, MethodEntry, MethodFn, RemoteHookDef, RemoteHookEntry, RemotePhase, ReturnsDef,
    RouteDef, ShapeDef,
};
pub use mixin::MixinDef;
pub use relation::{OnDelete, RelationDef, RelationKindDef, ScopeDef, ScopeQuery, ThroughDef};
pub use validation::{CustomAsyncFn, CustomFn, Invalid, Literal, MessageDef, RuleDef, ValidationDef};
pub use verb::{AccessType, Verb};

use crate::value::Value;

/// A place in the user's source: where a definition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line, counted from one.
    pub line: u32,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A model that a definition names.
#[derive(Clone, Copy)]
pub enum ModelRef {
    /// That of a type.
    Type(fn() -> &'static ModelDef),
    /// One with a definition that was made at run time.
    Def(&'static ModelDef),
    /// The model of the app with a name: definitions that are made at run time may name those that come after them.
    Named(&'static str),
}

impl ModelRef {
    /// The model's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Type(def) => def().name,
            Self::Def(def) => def.name,
            Self::Named(name) => name,
        }
    }

    /// The model's definition; `None`: it is known by its name alone.
    pub fn def(self) -> Option<&'static ModelDef> {
        match self {
            Self::Type(def) => Some(def()),
            Self::Def(def) => Some(def),
            Self::Named(_) => None,
        }
    }
}

impl std::fmt::Debug for ModelRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // By its name: definitions lead to each other in circles.
        f.write_str(self.name())
    }
}

/// A model, as the attribute saw it.
#[derive(Clone, Copy, Debug)]
pub struct ModelDef {
    /// The model's name, `CoffeeShop`.
    pub name: &'static str,
    /// The doc comment, `""` without one.
    pub doc: &'static str,
    /// The model that this one extends. Its properties and relations come first in this one's, in the same order.
    pub base: Option<ModelRef>,
    /// The table; `None`: the name in snake_case.
    pub table: Option<&'static str>,
    /// The plural name; `None`: as LoopBack makes it.
    pub plural: Option<&'static str>,
    /// The path below the REST root; `None`: `/` and the plural.
    pub http_path: Option<&'static str>,
    /// The properties, those of the base first, then in the order of the fields.
    pub properties: &'static [PropertyDef],
    /// The relations, those of the base first, then in the order of the fields.
    pub relations: &'static [RelationDef],
    /// The rules of access control, in the order in which they were written.
    pub acls: &'static [AclDef],
    /// Everything that is an option.
    pub settings: SettingsDef,
    /// Where the struct stands.
    pub location: Location,
}

/// The options of a model.
#[derive(Clone, Copy, Debug)]
pub struct SettingsDef {
    /// What becomes of a property the model does not have; `None`: as the app says.
    pub strict: Option<Strict>,
    /// Whether a client may not give a generated id; `None`: it may not when the id is generated.
    pub force_id: Option<bool>,
    /// Whether the model has REST endpoints.
    pub public: bool,
    /// Whether PUT replaces (LoopBack 3) instead of updating (LoopBack 2); `None`: as the app says.
    pub replace_on_put: Option<bool>,
    /// Whether clients can listen to its changes; `None`: as the app says.
    pub change_stream: Option<bool>,
    /// Remote methods without an endpoint: `deleteById`, `prototype.patchAttributes`, ...
    pub disabled: &'static [&'static str],
    /// Which remote methods have endpoints, by name or pattern: LoopBack's `remoting.sharedMethods`.
    pub shared_methods: &'static [(&'static str, bool)],
    /// Remote methods that a definition by JSON declares, and whose code is not here: rules may name them.
    pub declared: &'static [&'static str],
    /// Whether the definition is JSON: what LoopBack leaves alone there is no fault.
    pub by_json: bool,
    /// The data source; `None`: the app's default.
    pub data_source: Option<&'static str>,
    /// Unique or plain indexes over several properties.
    pub indexes: &'static [IndexDef],
    /// Whether it has no table and no endpoints: what other models embed.
    pub transient: bool,
    /// The query that every query of the model starts from.
    pub default_scope: Option<ScopeQuery>,
    /// Queries with a name.
    pub scopes: &'static [ScopeDef],
    /// Rows that a client gets when it names no limit; `None`: as the app says.
    pub default_limit: Option<u64>,
    /// The greatest limit that a client may name; `None`: as the app says.
    pub max_limit: Option<u64>,
    /// Whether what an operation and its hooks write is written as a whole; `None`: as the app says.
    pub implicit_transactions: Option<bool>,
    /// What it has in common with other models.
    pub mixins: &'static [MixinDef],
    /// The relations or properties that `$owner` goes by, by their JSON names; none: `userId`, `owner`, or the first
    /// relation that belongs to a user.
    pub owner: &'static [&'static str],
    /// Whether what `$owner` goes by can be set to somebody else; `None`: as the app says.
    pub owner_writable: Option<bool>,
    /// What holds where no rule does; `None`: as the app says.
    pub default_permission: Option<Permission>,
    /// The status with which a user is refused, 401, 403 or 404; `None`: as the app says.
    pub acl_error_status: Option<u16>,
    /// Which rules are asked over relations; `None`: as the app says.
    pub relation_acl: Option<RelationAcl>,
    /// Whether it is one of the framework's own, which an app has when it needs them.
    pub built_in: bool,
    /// What makes it a model of users.
    pub user: Option<UserDef>,
}

impl SettingsDef {
    /// The settings of `#[model]` without options.
    pub const DEFAULT: Self = Self {
        strict: None,
        force_id: None,
        public: true,
        replace_on_put: None,
        change_stream: None,
        disabled: &[],
        shared_methods: &[],
        declared: &[],
        by_json: false,
        data_source: None,
        indexes: &[],
        transient: false,
        default_scope: None,
        scopes: &[],
        default_limit: None,
        max_limit: None,
        implicit_transactions: None,
        mixins: &[],
        owner: &[],
        owner_writable: None,
        default_permission: None,
        acl_error_status: None,
        relation_acl: None,
        built_in: false,
        user: None,
    };
}

/// LoopBack's `strict`: what becomes of a property that the model does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strict {
    /// `true`: the write is refused with 422 `unknown-property`.
    Validate,
    /// `"throw"`: as `true`.
    ///
    /// Differs from LoopBack: its 400 for `"throw"` comes only from setters in code; over REST it is the same 422.
    Throw,
    /// `"ignore"`: dropped in silence, LoopBack's behaviour for SQL models without the setting.
    Ignore,
    /// `false`: kept in one JSON column, filterable, back at the top level in answers.
    Free,
}

/// An index over several properties.
#[derive(Clone, Copy, Debug)]
pub struct IndexDef {
    /// The properties, by their JSON names.
    pub properties: &'static [&'static str],
    /// Whether two rows may not agree in all of them.
    pub unique: bool,
}

/// A property, as the attribute saw it.
#[derive(Clone, Copy, Debug)]
pub struct PropertyDef {
    /// The JSON key, `openedAt`.
    pub name: &'static str,
    /// The struct's field, `opened_at`.
    pub field: &'static str,
    /// The column, `opened_at`.
    pub column: &'static str,
    /// The doc comment, `""` without one.
    pub doc: &'static str,
    /// What values it takes.
    pub kind: KindDef,
    /// Asks the property's type whether it holds a value; `None`: it holds every value of the kind.
    pub accepts: Option<AcceptsFn>,
    /// Whether it must have a value: its type is not `Option`.
    pub required: bool,
    /// Whether it is the id.
    pub id: bool,
    /// Whether the database (integers) or the engine (UUIDs, strings) makes its value.
    pub generated: bool,
    /// Never in an answer, never in a filter of a client.
    pub hidden: bool,
    /// In answers of the model itself, not in those of others that include it.
    pub protected: bool,
    /// The value it gets when a new row names none.
    pub default: DefaultDef,
    /// Whether the column has an index of its own.
    pub index: bool,
    /// The options of the column.
    pub sql: SqlDef,
    /// The validations, in the order written.
    pub validations: &'static [ValidationDef],
    /// The line of the field.
    pub line: u32,
}

impl PropertyDef {
    /// A property of a type, without options: the base that an expansion completes with `..`.
    pub const fn of<T: crate::value::PropertyType>(
        name: &'static str,
        field: &'static str,
        column: &'static str,
    ) -> Self {
        Self {
            name,
            field,
            column,
            doc: "",
            kind: T::KIND,
            accepts: if T::HOLDS_ALL { None } else { Some(accepts::<T>) },
            required: !T::NULLABLE,
            id: false,
            generated: false,
            hidden: false,
            protected: false,
            default: DefaultDef::None,
            index: false,
            sql: SqlDef::DEFAULT,
            validations: &[],
            line: 0,
        }
    }
}

/// Asks a property's type whether it holds a value.
pub type AcceptsFn = fn(Value) -> Result<(), crate::value::TypeError>;

fn accepts<T: crate::value::PropertyType>(value: Value) -> Result<(), crate::value::TypeError> {
    T::from_value(value).map(drop)
}

/// The default of a property.
#[derive(Clone, Copy)]
pub enum DefaultDef {
    /// No default: absent, so NULL or (when required) a validation error.
    None,
    /// A literal; also the column's default in the database.
    Literal(Literal),
    /// The time of the write; also the column's default in the database.
    Now,
    /// A random UUID, as LoopBack's `guid` and `uuid` make it.
    Uuid,
    /// The answer of a function of the user's.
    Function(fn() -> Value),
    /// A value as JSON, for what no literal can say: lists, objects.
    Json(&'static str),
}

impl std::fmt::Debug for DefaultDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Literal(literal) => write!(f, "Literal({literal:?})"),
            Self::Now => f.write_str("Now"),
            Self::Uuid => f.write_str("Uuid"),
            Self::Function(_) => f.write_str("Function"),
            Self::Json(json) => write!(f, "Json({json})"),
        }
    }
}

/// The options of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqlDef {
    /// Characters of a text column.
    pub length: Option<u32>,
    /// Digits of a decimal column.
    pub precision: Option<u32>,
    /// Digits after the point of a decimal column.
    pub scale: Option<u32>,
    /// The column's type word for word, for what the options above cannot say.
    pub sql_type: Option<&'static str>,
}

impl SqlDef {
    /// No options.
    pub const DEFAULT: Self = Self { length: None, precision: None, scale: None, sql_type: None };
}

/// What `#[model]` submits at link time.
#[derive(Clone, Copy)]
pub struct ModelEntry(pub &'static ModelDef);

inventory::collect!(ModelEntry);
