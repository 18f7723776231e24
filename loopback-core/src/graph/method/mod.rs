//! Remote methods of the graph: names, routes, arguments. The router, OpenAPI, the explorer and `disable` read these.
//! Answers to loopback `lib/persisted-model.js` (`setupRemoting`).

mod built_in;
mod custom;
mod hooks;
mod related;
mod route;
mod shared;

pub use custom::{CustomArg, CustomNode, Shape};
pub(super) use hooks::matching;
pub(crate) use hooks::{MethodHooks, RemoteHookNode};
pub(super) use route::routes;
pub(super) use shared::share;

use super::access::{ScoredRule, StandardRules};
use super::{Fault, ModelNode, RuleNode, relation::Link};
use crate::meta::{AccessType, MethodDef, ModelDef, RemoteHookDef, Verb};
use crate::suggest::did_you_mean;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// What a remote method does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants are LoopBack's method names")]
pub enum Operation {
    Create,
    PatchOrCreate,
    ReplaceOrCreate,
    UpsertWithWhere,
    Exists,
    FindById,
    ReplaceById,
    Find,
    FindOne,
    UpdateAll,
    DeleteById,
    Count,
    PatchAttributes,
    ChangeStream,
    /// Of a relation of the model, by its index.
    Relation(usize, RelationAction),
    /// Of a scope of the model, by its index.
    Scope(usize, ScopeAction),
    /// A function of the application's own: [`MethodNode::custom`].
    Custom,
}

/// What a method of a relation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are LoopBack's: `__get__products`, `__link__products`, ...")]
pub enum RelationAction {
    Get,
    Create,
    Update,
    Destroy,
    Delete,
    FindById,
    UpdateById,
    DestroyById,
    Count,
    Link,
    Unlink,
    Exists,
}

/// What a method of a scope does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are LoopBack's: `__get__cheap`, ...")]
pub enum ScopeAction {
    Get,
    Create,
    Delete,
    Count,
}

/// A part of a route between two slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A word of the path.
    Literal(Cow<'static, str>),
    /// A parameter, by its name.
    Param(Cow<'static, str>),
}

/// A verb and a path below the model's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The verb.
    pub verb: Verb,
    /// The parts of the path; empty for the model's own path.
    pub segments: Cow<'static, [Segment]>,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.verb)?;
        if self.segments.is_empty() {
            f.write_str("/")?;
        }
        self.segments.iter().try_for_each(|segment| match segment {
            Segment::Literal(word) => write!(f, "/{word}"),
            Segment::Param(name) => write!(f, "/{{{name}}}"),
        })
    }
}

/// Where an argument is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ArgSource {
    Path,
    Query,
    Body,
}

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgKind {
    /// An id of the model.
    Id,
    /// An id of the relation's target.
    ForeignKey,
    /// A filter: `{"where": .., "order": .., "limit": ..}`.
    Filter,
    /// A filter of one instance: `{"fields": .., "include": ..}`.
    InstanceFilter,
    /// A condition: `{"city": "Oslo"}`.
    Where,
    /// An instance, or a list of them.
    DataOrList,
    /// A whole instance.
    Data,
    /// Some properties of an instance.
    PartialData,
    /// What a change stream is to tell: `{"where": ..}`. With POST it is part of the body.
    StreamOptions,
}

/// An argument of a method.
#[derive(Clone, Copy, Debug)]
pub struct ArgNode {
    /// Its name.
    pub name: &'static str,
    /// Where it is read from.
    pub source: ArgSource,
    /// What it is.
    pub kind: ArgKind,
    /// What it means.
    pub doc: &'static str,
}

/// What a method answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Returns {
    Instance,
    /// The instance, or the list of instances, as was sent.
    InstanceOrList,
    List,
    Count,
    Exists,
    /// The row that links two others.
    Link,
    /// What happens to the rows, as long as the client listens.
    Events,
    /// No content: 204.
    Nothing,
    /// What [`CustomNode`] says.
    Custom,
}

