//! The model that the framework makes between the two ends of a `hasAndBelongsToMany`.

use crate::graph::names::{camel, snake_case};
use crate::graph::node::PropertyNode;
use crate::graph::{Kind, Link, ModelNode, RelationKind, RelationNode};
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// `ProductTag`; kept, once each, as names of definitions live as long as the program.
pub(super) fn made_name(names: [&'static str; 2]) -> &'static str {
    static MADE: OnceLock<Mutex<HashMap<[&'static str; 2], &'static str>>> = OnceLock::new();
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(names).or_insert_with(|| Box::leak(names.concat().into_boxed_str()))
}

/// It has an id and two keys.
pub(super) fn made_model(
    name: &str,
    at: usize,
    source: &ModelNode,
    target_at: usize,
    target: &ModelNode,
    relation: &str,
) -> ModelNode {
    let first = camel(&source.name);
    // A model that is related to itself needs another word for the other end.
    let second = if at == target_at { format!("{relation}Other") } else { camel(&target.name) };
    let key = |word: &str, model: &ModelNode| {
        let id = model.id_property();
        let mut property =
            PropertyNode::plain(&format!("{word}Id"), &format!("{}_id", snake_case(word)), id.kind.clone());
        property.required = true;
        property.sql = id.sql;
        property
    };
    let mut id = PropertyNode::plain("id", "id", Kind::Integer { min: 1, max: i64::MAX });
    id.required = true;
    id.generated = true;
    let properties = vec![id, key(&first, source), key(&second, target)];
    let belongs_to = |word: &str, from: usize, target: usize, to: usize| RelationNode {
        name: word.into(),
        doc: "".into(),
        kind: RelationKind::BelongsTo,
        from,
        to,
        through: None,
        polymorphic: None,
        scope: None,
        properties: Vec::new(),
        disable_include: false,
        nest: false,
        validate: true,
        relation_acl: None,
        location: source.location.clone(),
        json_key: format!("{}:", serde_json::Value::from(word)).into(),
        target: Link::to(target),
    };
    let relations = vec![belongs_to(&first, 1, at, source.id), belongs_to(&second, 2, target_at, target.id)];
    ModelNode::made(name, &source.data_source, &source.location, properties, relations)
}
