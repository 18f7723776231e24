//! The remote methods of an app, as data. Answers to LoopBack's `app.remotes()` and strong-remoting's `SharedMethod`.

use crate::access::ExplainedMethod;
use crate::graph::{
    AccessType, ArgKind, ArgNode, ArgSource, CustomArg, Graph, Kind, MethodNode, ModelNode, Returns, Segment, Shape,
};
use crate::meta::{ArgSourceDef, Verb};
use serde_json::{Value as Json, json};

/// A remote method: what a client can call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteMethod {
    /// The model's name.
    pub model: String,
    /// LoopBack's name: `find`, `prototype.patchAttributes`.
    pub name: String,
    /// Other names it goes by.
    pub aliases: Vec<String>,
    /// What it does, in a line.
    pub description: String,
    /// How rules of access control see it.
    pub access: AccessType,
    /// Where it is served.
    pub routes: Vec<MethodRoute>,
    /// What it takes.
    pub arguments: Vec<MethodArgument>,
    /// What it answers with, as LoopBack names types: `Product`, `[Product]`, `object`, `file`; `None`: nothing.
    pub returns: Option<String>,
    /// Who may call it, in a line: `$owner, admin`. `None`: nobody asks.
    pub who: Option<String>,
}

/// A verb and a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodRoute {
    /// The verb.
    pub verb: Verb,
    /// The path from the root of the server on: `/api/CoffeeShops/{id}`.
    pub path: String,
}

/// An argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodArgument {
    /// Its name.
    pub name: String,
    /// Where it is: `path`, `query`, `header`, `body`, `form`; `any`: in the query, or a property of the body.
    pub source: &'static str,
    /// What it is, as LoopBack names types.
    pub kind: String,
    /// Whether a request must have it.
    pub required: bool,
    /// What it means.
    pub description: String,
}

impl RemoteMethod {
    /// Those of all models with endpoints.
    pub(crate) fn all(graph: &Graph, root: &str, enforced: bool) -> Vec<Self> {
        let public = graph.models().filter(|model| model.public);
        public.flat_map(|model| model.methods.iter().map(|method| Self::of(model, method, root, enforced))).collect()
    }

    fn of(model: &ModelNode, method: &MethodNode, root: &str, enforced: bool) -> Self {
        let path = |segments: &[Segment]| {
            let below: String = segments
                .iter()
                .map(|segment| match segment {
                    Segment::Literal(word) => format!("/{word}"),
                    Segment::Param(name) => format!("/{{{name}}}"),
                })
                .collect();
            format!("{root}{}{below}", model.path)
        };
        let routes = method.routes.iter();
        let arguments = match &method.custom {
            Some(custom) => {
                let id = custom.instance.then(|| MethodArgument {
                    name: "id".into(),
                    source: "path",
                    kind: kind(&model.id_property().kind),
                    required: true,
                    description: "The id of the instance".into(),
                });
                let own = custom.args.iter().filter(|arg| arg.shape != Shape::Injected).map(of_custom);
                id.into_iter().chain(own).collect()
            }
            None => method.args.iter().map(|arg| built_in(model, method, arg)).collect(),
        };
        Self {
            model: model.name.to_string(),
            name: method.name.to_string(),
            aliases: method.aliases.iter().map(ToString::to_string).collect(),
            description: method.doc.replace("{model}", &model.name),
            access: method.access,
            routes: routes.map(|route| MethodRoute { verb: route.verb, path: path(&route.segments) }).collect(),
            arguments,
            returns: returns(model, method),
            who: enforced.then(|| ExplainedMethod::of(root, model, method).summary()),
        }
    }

