//! Remote methods of the graph: names, routes, arguments. The router, OpenAPI, the explorer and `disable` read these.
//! Answers to loopback `lib/persisted-model.js` (`setupRemoting`).

use super::relation::{Link, RelationKind, RelationNode};
use super::{ModelNode, ScopeNode};
use std::borrow::Cow;
use std::fmt;

/// An HTTP verb that LoopBack routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Verb {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// The verb in capitals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// LoopBack's access types, by which ACLs speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AccessType {
    Read,
    Write,
    Execute,
}

/// What a built-in remote method does.
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
    /// Of a relation of the model, by its index.
    Relation(usize, RelationAction),
    /// Of a scope of the model, by its index.
    Scope(usize, ScopeAction),
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
    Param(&'static str),
}

/// A verb and a path below the model's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The verb.
    pub verb: Verb,
    /// The parts of the path; empty for the model's own path.
    pub segments: Cow<'static, [Segment]>,
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
    /// No content: 204.
    Nothing,
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
}

impl MethodNode {
    /// The model of its arguments and its answer, when that is another one than the model that has it.
    pub fn subject(&self) -> Option<std::sync::Arc<ModelNode>> {
        self.subject.as_ref().map(Link::get)
    }
}

const ID: ArgNode = ArgNode { name: "id", source: ArgSource::Path, kind: ArgKind::Id, doc: "The id of the instance" };
const FILTER: ArgNode = ArgNode {
    name: "filter",
    source: ArgSource::Query,
    kind: ArgKind::Filter,
    doc: "Conditions, order, paging, fields and related instances, as JSON: {\"where\":{\"property\":\"value\"},\"order\":\"property DESC\",\"limit\":10,\"skip\":0,\"fields\":[\"property\"],\"include\":[\"relation\"]}",
};
const ONE_FILTER: ArgNode = ArgNode {
    name: "filter",
    source: ArgSource::Query,
    kind: ArgKind::InstanceFilter,
    doc: "The fields and the related instances to answer with, as JSON: {\"fields\":[\"property\"],\"include\":[\"relation\"]}",
};
const WHERE: ArgNode = ArgNode {
    name: "where",
    source: ArgSource::Query,
    kind: ArgKind::Where,
    doc: "The condition, as JSON: {\"property\":\"value\"}",
};
const DATA_OR_LIST: ArgNode = ArgNode {
    name: "data",
    source: ArgSource::Body,
    kind: ArgKind::DataOrList,
    doc: "The instance, or a list of instances",
};
const DATA: ArgNode = ArgNode { name: "data", source: ArgSource::Body, kind: ArgKind::Data, doc: "The instance" };
const PARTIAL: ArgNode =
    ArgNode { name: "data", source: ArgSource::Body, kind: ArgKind::PartialData, doc: "The properties to set" };

const ROOT: &[Segment] = &[];
const BY_ID: &[Segment] = &[Segment::Param("id")];

struct BuiltIn {
    name: &'static str,
    aliases: &'static [&'static str],
    doc: &'static str,
    operation: Operation,
    access: AccessType,
    routes: &'static [(Verb, &'static [Segment])],
    args: &'static [ArgNode],
    returns: Returns,
}

fn route(verb: Verb, segments: &'static [Segment]) -> Route {
    Route { verb, segments: Cow::Borrowed(segments) }
}

const fn literal(word: &'static str) -> Segment {
    Segment::Literal(Cow::Borrowed(word))
}

