//! The methods that every persisted model has.

use super::{
    AccessType, ArgKind, ArgNode, ArgSource, MethodHooks, MethodNode, Operation, Returns, Route, Segment, Verb,
};
use crate::graph::ModelNode;
use std::borrow::Cow;

pub(super) const ID: ArgNode =
    ArgNode { name: "id", source: ArgSource::Path, kind: ArgKind::Id, doc: "The id of the instance" };
pub(super) const FILTER: ArgNode = ArgNode {
    name: "filter",
    source: ArgSource::Query,
    kind: ArgKind::Filter,
    doc: "Conditions, order, paging, fields and related instances, as JSON: {\"where\":{\"property\":\"value\"},\"order\":\"property DESC\",\"limit\":10,\"skip\":0,\"fields\":[\"property\"],\"include\":[\"relation\"]}",
};
pub(super) const ONE_FILTER: ArgNode = ArgNode {
    name: "filter",
    source: ArgSource::Query,
    kind: ArgKind::InstanceFilter,
    doc: "The fields and the related instances to answer with, as JSON: {\"fields\":[\"property\"],\"include\":[\"relation\"]}",
};
pub(super) const WHERE: ArgNode = ArgNode {
    name: "where",
    source: ArgSource::Query,
    kind: ArgKind::Where,
    doc: "The condition, as JSON: {\"property\":\"value\"}",
};
pub(super) const DATA_OR_LIST: ArgNode = ArgNode {
    name: "data",
    source: ArgSource::Body,
    kind: ArgKind::DataOrList,
    doc: "The instance, or a list of instances",
};
pub(super) const DATA: ArgNode =
    ArgNode { name: "data", source: ArgSource::Body, kind: ArgKind::Data, doc: "The instance" };
pub(super) const PARTIAL: ArgNode =
    ArgNode { name: "data", source: ArgSource::Body, kind: ArgKind::PartialData, doc: "The properties to set" };

const ROOT: &[Segment] = &[];
const BY_ID: &[Segment] = &[param("id")];

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

/// A parameter of a path.
pub(super) const fn param(name: &'static str) -> Segment {
    Segment::Param(Cow::Borrowed(name))
}

pub(super) const fn literal(word: &'static str) -> Segment {
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
        routes: &[(Verb::Get, &[param("id"), literal("exists")]), (Verb::Head, BY_ID)],
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
        routes: &[(Verb::Post, &[param("id"), literal("replace")])],
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
        aliases: &["prototype.updateAttributes"],
        doc: "Update some properties of a {model}",
        operation: Operation::PatchAttributes,
        access: AccessType::Write,
        routes: &[(Verb::Patch, BY_ID)],
        args: &[ID, PARTIAL],
        returns: Returns::Instance,
    },
];

/// Of models that have it.
const CHANGE_STREAM: BuiltIn = BuiltIn {
    name: "createChangeStream",
    aliases: &[],
    doc: "Listen to the changes of {model} instances, as server-sent events",
    operation: Operation::ChangeStream,
    access: AccessType::Read,
    routes: &[(Verb::Post, &[literal("change-stream")]), (Verb::Get, &[literal("change-stream")])],
    args: &[ArgNode {
        name: "options",
        source: ArgSource::Query,
        kind: ArgKind::StreamOptions,
        doc: "Which instances, as JSON: {\"where\":{\"property\":\"value\"}}",
    }],
    returns: Returns::Events,
};

/// Names that `disable` knows although this model has no such endpoint (yet).
pub(super) const WITHOUT_ROUTE: &[&str] = &["createChangeStream"];

/// The methods of a persisted model.
pub(super) fn of_model(model: &ModelNode) -> Vec<MethodNode> {
    // PUT goes to the replacing methods (LoopBack 3) or to the updating ones (LoopBack 2).
    let (on_root, on_id) = if model.replace_on_put {
        (Operation::ReplaceOrCreate, Operation::ReplaceById)
    } else {
        (Operation::PatchOrCreate, Operation::PatchAttributes)
    };
    PERSISTED
        .iter()
        .chain(model.change_stream.then_some(&CHANGE_STREAM))
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
                custom: None,
                hooks: MethodHooks::default(),
                rules: Vec::new(),
            }
        })
        .collect()
}
