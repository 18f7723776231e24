//! Remote methods of the graph: names, routes, arguments. The router, OpenAPI, the explorer and `disable` read these.
//! Answers to loopback `lib/persisted-model.js` (`setupRemoting`).

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
}

/// A part of a route between two slashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A word of the path.
    Literal(&'static str),
    /// A parameter, by its name.
    Param(&'static str),
}

/// A verb and a path below the model's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The verb.
    pub verb: Verb,
    /// The parts of the path; empty for the model's own path.
    pub segments: &'static [Segment],
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
}

/// A remote method of a model.
#[derive(Clone, Debug)]
pub struct MethodNode {
    /// LoopBack's name: `find`, `prototype.patchAttributes`.
    pub name: &'static str,
    /// Other names it goes by, in ACLs and in `disable`.
    pub aliases: &'static [&'static str],
    /// One line for the explorer; `{model}` stands for the model's name.
    pub doc: &'static str,
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
}

const ID: ArgNode = ArgNode { name: "id", source: ArgSource::Path, kind: ArgKind::Id, doc: "The id of the instance" };
const FILTER: ArgNode = ArgNode {
    name: "filter",
    source: ArgSource::Query,
    kind: ArgKind::Filter,
    doc: "Conditions, order, paging and fields, as JSON: {\"where\":{\"property\":\"value\"},\"order\":\"property DESC\",\"limit\":10,\"skip\":0,\"fields\":[\"property\"]}",
};
const ONE_FILTER: ArgNode = ArgNode {
    name: "filter",
    source: ArgSource::Query,
    kind: ArgKind::InstanceFilter,
    doc: "The fields to answer with, as JSON: {\"fields\":[\"property\"]}",
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

const fn word(words: &'static [Segment; 1]) -> &'static [Segment] {
    words
}

struct BuiltIn {
    name: &'static str,
    aliases: &'static [&'static str],
    doc: &'static str,
    operation: Operation,
    access: AccessType,
    routes: &'static [Route],
    args: &'static [ArgNode],
    returns: Returns,
}

const fn route(verb: Verb, segments: &'static [Segment]) -> Route {
    Route { verb, segments }
}

/// The methods of a persisted model, in the order in which the explorer lists them.
const PERSISTED: &[BuiltIn] = &[
    BuiltIn {
        name: "create",
        aliases: &[],
        doc: "Create a new {model}, or several, and store them",
        operation: Operation::Create,
        access: AccessType::Write,
        routes: &[route(Verb::Post, ROOT)],
        args: &[DATA_OR_LIST],
        returns: Returns::InstanceOrList,
    },
    BuiltIn {
        name: "patchOrCreate",
        aliases: &["upsert", "updateOrCreate"],
        doc: "Update the {model} with the id in the data, or create one",
        operation: Operation::PatchOrCreate,
        access: AccessType::Write,
        routes: &[route(Verb::Patch, ROOT)],
        args: &[PARTIAL],
        returns: Returns::Instance,
    },
    BuiltIn {
        name: "replaceOrCreate",
        aliases: &[],
        doc: "Replace the {model} with the id in the data, or create one",
        operation: Operation::ReplaceOrCreate,
        access: AccessType::Write,
        routes: &[route(Verb::Post, word(&[Segment::Literal("replaceOrCreate")]))],
        args: &[DATA],
        returns: Returns::Instance,
    },
    BuiltIn {
        name: "upsertWithWhere",
        aliases: &["patchOrCreateWithWhere"],
        doc: "Update the one {model} that the condition finds, or create one",
        operation: Operation::UpsertWithWhere,
        access: AccessType::Write,
        routes: &[route(Verb::Post, word(&[Segment::Literal("upsertWithWhere")]))],
        args: &[WHERE, PARTIAL],
        returns: Returns::Instance,
    },
    BuiltIn {
        name: "exists",
        aliases: &[],
        doc: "Tell whether there is a {model} with the id",
        operation: Operation::Exists,
        access: AccessType::Read,
        routes: &[route(Verb::Get, &[Segment::Param("id"), Segment::Literal("exists")]), route(Verb::Head, BY_ID)],
        args: &[ID],
        returns: Returns::Exists,
    },
    BuiltIn {
        name: "findById",
        aliases: &[],
        doc: "Find a {model} by its id",
        operation: Operation::FindById,
        access: AccessType::Read,
        routes: &[route(Verb::Get, BY_ID)],
        args: &[ID, ONE_FILTER],
        returns: Returns::Instance,
    },
    BuiltIn {
        name: "replaceById",
        aliases: &[],
        doc: "Replace all properties of a {model}",
        operation: Operation::ReplaceById,
        access: AccessType::Write,
        routes: &[route(Verb::Post, &[Segment::Param("id"), Segment::Literal("replace")])],
        args: &[ID, DATA],
        returns: Returns::Instance,
    },
    BuiltIn {
        name: "find",
        aliases: &[],
        doc: "Find all {model} instances that the filter matches",
        operation: Operation::Find,
        access: AccessType::Read,
        routes: &[route(Verb::Get, ROOT)],
        args: &[FILTER],
        returns: Returns::List,
    },
    BuiltIn {
        name: "findOne",
        aliases: &[],
        doc: "Find the first {model} that the filter matches",
        operation: Operation::FindOne,
        access: AccessType::Read,
        routes: &[route(Verb::Get, word(&[Segment::Literal("findOne")]))],
        args: &[FILTER],
        returns: Returns::Instance,
    },
    BuiltIn {
        name: "updateAll",
        aliases: &["update"],
        doc: "Update every {model} that the condition finds",
        operation: Operation::UpdateAll,
        access: AccessType::Write,
        routes: &[route(Verb::Post, word(&[Segment::Literal("update")]))],
        args: &[WHERE, PARTIAL],
        returns: Returns::Count,
    },
    BuiltIn {
        name: "deleteById",
        aliases: &["destroyById", "removeById"],
        doc: "Delete a {model} by its id",
        operation: Operation::DeleteById,
        access: AccessType::Write,
        routes: &[route(Verb::Delete, BY_ID)],
        args: &[ID],
        returns: Returns::Count,
    },
    BuiltIn {
        name: "count",
        aliases: &[],
        doc: "Count the {model} instances that the condition finds",
        operation: Operation::Count,
        access: AccessType::Read,
        routes: &[route(Verb::Get, word(&[Segment::Literal("count")]))],
        args: &[WHERE],
        returns: Returns::Count,
    },
    BuiltIn {
        name: "prototype.patchAttributes",
        aliases: &["prototype.updateAttributes", "patchAttributes"],
        doc: "Update some properties of a {model}",
        operation: Operation::PatchAttributes,
        access: AccessType::Write,
        routes: &[route(Verb::Patch, BY_ID)],
        args: &[ID, PARTIAL],
        returns: Returns::Instance,
    },
];

/// Names that `disable` knows although this model has no such endpoint (yet).
const WITHOUT_ROUTE: &[&str] = &["createChangeStream"];

/// The remote methods of a model without the disabled ones.
///
/// # Errors
/// The names that are no method's.
pub(super) fn persisted(replace_on_put: bool, disabled: &[&str]) -> Result<Vec<MethodNode>, Vec<String>> {
    let known = |name: &str| {
        WITHOUT_ROUTE.contains(&name) || PERSISTED.iter().any(|m| m.name == name || m.aliases.contains(&name))
    };
    let unknown: Vec<_> = disabled.iter().filter(|name| !known(name)).map(|name| (*name).to_owned()).collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    // PUT goes to the replacing methods (LoopBack 3) or to the updating ones (LoopBack 2).
    let (on_root, on_id) = if replace_on_put {
        (Operation::ReplaceOrCreate, Operation::ReplaceById)
    } else {
        (Operation::PatchOrCreate, Operation::PatchAttributes)
    };
    let enabled = PERSISTED.iter().filter(|m| !disabled.iter().any(|name| m.name == *name || m.aliases.contains(name)));
    Ok(enabled
        .map(|m| {
            let mut routes = m.routes.to_vec();
            if m.operation == on_root {
                routes.push(route(Verb::Put, ROOT));
            }
            if m.operation == on_id {
                routes.push(route(Verb::Put, BY_ID));
            }
            MethodNode {
                name: m.name,
                aliases: m.aliases,
                doc: m.doc,
                operation: m.operation,
                access: m.access,
                routes,
                args: m.args,
                returns: m.returns,
            }
        })
        .collect())
}