/// The methods of a persisted model, in the order in which the explorer lists them.
const PERSISTED: &[BuiltIn] = &[
    BuiltIn {
        name: "create",
        aliases: &[],
        doc: "Create a new {model}, or several, and store them",
        operation: Operation::Create,
        access: AccessType::Write,
        routes: &[(Verb::Post, ROOT)],
        args: &[DATA_OR_LIST],
        returns: Returns::InstanceOrList,
    },
    BuiltIn {
        name: "patchOrCreate",
        aliases: &["upsert", "updateOrCreate"],
        doc: "Update the {model} with the id in the data, or create one",
        operation: Operation::PatchOrCreate,
        access: AccessType::Write,
        routes: &[(Verb::Patch, ROOT)],
        args: &[PARTIAL],
        returns: Returns::Instance,
    },
    BuiltIn {
        name: "replaceOrCreate",
        aliases: &[],
        doc: "Replace the {model} with the id in the data, or create one",
        operation: Operation::ReplaceOrCreate,
        access: AccessType::Write,
        routes: &[(Verb::Post, &[literal("replaceOrCreate")])],
        args: &[DATA],
        returns: Returns::Instance,
    },
    BuiltIn {
        name: "upsertWithWhere",
        aliases: &["patchOrCreateWithWhere"],
        doc: "Update the one {model} that the condition finds, or create one",
        operation: Operation::UpsertWithWhere,
        access: AccessType::Write,
        routes: &[(Verb::Post, &[literal("upsertWithWhere")])],
        args: &[WHERE, PARTIAL],
        returns: Returns::Instance,
    },
    BuiltIn {
        name: "exists",
        aliases: &[],
        doc: "Tell whether there is a {model} with the id",
        operation: Operation::Exists,
        access: AccessType::Read,
        routes: &[(Verb::Get, &[Segment::Param("id"), literal("exists")]), (Verb::Head, BY_ID)],
        args: &[ID],
        returns: Returns::Exists,
    },
    BuiltIn {
        name: "findById",
        aliases: &[],
        doc: "Find a {model} by its id",
        operation: Operation::FindById,
        access: AccessType::Read,
        routes: &[(Verb::Get, BY_ID)],
        args: &[ID, ONE_FILTER],
        returns: Returns::Instance,
    },
    BuiltIn {
        name: "replaceById",
        aliases: &[],
        doc: "Replace all properties of a {model}",
        operation: Operation::ReplaceById,
        access: AccessType::Write,
        routes: &[(Verb::Post, &[Segment::Param("id"), literal("replace")])],
        args: &[ID, DATA],
        returns: Returns::Instance,
    },
    BuiltIn {
        name: "find",
        aliases: &[],
        doc: "Find all {model} instances that the filter matches",
        operation: Operation::Find,
        access: AccessType::Read,
        routes: &[(Verb::Get, ROOT)],
        args: &[FILTER],
        returns: Returns::List,
    },
    BuiltIn {
        name: "findOne",
        aliases: &[],
        doc: "Find the first {model} that the filter matches",
        operation: Operation::FindOne,
        access: AccessType::Read,
        routes: &[(Verb::Get, &[literal("findOne")])],
        args: &[FILTER],
        returns: Returns::Instance,
    },
    BuiltIn {
        name: "updateAll",
        aliases: &["update"],
        doc: "Update every {model} that the condition finds",
        operation: Operation::UpdateAll,
        access: AccessType::Write,
        routes: &[(Verb::Post, &[literal("update")])],
        args: &[WHERE, PARTIAL],
        returns: Returns::Count,
    },
    BuiltIn {
        name: "deleteById",
        aliases: &["destroyById", "removeById"],
        doc: "Delete a {model} by its id",
        operation: Operation::DeleteById,
        access: AccessType::Write,
        routes: &[(Verb::Delete, BY_ID)],
        args: &[ID],
        returns: Returns::Count,
    },
    BuiltIn {
        name: "count",
        aliases: &[],
        doc: "Count the {model} instances that the condition finds",
        operation: Operation::Count,
        access: AccessType::Read,
        routes: &[(Verb::Get, &[literal("count")])],
        args: &[WHERE],
        returns: Returns::Count,
    },
    BuiltIn {
        name: "prototype.patchAttributes",
        aliases: &["prototype.updateAttributes", "patchAttributes"],
        doc: "Update some properties of a {model}",
        operation: Operation::PatchAttributes,
        access: AccessType::Write,
        routes: &[(Verb::Patch, BY_ID)],
        args: &[ID, PARTIAL],
        returns: Returns::Instance,
    },
];

