//! Whose a row is: what `$owner` goes by. Answers to loopback `common/models/role.js` (`isOwner`).

use super::{Fault, ModelNode, OwnerNode, PrincipalNode, RelationKind};
use crate::meta::ModelDef;
use crate::suggest::did_you_mean;

/// Finds it for each model.
pub(super) fn owners(models: &mut [ModelNode], defs: &[&'static ModelDef], faults: &mut Vec<Fault>) {
    let users: Vec<bool> = models.iter().map(|model| model.user.is_some()).collect();
    for at in 0..models.len() {
        let model = &models[at];
        let named = defs.get(at).map_or(&[][..], |def| owner_names(def));
        let mut found = Vec::new();
        for name in named {
            match owner(model, models, &users, name) {
                Ok(owner) => found.push(owner),
                Err(why) => faults.push(Fault {
                    location: model.location.clone(),
                    message: format!("{}: `owner` names `{name}`, {why}", model.name),
                }),
            }
        }
        if named.is_empty() {
            found.extend(implied(model, models, &users));
        }
        if found.is_empty() && model.access.knows_owner() && named.is_empty() && !model.transient {
            let rule = model.access.rules.iter().find(|rule| rule.principal == PrincipalNode::Owner);
            let own = rule.filter(|_| !model.id_less);
            if let Some(rule) = own {
                faults.push(Fault {
                    location: rule.location.to_string(),
                    message: format!(
                        "`$owner` of {} is nobody: give it a relation `BelongsTo` to a model of users, a property \
                         `user_id`, or say `#[model(owner = field)]`",
                        model.name
                    ),
                });
            }
        }
        models[at].access.owners = found;
    }
}

fn owner_names(def: &'static ModelDef) -> &'static [&'static str] {
    if !def.settings.owner.is_empty() {
        return def.settings.owner;
    }
    def.bases().map(|base| base.settings.owner).find(|owner| !owner.is_empty()).unwrap_or(&[])
}

fn owner(model: &ModelNode, models: &[ModelNode], users: &[bool], name: &str) -> Result<OwnerNode, String> {
    if let Some(at) = model.relation(name) {
        let relation = &model.relations[at];
        if relation.kind != RelationKind::BelongsTo || relation.is_to_any() {
            return Err("which is no relation `BelongsTo`".into());
        }
        let target = relation.target.at();
        if !users[target] {
            return Err(format!("which belongs to {}, no model of users", models[target].name));
        }
        return Ok(OwnerNode::Key { property: relation.from, model: Some(models[target].name.clone()) });
    }
    match model.property(name) {
        Some(at) => Ok(of_property(model, models, users, at)),
        None => {
            let known = model.relations.iter().map(|relation| &*relation.name);
            let known = known.chain(model.named().map(|(_, property)| &*property.name));
            Err(format!("which it does not have{}", did_you_mean(name, known)))
        }
    }
}

/// A property with the id of a user: it may be the key of a relation, which then says of which model.
fn of_property(model: &ModelNode, models: &[ModelNode], users: &[bool], at: usize) -> OwnerNode {
    let relation = model.relations.iter().find(|relation| {
        relation.kind == RelationKind::BelongsTo
            && !relation.is_to_any()
            && relation.from == at
            && users[relation.target.at()]
    });
    OwnerNode::Key { property: at, model: relation.map(|relation| models[relation.target.at()].name.clone()) }
}

fn implied(model: &ModelNode, models: &[ModelNode], users: &[bool]) -> Option<OwnerNode> {
    if model.user.is_some() {
        return Some(OwnerNode::Itself);
    }
    if let Some(at) = ["userId", "owner"].into_iter().find_map(|name| model.property(name)) {
        return Some(of_property(model, models, users, at));
    }
    let belongs = |relation: &&super::RelationNode| {
        relation.kind == RelationKind::BelongsTo && !relation.is_to_any() && users[relation.target.at()]
    };
    let relation = model.relations.iter().find(belongs)?;
    Some(OwnerNode::Key { property: relation.from, model: Some(models[relation.target.at()].name.clone()) })
}