    /// The method as JSON: `{"model": "Product", "name": "find", "access": "READ", "routes": [{"verb": "GET", "path":
    /// "/api/Products"}], "arguments": [..], "returns": "[Product]", ..}`.
    pub fn to_json(&self) -> Json {
        let routes = self.routes.iter().map(|route| json!({ "verb": route.verb.as_str(), "path": route.path }));
        let arguments = self.arguments.iter().map(|arg| {
            json!({
                "name": arg.name,
                "source": arg.source,
                "type": arg.kind,
                "required": arg.required,
                "description": arg.description,
            })
        });
        json!({
            "model": self.model,
            "name": self.name,
            "aliases": self.aliases,
            "description": self.description,
            "access": self.access.as_str(),
            "routes": routes.collect::<Vec<_>>(),
            "arguments": arguments.collect::<Vec<_>>(),
            "returns": self.returns,
            "who": self.who,
        })
    }
}

fn built_in(model: &ModelNode, method: &MethodNode, arg: &ArgNode) -> MethodArgument {
    let subject = method.subject();
    let subject = subject.as_deref().unwrap_or(model);
    MethodArgument {
        name: arg.name.into(),
        source: match arg.source {
            ArgSource::Path => "path",
            ArgSource::Query => "query",
            ArgSource::Body => "body",
        },
        kind: match arg.kind {
            ArgKind::Id => kind(&model.id_property().kind),
            ArgKind::ForeignKey => kind(&subject.id_property().kind),
            ArgKind::Filter | ArgKind::InstanceFilter | ArgKind::Where | ArgKind::StreamOptions => "object".into(),
            ArgKind::DataOrList | ArgKind::Data | ArgKind::PartialData => subject.name.to_string(),
        },
        required: matches!(arg.source, ArgSource::Path),
        description: arg.doc.into(),
    }
}

fn of_custom(arg: &CustomArg) -> MethodArgument {
    MethodArgument {
        name: arg.name.to_string(),
        source: match arg.source {
            ArgSourceDef::Path => "path",
            ArgSourceDef::Query => "query",
            ArgSourceDef::Header => "header",
            ArgSourceDef::Body => "body",
            ArgSourceDef::Form => "form",
            ArgSourceDef::Anywhere => "any",
        },
        kind: shape(&arg.shape),
        required: arg.required,
        description: arg.doc.to_string(),
    }
}

fn returns(model: &ModelNode, method: &MethodNode) -> Option<String> {
    let subject = method.subject();
    let subject = subject.as_deref().unwrap_or(model);
    Some(match method.returns {
        Returns::Instance | Returns::InstanceOrList | Returns::Link => subject.name.to_string(),
        Returns::List => format!("[{}]", subject.name),
        Returns::Count | Returns::Exists => "object".into(),
        Returns::Events => "ReadableStream".into(),
        Returns::Nothing => return None,
        Returns::Custom => {
            let custom = method.custom.as_ref()?;
            match (&custom.return_names[..], &custom.return_shapes[..]) {
                (_, [] | [Shape::Nothing]) => return None,
                ([], [one]) => shape(one),
                _ => "object".into(),
            }
        }
    })
}

/// A type, as LoopBack names it.
fn shape(of: &Shape) -> String {
    match of {
        Shape::Kind(of) => kind(of),
        Shape::Object | Shape::Filter(_) | Shape::Where(_) => "object".into(),
        Shape::Model(name) | Shape::Partial(name) => name.to_string(),
        Shape::List(item) => format!("[{}]", shape(item)),
        Shape::File => "file".into(),
        Shape::Injected | Shape::Nothing => "any".into(),
    }
}

fn kind(of: &Kind) -> String {
    match of {
        Kind::Integer { .. } | Kind::Number => "number".into(),
        Kind::Boolean => "boolean".into(),
        Kind::DateTime | Kind::Date => "date".into(),
        Kind::Bytes => "buffer".into(),
        Kind::GeoPoint => "geopoint".into(),
        Kind::Object(_) => "object".into(),
        Kind::Array(item) => format!("[{}]", kind(item)),
        Kind::Any => "any".into(),
        Kind::String | Kind::Decimal { .. } | Kind::Uuid | Kind::Enum(_) => "string".into(),
    }
}