/// A remote method of a model.
#[derive(Clone, Debug)]
pub struct MethodNode {
    /// LoopBack's name: `find`, `prototype.patchAttributes`.
    pub name: Cow<'static, str>,
    /// Other names it goes by, in ACLs and in `disable`.
    pub aliases: &'static [&'static str],
    /// One line for the explorer; `{model}` stands for the model's name.
    pub doc: Cow<'static, str>,
    /// What it does.
    pub operation: Operation,
    /// How ACLs see it.
    pub access: AccessType,
    /// Where it is served.
    pub routes: Vec<Route>,
    /// What it takes.
    pub args: &'static [ArgNode],
    /// What it answers with.
    pub returns: Returns,
    /// The model of its arguments and its answer, when that is another one than the model that has it.
    pub(crate) subject: Option<Link>,
    /// What [`Operation::Custom`] is.
    pub custom: Option<Arc<CustomNode>>,
    /// The remote hooks around it, in the order in which they run.
    pub(crate) hooks: MethodHooks,
    /// The rules about it, the strongest first.
    pub(crate) rules: Vec<ScoredRule>,
}

impl MethodNode {
    /// The model of its arguments and its answer, when that is another one than the model that has it.
    pub fn subject(&self) -> Option<Arc<ModelNode>> {
        self.subject.as_ref().map(Link::get)
    }

    /// Whether a name is the method's: its own or an alias, with or without `prototype.`.
    pub fn goes_by(&self, name: &str) -> bool {
        goes_by(&self.name, self.aliases, name)
    }
}

/// Whether a name is that of a method: its own or an alias, with or without `prototype.`.
pub(crate) fn goes_by(own: &str, aliases: &[&str], name: &str) -> bool {
    let is = |own: &str| own == name || own.strip_prefix("prototype.") == Some(name);
    is(own) || aliases.iter().any(|alias| is(alias))
}

/// What the methods of a model are made of.
pub(super) struct Asked<'a> {
    pub(super) disabled: &'a [&'a str],
    pub(super) own: &'a [&'a MethodDef],
    pub(super) hooks: &'a [RemoteHookDef],
    pub(super) rules: &'a [Arc<RuleNode>],
}

/// The remote methods of a model without the disabled ones, with the hooks around them and the rules about them.
pub(super) fn of_model(
    model: &ModelNode,
    def: &'static ModelDef,
    asked: &Asked<'_>,
    faults: &mut Vec<Fault>,
) -> (Vec<MethodNode>, Vec<StandardRules>) {
    let Asked { disabled, own, hooks, rules } = *asked;
    let mut methods = Vec::new();
    if !model.transient {
        methods.extend(built_in::of_model(model));
        methods.extend(related::of_model(model));
    }
    custom::add(model, own, &mut methods, faults);
    let known = |name: &str| built_in::WITHOUT_ROUTE.contains(&name) || methods.iter().any(|m| m.goes_by(name));
    // What a base disables may be a method of its own.
    for name in def.settings.disabled.iter().filter(|name| !known(name)) {
        let message = format!("model `{}` disables the unknown method `{name}`", model.name);
        faults.push(Fault { location: model.location.clone(), message });
    }
    hooks::attach(model, def, hooks, &mut methods, faults);
    let declared = std::iter::once(def).chain(def.bases()).flat_map(|def| def.settings.declared);
    let also_known: Vec<&str> = built_in::WITHOUT_ROUTE.iter().chain(declared).copied().collect();
    super::access::attach(model, rules, &mut methods, &also_known, def.settings.by_json, faults);
    let standards = super::access::standards(&methods);
    methods.retain(|method| !disabled.iter().any(|name| method.goes_by(name)));
    route::clashes(model, &methods, faults);
    (methods, standards)
}

/// Takes a method away that the app disables.
pub(super) fn disable(model: &mut ModelNode, name: &str, faults: &mut Vec<Fault>) {
    let before = model.methods.len();
    model.methods.retain(|method| !method.goes_by(name));
    if model.methods.len() == before && !built_in::WITHOUT_ROUTE.contains(&name) {
        let hint = did_you_mean(name, model.methods.iter().map(|method| &*method.name));
        let message = format!("the app disables the unknown method `{name}` of `{}`{hint}", model.name);
        faults.push(Fault { location: model.location.clone(), message });
    }
}

/// Methods that take or answer a model which the application does not have.
pub(super) fn unknown_models(models: &[ModelNode], faults: &mut Vec<Fault>) {
    for model in models {
        for method in &model.methods {
            let Some(custom) = &method.custom else { continue };
            let shapes = custom.args.iter().map(|arg| &arg.shape).chain(&custom.return_shapes);
            for name in shapes.filter_map(Shape::model) {
                if !models.iter().any(|model| *model.name == *name) {
                    let message =
                        format!("{}.{}: there is no model `{name}` in the application", model.name, method.name);
                    faults.push(Fault { location: custom.location.to_string(), message });
                }
            }
        }
    }
}