/// Names that `disable` knows although this model has no such endpoint (yet).
const WITHOUT_ROUTE: &[&str] = &["createChangeStream"];

const FOREIGN_KEY: ArgNode =
    ArgNode { name: "fk", source: ArgSource::Path, kind: ArgKind::ForeignKey, doc: "The id of the related instance" };

struct BuiltInRelation {
    action: RelationAction,
    /// LoopBack's `__name__`.
    name: &'static str,
    doc: &'static str,
    access: AccessType,
    verb: Verb,
    /// What follows the relation's name in the path.
    tail: &'static [Segment],
    args: &'static [ArgNode],
    returns: Returns,
}

const BY_KEY: &[Segment] = &[Segment::Param("fk")];
const LINK_BY_KEY: &[Segment] = &[literal("rel"), Segment::Param("fk")];

/// The methods of relations; which of them a relation has is for [`has`] to say.
const RELATION: &[BuiltInRelation] = &[
    BuiltInRelation {
        action: RelationAction::Get,
        name: "get",
        doc: "Find {relation} of a {model}",
        access: AccessType::Read,
        verb: Verb::Get,
        tail: &[],
        args: &[ID, FILTER],
        returns: Returns::List,
    },
    BuiltInRelation {
        action: RelationAction::Create,
        name: "create",
        doc: "Create {relation} of a {model}",
        access: AccessType::Write,
        verb: Verb::Post,
        tail: &[],
        args: &[ID, DATA_OR_LIST],
        returns: Returns::InstanceOrList,
    },
    BuiltInRelation {
        action: RelationAction::Update,
        name: "update",
        doc: "Update {relation} of a {model}",
        access: AccessType::Write,
        verb: Verb::Put,
        tail: &[],
        args: &[ID, PARTIAL],
        returns: Returns::Instance,
    },
    BuiltInRelation {
        action: RelationAction::Destroy,
        name: "destroy",
        doc: "Delete {relation} of a {model}",
        access: AccessType::Write,
        verb: Verb::Delete,
        tail: &[],
        args: &[ID],
        returns: Returns::Nothing,
    },
    BuiltInRelation {
        action: RelationAction::Delete,
        name: "delete",
        doc: "Delete all {relation} of a {model}",
        access: AccessType::Write,
        verb: Verb::Delete,
        tail: &[],
        args: &[ID, WHERE],
        returns: Returns::Nothing,
    },
    BuiltInRelation {
        action: RelationAction::FindById,
        name: "findById",
        doc: "Find one of the {relation} of a {model} by its id",
        access: AccessType::Read,
        verb: Verb::Get,
        tail: BY_KEY,
        args: &[ID, FOREIGN_KEY, ONE_FILTER],
        returns: Returns::Instance,
    },
    BuiltInRelation {
        action: RelationAction::UpdateById,
        name: "updateById",
        doc: "Update one of the {relation} of a {model} by its id",
        access: AccessType::Write,
        verb: Verb::Put,
        tail: BY_KEY,
        args: &[ID, FOREIGN_KEY, PARTIAL],
        returns: Returns::Instance,
    },
    BuiltInRelation {
        action: RelationAction::DestroyById,
        name: "destroyById",
        doc: "Delete one of the {relation} of a {model} by its id",
        access: AccessType::Write,
        verb: Verb::Delete,
        tail: BY_KEY,
        args: &[ID, FOREIGN_KEY],
        returns: Returns::Nothing,
    },
    BuiltInRelation {
        action: RelationAction::Count,
        name: "count",
        doc: "Count {relation} of a {model}",
        access: AccessType::Read,
        verb: Verb::Get,
        tail: &[literal("count")],
        args: &[ID, WHERE],
        returns: Returns::Count,
    },
    BuiltInRelation {
        action: RelationAction::Link,
        name: "link",
        doc: "Link one of the {relation} to a {model} by its id",
        access: AccessType::Write,
        verb: Verb::Put,
        tail: LINK_BY_KEY,
        args: &[ID, FOREIGN_KEY],
        returns: Returns::Link,
    },
    BuiltInRelation {
        action: RelationAction::Unlink,
        name: "unlink",
        doc: "Unlink one of the {relation} from a {model} by its id",
        access: AccessType::Write,
        verb: Verb::Delete,
        tail: LINK_BY_KEY,
        args: &[ID, FOREIGN_KEY],
        returns: Returns::Nothing,
    },
    BuiltInRelation {
        action: RelationAction::Exists,
        name: "exists",
        doc: "Tell whether one of the {relation} is linked to a {model}",
        access: AccessType::Read,
        verb: Verb::Head,
        tail: LINK_BY_KEY,
        args: &[ID, FOREIGN_KEY],
        returns: Returns::Exists,
    },
];

