//! The methods of relations and of named scopes.

use super::built_in::{DATA, DATA_OR_LIST, FILTER, ID, ONE_FILTER, PARTIAL, WHERE, literal, param};
use super::{
    AccessType, ArgKind, ArgNode, ArgSource, MethodHooks, MethodNode, Operation, RelationAction, Returns, Route,
    ScopeAction, Segment, Verb,
};
use crate::graph::relation::{RelationKind, RelationNode};
use crate::graph::{ModelNode, ScopeNode};

/// The methods of a model's scopes and relations.
pub(super) fn of_model(model: &ModelNode) -> Vec<MethodNode> {
    let mut methods = Vec::new();
    for (at, scope) in model.scopes.iter().enumerate() {
        methods.extend(scope_methods(at, scope));
    }
    for (at, relation) in model.relations.iter().enumerate() {
        let has = RELATION.iter().filter(|m| has(relation, m.action));
        methods.extend(has.map(|m| relation_method(at, relation, m)));
    }
    methods
}

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

const BY_KEY: &[Segment] = &[param("fk")];
const LINK_BY_KEY: &[Segment] = &[literal("rel"), param("fk")];

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
    let mut segments = vec![param("id"), Segment::Literal(relation.name.to_string().into())];
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
        custom: None,
        hooks: MethodHooks::default(),
        rules: Vec::new(),
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
            custom: None,
            hooks: MethodHooks::default(),
            rules: Vec::new(),
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
