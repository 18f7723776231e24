//! Definitions that do not go together: what is embedded with what has operations, two of the same name.

use super::resolve::is;
use super::{Definitions, Fault, ModelNode};
use crate::meta::{ModelDef, RoleResolverDef};
use std::collections::HashMap;

/// What is embedded in other models has no operations of its own.
pub(super) fn embedded_alone(def: &'static ModelDef, all: &Definitions, faults: &mut Vec<Fault>) {
    for hook in all.hooks.iter().filter(|hook| is(def, (hook.model)())) {
        let message = format!(
            "the hook `{}` ({}) is for {}, which is transient: it has no operations; put it on the model that embeds it, \
             or on one that extends it",
            hook.name,
            hook.phase.as_str(),
            def.name
        );
        // One that others extend has hooks for them.
        if !all.models.iter().any(|other| other.bases().any(|base| is(base, def))) {
            faults.push(Fault { location: hook.location.to_string(), message });
        }
    }
    for mixin in def.settings.mixins {
        let message = format!("{} is transient: the mixin `{}` needs a table", def.name, mixin.name());
        faults.push(Fault { location: def.location.to_string(), message });
    }
}

/// One function decides about a role.
pub(super) fn two_resolvers(resolvers: &[RoleResolverDef], faults: &mut Vec<Fault>) {
    for (at, resolver) in resolvers.iter().enumerate() {
        if let Some(first) = resolvers[..at].iter().find(|first| first.role == resolver.role) {
            let message = format!("the role `{}` has a resolver already, at {}", resolver.role, first.location);
            faults.push(Fault { location: resolver.location.to_string(), message });
        }
    }
}

/// Names, paths and tables that two models share.
pub(super) fn clashes(models: &[ModelNode], faults: &mut Vec<Fault>) {
    let mut taken: HashMap<(&str, String), &ModelNode> = HashMap::new();
    for model in models {
        let mut keys = vec![("name", model.name.to_lowercase())];
        if !model.transient {
            keys.push(("table", format!("{}.{}", model.data_source, model.table.to_lowercase())));
        }
        if model.public {
            keys.push(("path", model.path.to_lowercase()));
        }
        for key in keys {
            let what = key.0;
            match taken.get(&key) {
                Some(other) => {
                    faults.push(Fault {
                        location: model.location.clone(),
                        message: format!(
                            "model `{}` has the same {what} as model `{}` of {}",
                            model.name, other.name, other.location
                        ),
                    });
                    break;
                }
                None => {
                    taken.insert(key, model);
                }
            }
        }
    }
}