/// Whether a relation has a method. Answers to loopback `lib/model.js` (`belongsToRemoting` and its kin).
fn has(relation: &RelationNode, action: RelationAction) -> bool {
    use RelationAction as A;
    match action {
        A::Get => true,
        A::Create => relation.kind != RelationKind::BelongsTo,
        A::Update | A::Destroy => matches!(relation.kind, RelationKind::HasOne | RelationKind::EmbedsOne),
        A::Delete | A::FindById | A::UpdateById | A::DestroyById | A::Count => !relation.is_to_one(),
        A::Link | A::Unlink | A::Exists => relation.through.is_some() || relation.kind == RelationKind::ReferencesMany,
    }
}

fn relation_method(at: usize, relation: &RelationNode, m: &BuiltInRelation) -> MethodNode {
    let mut segments = vec![Segment::Param("id"), Segment::Literal(relation.name.to_string().into())];
    segments.extend_from_slice(m.tail);
    let (args, returns) = match m.action {
        // Each row may lead to another model: there is no filter for all of them.
        RelationAction::Get if relation.is_to_any() => (&[ID][..], Returns::Instance),
        RelationAction::Get if relation.is_to_one() => (&[ID, ONE_FILTER][..], Returns::Instance),
        RelationAction::Create if relation.is_to_one() => (&[ID, DATA][..], Returns::Instance),
        RelationAction::Link if relation.through.is_some() => (&[ID, FOREIGN_KEY, PARTIAL][..], m.returns),
        RelationAction::Link => (m.args, Returns::Instance),
        _ => (m.args, m.returns),
    };
    let subject = match (&relation.through, m.action) {
        (Some(through), RelationAction::Link) => Some(through.model.clone()),
        _ if relation.is_to_any() => None,
        _ => Some(relation.target.clone()),
    };
    MethodNode {
        name: format!("prototype.__{}__{}", m.name, relation.name).into(),
        aliases: &[],
        doc: m.doc.replace("{relation}", &relation.name).into(),
        operation: Operation::Relation(at, m.action),
        access: m.access,
        routes: vec![Route { verb: m.verb, segments: segments.into() }],
        args,
        returns,
        subject,
    }
}

