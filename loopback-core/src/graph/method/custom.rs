//! Remote methods of the application's own.

use super::{MethodHooks, MethodNode, Operation, Returns, Route, Segment};
use crate::graph::{Fault, Kind, ModelNode};
use crate::meta::{
    AccessType, ArgDef, ArgSourceDef, Literal, MethodDef, MethodFn, ReturnsDef, RouteDef, ShapeDef, Verb,
};
use crate::suggest::did_you_mean;
use serde_json::Value as Json;
use std::sync::Arc;

/// What a remote method of the application's own is beyond its name and its routes.
#[derive(Debug)]
pub struct CustomNode {
    /// Whether it is called on an instance.
    pub instance: bool,
    /// More to say in OpenAPI.
    pub notes: Box<str>,
    /// Scopes that a token must have to call it.
    pub scopes: Vec<Box<str>>,
    /// What it takes.
    pub args: Vec<CustomArg>,
    /// The names of the values in the object that it answers; none: the value is the answer itself.
    pub return_names: Vec<Box<str>>,
    /// What each value of the answer is.
    pub return_shapes: Vec<Shape>,
    /// The status of an answer; `None`: 200, or 204 for nothing.
    pub status: Option<u16>,
    /// The status of an error that has none itself.
    pub error_status: Option<u16>,
    /// Where it was defined.
    pub location: Box<str>,
    pub(crate) call: MethodFn,
}

/// An argument of a remote method of the application's own.
#[derive(Debug)]
pub struct CustomArg {
    /// Its name; that of the header when it is read from one.
    pub name: Box<str>,
    /// The description.
    pub doc: Box<str>,
    /// Where it is read from.
    pub source: ArgSourceDef,
    /// What it is.
    pub shape: Shape,
    /// Whether the request must have it.
    pub required: bool,
    /// What it is when the request has it not.
    pub default: Option<Json>,
}

/// What an argument or an answer is. See [`ShapeDef`]; models by their names.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the variants are ShapeDef's, described there")]
pub enum Shape {
    Kind(Kind),
    Object,
    Model(Box<str>),
    Partial(Box<str>),
    Filter(Box<str>),
    Where(Box<str>),
    List(Box<Shape>),
    File,
    Injected,
    Nothing,
}

impl From<&ShapeDef> for Shape {
    fn from(def: &ShapeDef) -> Self {
        match def {
            ShapeDef::Kind(kind) => Self::Kind(Kind::from(kind)),
            ShapeDef::Object => Self::Object,
            ShapeDef::Model(model) => Self::Model(model().name.into()),
            ShapeDef::Partial(model) => Self::Partial(model().name.into()),
            ShapeDef::Filter(model) => Self::Filter(model().name.into()),
            ShapeDef::Where(model) => Self::Where(model().name.into()),
            ShapeDef::List(item) => Self::List(Box::new(Self::from(*item))),
            ShapeDef::File => Self::File,
            ShapeDef::Injected => Self::Injected,
            ShapeDef::Nothing => Self::Nothing,
        }
    }
}

impl Shape {
    /// The name of the model that it is of.
    pub fn model(&self) -> Option<&str> {
        match self {
            Self::Model(name) | Self::Partial(name) | Self::Filter(name) | Self::Where(name) => Some(name),
            Self::List(item) => item.model(),
            Self::Kind(_) | Self::Object | Self::File | Self::Injected | Self::Nothing => None,
        }
    }

    /// Whether a client gives files.
    pub fn has_files(&self) -> bool {
        match self {
            Self::File => true,
            Self::List(item) => item.has_files(),
            _ => false,
        }
    }
}

impl CustomNode {
    /// Whether the body of a request is read.
    pub(crate) fn takes_body(&self) -> bool {
        let body = |arg: &CustomArg| {
            let source = matches!(arg.source, ArgSourceDef::Anywhere | ArgSourceDef::Body | ArgSourceDef::Form);
            source && arg.shape != Shape::Injected
        };
        self.args.iter().any(body)
    }
}

