//! The one graph that drives everything: models, properties, remote methods, resolved and checked.
//!
//! Built at start from the definitions collected at link time; it owns its data, so that models defined at run time
//! fit in. Building reports every fault at once, each with file and line.

pub(crate) mod access;
mod base;
mod clashes;
mod kind;
mod method;
mod names;
mod node;
mod owners;
mod plural;
mod relation;
mod resolve;
mod resolve_relations;
mod scopes;
mod users;

pub use crate::meta::{AccessType, Permission, RelationAcl, Verb};
pub use access::{AccessNode, AclRule, OwnerNode, PrincipalNode, RuleNode};
pub(crate) use access::{ScoredRule, Standard};
pub use kind::{FieldNode, Kind, ObjectNode};
pub use method::{
    ArgKind, ArgNode, ArgSource, CustomArg, CustomNode, MethodNode, Operation, RelationAction, Returns, Route,
    ScopeAction, Segment, Shape,
};
pub(crate) use method::{MethodHooks, RemoteHookNode, goes_by};
pub use node::{Default, IndexNode, ModelNode, PropertyNode, Rule, ScopeNode, Validation};
pub(crate) use node::{Managed, Quoted};
pub use relation::{ForeignKeyNode, Link, Polymorphic, RelationKind, RelationNode, Through};
pub use users::{UserNode, UserSettings};

pub(crate) use names::{camel, camel_case, snake_case, table_name};
pub(crate) use plural::pluralize;

use crate::error::Error;
use crate::hooks::Observer;
use crate::meta::{
    HookDef, HookEntry, MethodDef, MethodEntry, ModelDef, ModelEntry, Phase, RemoteHookDef, RemoteHookEntry,
    RoleResolverDef, RoleResolverEntry, Strict, UserDef,
};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The name of the synthetic property that keeps what has no column; no client can name it.
pub(crate) const FREE_COLUMN: &str = "free_properties";

/// All models of an application.
#[derive(Debug, Default)]
pub struct Graph {
    models: Vec<Arc<ModelNode>>,
    by_name: HashMap<Box<str>, usize>,
    by_path: HashMap<Box<str>, usize>,
    access_hooks: bool,
    has_rules: bool,
    resolvers: Vec<RoleResolverDef>,
}

/// What a graph is made of.
#[derive(Clone, Default)]
pub struct Definitions {
    /// The models.
    pub models: Vec<&'static ModelDef>,
    /// The remote methods.
    pub methods: Vec<MethodDef>,
    /// The operation hooks.
    pub hooks: Vec<HookDef>,
    /// The remote hooks.
    pub remote_hooks: Vec<RemoteHookDef>,
    /// The roles that functions decide about.
    pub role_resolvers: Vec<RoleResolverDef>,
}

impl Definitions {
    /// Everything that is linked into the program.
    pub fn linked() -> Self {
        Self {
            models: inventory::iter::<ModelEntry>
                .into_iter()
                .map(|entry| entry.0)
                // The framework's own are there when the app needs them.
                .filter(|def| !def.settings.built_in)
                .collect(),
            methods: inventory::iter::<MethodEntry>.into_iter().map(|entry| entry.0).collect(),
            hooks: inventory::iter::<HookEntry>.into_iter().map(|entry| entry.0).collect(),
            remote_hooks: inventory::iter::<RemoteHookEntry>.into_iter().map(|entry| entry.0).collect(),
            role_resolvers: inventory::iter::<RoleResolverEntry>.into_iter().map(|entry| entry.0).collect(),
        }
    }
}

/// What the app says for models that say nothing themselves.
#[derive(Clone, Debug)]
pub struct GraphDefaults {
    /// What becomes of unknown properties.
    pub strict: Strict,
    /// Whether PUT replaces.
    pub replace_on_put: bool,
    /// Whether models have change streams.
    pub change_streams: bool,
    /// The names of the data sources, the default one first.
    pub data_sources: Vec<String>,
    /// Those of them that guard no foreign keys.
    pub unguarded: Vec<String>,
    /// Whether the database guards foreign keys.
    pub foreign_key_constraints: bool,
    /// Rows that a client gets when it names no limit.
    pub default_limit: Option<u64>,
    /// The greatest limit that a client may name.
    pub max_limit: Option<u64>,
    /// Whether what an operation and its hooks write is written as a whole.
    pub implicit_transactions: bool,
    /// Remote methods without an endpoint: `(model, method)`.
    pub disabled: Vec<(String, String)>,
    /// Which methods of all models have endpoints, by name or pattern.
    pub shared_methods: Vec<(String, bool)>,
    /// Hooks of all models.
    pub observers: Vec<(Phase, Observer)>,
    /// Rules of access control, each of a model.
    pub acls: Vec<(String, AclRule)>,
    /// What holds where no rule does.
    pub default_permission: Permission,
    /// The status with which a user is refused.
    pub acl_error_status: u16,
    /// Which rules are asked over relations.
    pub relation_acl: RelationAcl,
    /// Whether what `$owner` goes by can be set to somebody else.
    pub owner_writable: bool,
    /// The settings of models of users.
    pub user: UserDef,
    /// The framework's own models that have endpoints, by name.
    pub exposed: Vec<String>,
    /// The data source of the framework's own models; `None`: the default one.
    pub auth_data_source: Option<String>,
    /// The data source of the outbox of e-mails; `None`: that of the others.
    pub outbox_data_source: Option<String>,
}

