//! What is embedded in a model, as the kind of the property that holds it.

use crate::graph::node::{Default, PropertyNode};
use crate::graph::{FieldNode, Kind, ModelNode, ObjectNode};
use crate::meta::{ModelDef, RelationDef, RelationKindDef};
use crate::value::Value;

/// How deep embedded data can stand in embedded data.
const MAX_EMBEDDED: usize = 8;

/// What is embedded has the properties of its model.
pub(super) fn embedded_kinds(defs: &[&'static ModelDef], models: &mut [ModelNode]) {
    fn object(defs: &[&'static ModelDef], models: &[ModelNode], name: &str, depth: usize) -> Kind {
        let found = defs.iter().position(|def| def.name == name);
        let Some((def, model)) = found.map(|at| (defs[at], &models[at])) else { return Kind::Any };
        // What embeds itself ends here: deeper data has no property, so nothing in it is stored, hidden or shown.
        if depth >= MAX_EMBEDDED {
            return Kind::Object(ObjectNode { name: name.into(), fields: Vec::new() });
        }
        let fields = model.named().map(|(at, property)| {
            let inner = def.relations.iter().find(|relation| relation.property == u16::try_from(at).ok());
            FieldNode {
                name: property.name.clone(),
                kind: inner
                    .and_then(|relation| embedded(defs, models, relation, depth + 1))
                    .unwrap_or_else(|| property.kind.clone()),
                // What is missing is a matter of validation, whose message LoopBack's clients know.
                required: false,
                hidden: property.hidden || property.protected,
                doc: property.doc.clone(),
            }
        });
        Kind::Object(ObjectNode { name: name.into(), fields: fields.collect() })
    }
    fn embedded(
        defs: &[&'static ModelDef],
        models: &[ModelNode],
        relation: &RelationDef,
        depth: usize,
    ) -> Option<Kind> {
        let target = relation.target?.name();
        match relation.kind {
            RelationKindDef::EmbedsOne => Some(object(defs, models, target, depth)),
            RelationKindDef::EmbedsMany => Some(Kind::Array(Box::new(object(defs, models, target, depth)))),
            _ => None,
        }
    }
    let mut kinds = Vec::new();
    for (at, def) in defs.iter().enumerate() {
        for relation in def.relations {
            if let (Some(property), Some(kind)) = (relation.property, embedded(defs, models, relation, 0)) {
                kinds.push((at, usize::from(property), kind));
            }
        }
    }
    for (at, property, kind) in kinds {
        if let Some(property) = models[at].properties.get_mut(property) {
            property.hides = kind.hides();
            property.kind = kind;
        }
    }
    // A list is empty when nobody says otherwise, as in LoopBack.
    for (at, def) in defs.iter().enumerate() {
        let lists = def
            .relations
            .iter()
            .filter(|relation| matches!(relation.kind, RelationKindDef::EmbedsMany | RelationKindDef::ReferencesMany));
        for relation in lists {
            let property = relation.property.and_then(|list| models[at].properties.get_mut(usize::from(list)));
            if let Some(property @ PropertyNode { default: Default::None, .. }) = property {
                property.default = Default::Function(|| Value::Json(serde_json::Value::Array(Vec::new())));
            }
        }
    }
}