/// Adds the methods of a model's definitions.
pub(super) fn add(model: &ModelNode, defs: &[&MethodDef], methods: &mut Vec<MethodNode>, faults: &mut Vec<Fault>) {
    let mut defs = defs.to_vec();
    // The order of link-time collection is undefined.
    defs.sort_by_key(|def| (def.name, def.instance, def.location.file, def.location.line));
    for def in defs {
        let mut fault = |message: String| {
            faults.push(Fault {
                location: def.location.to_string(),
                message: format!("{}.{}: {message}", model.name, def.name),
            });
        };
        let name = if def.instance { format!("prototype.{}", def.name) } else { def.name.to_owned() };
        if let Some(other) = methods.iter().find(|other| other.name == name || other.aliases.contains(&name.as_str())) {
            match &other.custom {
                Some(custom) => fault(format!("has the same name as the remote method of {}", custom.location)),
                None => fault(format!(
                    "has the same name as the built-in method `{}`; give it another one with `name = \"..\"`",
                    other.name
                )),
            }
            continue;
        }
        if def.instance && model.transient {
            fault("is called on an instance, but the model has no table to load one from".into());
        }
        let ReturnsDef { names, shapes } = def.returns;
        if !names.is_empty() && names.len() != shapes.len() {
            let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
            fault(format!("the answer has {} and {}", plural(shapes.len(), "value"), plural(names.len(), "name")));
        }
        let mut routes = Vec::new();
        let default = [RouteDef { verb: Some(Verb::Post), path: "" }];
        for route in if def.routes.is_empty() { &default[..] } else { def.routes } {
            let segments = match (def.routes.is_empty(), def.instance) {
                (false, _) => segments(route.path),
                (true, false) => vec![Segment::Literal(def.name.into())],
                (true, true) => vec![Segment::Param("id".into()), Segment::Literal(def.name.into())],
            };
            for segment in &segments {
                let Segment::Param(param) = segment else { continue };
                if (def.instance && param == "id") || def.args.iter().any(|arg| arg.name == param) {
                    continue;
                }
                let hint = did_you_mean(param, def.args.iter().map(|arg| arg.name));
                fault(format!("the path `{}` has the parameter `{{{param}}}`, which is no argument{hint}", route.path));
            }
            let verbs = route.verb.map_or(Verb::ALL.to_vec(), |verb| vec![verb]);
            routes.extend(verbs.into_iter().map(|verb| Route { verb, segments: segments.clone().into() }));
        }
        methods.push(MethodNode {
            name: name.into(),
            aliases: &[],
            doc: def.doc.into(),
            operation: Operation::Custom,
            access: def.access.unwrap_or_else(|| by_verbs(&routes)),
            args: &[],
            returns: Returns::Custom,
            subject: None,
            custom: Some(Arc::new(custom(def, &routes))),
            routes,
            hooks: MethodHooks::default(),
            rules: Vec::new(),
        });
    }
}

/// LoopBack's access type of a method that does not say: what is only ever asked for reads.
fn by_verbs(routes: &[Route]) -> AccessType {
    let reads = |route: &Route| matches!(route.verb, Verb::Get | Verb::Head);
    if !routes.is_empty() && routes.iter().all(reads) { AccessType::Read } else { AccessType::Execute }
}

fn segments(path: &'static str) -> Vec<Segment> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    let segment = |part: &'static str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(param) => Segment::Param(param.into()),
        None => Segment::Literal(part.into()),
    };
    parts.map(segment).collect()
}

fn custom(def: &MethodDef, routes: &[Route]) -> CustomNode {
    let ReturnsDef { names, shapes } = def.returns;
    CustomNode {
        instance: def.instance,
        notes: def.notes.into(),
        scopes: def.scopes.iter().map(|scope| (*scope).into()).collect(),
        args: def.args.iter().map(|arg| argument(arg, routes)).collect(),
        return_names: names.iter().map(|name| (*name).into()).collect(),
        return_shapes: shapes.iter().map(Shape::from).collect(),
        status: def.status,
        error_status: def.error_status,
        location: def.location.to_string().into(),
        call: def.call,
    }
}

fn argument(def: &ArgDef, routes: &[Route]) -> CustomArg {
    let named =
        |route: &Route| route.segments.iter().any(|part| matches!(part, Segment::Param(name) if name == def.name));
    // A path that names an argument always has it; with several routes it may come from elsewhere, too.
    let in_path = def.source == ArgSourceDef::Anywhere && routes.iter().all(named);
    let default = def.default.map(|literal| match literal {
        Literal::Bool(b) => Json::from(b),
        Literal::Int(n) => Json::from(n),
        Literal::Float(n) => Json::from(n),
        Literal::Str(text) => Json::from(text),
    });
    CustomArg {
        name: def.name.into(),
        doc: def.doc.into(),
        source: if in_path { ArgSourceDef::Path } else { def.source },
        shape: Shape::from(&def.shape),
        required: def.required && def.default.is_none(),
        default,
    }
}