fn scope_methods(at: usize, scope: &ScopeNode) -> Vec<MethodNode> {
    let method = |name: &str, doc: &str, action, access, verb, tail: &[Segment], args, returns| {
        let mut segments = vec![Segment::Literal(scope.name.to_string().into())];
        segments.extend_from_slice(tail);
        MethodNode {
            name: format!("__{name}__{}", scope.name).into(),
            aliases: &[],
            doc: doc.replace("{scope}", &scope.name).into(),
            operation: Operation::Scope(at, action),
            access,
            routes: vec![Route { verb, segments: segments.into() }],
            args,
            returns,
            subject: None,
        }
    };
    use ScopeAction as A;
    vec![
        method(
            "get",
            "Find the {model} instances of the scope {scope}",
            A::Get,
            AccessType::Read,
            Verb::Get,
            &[],
            &[FILTER][..],
            Returns::List,
        ),
        method(
            "create",
            "Create a {model} of the scope {scope}",
            A::Create,
            AccessType::Write,
            Verb::Post,
            &[],
            &[DATA][..],
            Returns::Instance,
        ),
        method(
            "delete",
            "Delete all {model} instances of the scope {scope}",
            A::Delete,
            AccessType::Write,
            Verb::Delete,
            &[],
            &[WHERE][..],
            Returns::Nothing,
        ),
        method(
            "count",
            "Count the {model} instances of the scope {scope}",
            A::Count,
            AccessType::Read,
            Verb::Get,
            &[literal("count")],
            &[WHERE][..],
            Returns::Count,
        ),
    ]
}

/// The remote methods of a model without the disabled ones.
///
/// # Errors
/// The names that are no method's.
pub(super) fn of_model(model: &ModelNode, disabled: &[&str]) -> Result<Vec<MethodNode>, Vec<String>> {
    if model.transient {
        return Ok(Vec::new());
    }
    // PUT goes to the replacing methods (LoopBack 3) or to the updating ones (LoopBack 2).
    let (on_root, on_id) = if model.replace_on_put {
        (Operation::ReplaceOrCreate, Operation::ReplaceById)
    } else {
        (Operation::PatchOrCreate, Operation::PatchAttributes)
    };
    let mut methods: Vec<MethodNode> = PERSISTED
        .iter()
        .map(|m| {
            let mut routes: Vec<Route> = m.routes.iter().map(|(verb, segments)| route(*verb, segments)).collect();
            if m.operation == on_root {
                routes.push(route(Verb::Put, ROOT));
            }
            if m.operation == on_id {
                routes.push(route(Verb::Put, BY_ID));
            }
            MethodNode {
                name: m.name.into(),
                aliases: m.aliases,
                doc: m.doc.into(),
                operation: m.operation,
                access: m.access,
                routes,
                args: m.args,
                returns: m.returns,
                subject: None,
            }
        })
        .collect();
    for (at, scope) in model.scopes.iter().enumerate() {
        methods.extend(scope_methods(at, scope));
    }
    for (at, relation) in model.relations.iter().enumerate() {
        let has = RELATION.iter().filter(|m| has(relation, m.action));
        methods.extend(has.map(|m| relation_method(at, relation, m)));
    }
    let names = |method: &MethodNode, name: &str| {
        method.name == name || method.aliases.contains(&name) || method.name.strip_prefix("prototype.") == Some(name)
    };
    let known = |name: &str| WITHOUT_ROUTE.contains(&name) || methods.iter().any(|method| names(method, name));
    let unknown: Vec<_> = disabled.iter().filter(|name| !known(name)).map(|name| (*name).to_owned()).collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    methods.retain(|method| !disabled.iter().any(|name| names(method, name)));
    Ok(methods)
}

/// The routes of a model by the number of their parts, those with words before those with parameters: `/count` is the
/// method, not an id. `(method, route)` by their indexes.
pub(super) fn routes(methods: &[MethodNode]) -> Vec<Vec<(usize, usize)>> {
    let mut routes: Vec<Vec<(usize, usize)>> = Vec::new();
    for (m, method) in methods.iter().enumerate() {
        for (r, route) in method.routes.iter().enumerate() {
            let length = route.segments.len();
            if routes.len() <= length {
                routes.resize(length + 1, Vec::new());
            }
            routes[length].push((m, r));
        }
    }
    for list in &mut routes {
        list.sort_by_key(|(m, r)| {
            let segments = methods[*m].routes[*r].segments.iter();
            segments.map(|segment| matches!(segment, Segment::Param(_))).collect::<Vec<_>>()
        });
    }
    routes
}