impl std::default::Default for GraphDefaults {
    fn default() -> Self {
        Self {
            strict: Strict::Validate,
            replace_on_put: false,
            change_streams: false,
            data_sources: vec!["db".to_owned()],
            unguarded: Vec::new(),
            foreign_key_constraints: true,
            default_limit: None,
            max_limit: None,
            implicit_transactions: true,
            disabled: Vec::new(),
            shared_methods: Vec::new(),
            observers: Vec::new(),
            acls: Vec::new(),
            default_permission: Permission::Allow,
            acl_error_status: 401,
            relation_acl: RelationAcl::Both,
            owner_writable: false,
            user: UserDef::NONE,
            exposed: Vec::new(),
            auth_data_source: None,
            outbox_data_source: None,
        }
    }
}

/// A fault of the definitions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    /// `src/models/review.rs:14`, or empty for faults of the whole.
    pub location: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

/// All faults of the definitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(f, "the model graph has {count} {}", if count == 1 { "fault" } else { "faults" })?;
        let width = self.0.iter().map(|fault| fault.location.len()).max().unwrap_or(0);
        for fault in &self.0 {
            write!(f, "\n  {:width$}  {}", fault.location, fault.message)?;
        }
        Ok(())
    }
}

impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        Self::configuration(faults.to_string())
    }
}

impl Graph {
    /// Resolves definitions of models into a graph.
    ///
    /// # Errors
    /// Everything that is wrong with them, at once.
    pub fn build(defs: &[&'static ModelDef], defaults: &GraphDefaults) -> Result<Self, Faults> {
        resolve::build(&Definitions { models: defs.to_vec(), ..Definitions::default() }, defaults, None)
    }

    /// Resolves definitions into a graph. Of methods and hooks those of the named models count.
    ///
    /// # Errors
    /// Everything that is wrong with them, at once.
    pub fn build_with(defs: &Definitions, defaults: &GraphDefaults) -> Result<Self, Faults> {
        resolve::build(defs, defaults, None)
    }

    /// As [`build_with`](Self::build_with), in place of an older graph: who listens to a model of it goes on to.
    ///
    /// # Errors
    /// Everything that is wrong with the definitions, at once.
    pub(crate) fn build_after(defs: &Definitions, defaults: &GraphDefaults, older: &Self) -> Result<Self, Faults> {
        resolve::build(defs, defaults, Some(older))
    }

    /// Whether a model has hooks that choose what is seen of it.
    pub(crate) fn has_access_hooks(&self) -> bool {
        self.access_hooks
    }

    /// Whether a model has rules of access control.
    pub(crate) fn has_rules(&self) -> bool {
        self.has_rules
    }

    /// The function that decides about a role.
    pub(crate) fn role_resolver(&self, role: &str) -> Option<&RoleResolverDef> {
        self.resolvers.iter().find(|resolver| resolver.role == role)
    }

    /// The roles that functions decide about.
    pub fn dynamic_roles(&self) -> impl Iterator<Item = &'static str> {
        self.resolvers.iter().map(|resolver| resolver.role)
    }

    /// The models of users.
    pub fn user_models(&self) -> impl Iterator<Item = &Arc<ModelNode>> {
        self.models.iter().filter(|model| model.user.is_some())
    }

    /// The model of users whose tokens a model has.
    pub(crate) fn users_of_tokens(&self, tokens: &str) -> Option<&Arc<ModelNode>> {
        self.user_models().find(|model| model.user.as_ref().is_some_and(|user| *user.tokens().name == *tokens))
    }

    /// The models, by name.
    pub fn models(&self) -> impl ExactSizeIterator<Item = &Arc<ModelNode>> {
        self.models.iter()
    }

    /// A model by its name, exactly or, failing that, without regard to case, as `app.models.product` of LoopBack.
    pub fn model(&self, name: &str) -> Option<&Arc<ModelNode>> {
        let at = self.by_name.get(name).or_else(|| self.by_name.get(name.to_lowercase().as_str()))?;
        self.models.get(*at)
    }

    /// The public model served at a path below the REST root, and what follows the model's part of the path.
    /// Model paths are matched without regard to case, as LoopBack does.
    pub(crate) fn route<'p>(&self, path: &'p str) -> Option<(&Arc<ModelNode>, &'p str)> {
        let found = |end: usize| {
            let head = &path[..end];
            let at = self.by_path.get(head).or_else(|| {
                // Only a path that is not written as the model writes it costs an allocation.
                self.by_path.get(head.to_lowercase().as_str())
            })?;
            Some((self.models.get(*at)?, &path[end..]))
        };
        // `/CoffeeShops/1`: the first part is nearly always the model's; `http_path` may have more.
        let first = path[1.min(path.len())..].find('/').map_or(path.len(), |at| at + 1);
        found(first).or_else(|| {
            path.match_indices('/').map(|(at, _)| at).chain([path.len()]).filter(|end| *end > first).find_map(found)
        })
    }
}
