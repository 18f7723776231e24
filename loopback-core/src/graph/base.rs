//! The settings of a model that extends another.

use super::Fault;
use crate::meta::{IndexDef, MixinDef, ModelDef, ModelRef, ScopeDef, SettingsDef};

/// The settings of a model with those that it takes over: its own word goes first.
///
/// Where the model is found (table, plural, path, data source, whether it is public or transient) is its own to say.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// Its own, completed by those of its bases.
    pub(super) all: SettingsDef,
    pub(super) disabled: Vec<&'static str>,
    pub(super) indexes: Vec<IndexDef>,
    pub(super) scopes: Vec<ScopeDef>,
    pub(super) mixins: Vec<MixinDef>,
}

impl Settings {
    pub(super) fn of(def: &ModelDef) -> Self {
        let own = def.settings;
        let mut settings = Self {
            all: own,
            disabled: own.disabled.to_vec(),
            indexes: Vec::new(),
            scopes: own.scopes.to_vec(),
            mixins: own.mixins.to_vec(),
        };
        for SettingsDef {
            strict,
            force_id,
            replace_on_put,
            change_stream,
            default_scope,
            default_limit,
            max_limit,
            implicit_transactions,
            owner_writable,
            default_permission,
            acl_error_status,
            relation_acl,
            disabled,
            scopes,
            mixins,
            ..
        } in def.bases().map(|base| base.settings)
        {
            let all = &mut settings.all;
            all.strict = all.strict.or(strict);
            all.force_id = all.force_id.or(force_id);
            all.replace_on_put = all.replace_on_put.or(replace_on_put);
            all.change_stream = all.change_stream.or(change_stream);
            all.default_scope = all.default_scope.or(default_scope);
            all.default_limit = all.default_limit.or(default_limit);
            all.max_limit = all.max_limit.or(max_limit);
            all.implicit_transactions = all.implicit_transactions.or(implicit_transactions);
            all.owner_writable = all.owner_writable.or(owner_writable);
            all.default_permission = all.default_permission.or(default_permission);
            all.acl_error_status = all.acl_error_status.or(acl_error_status);
            all.relation_acl = all.relation_acl.or(relation_acl);
            for method in disabled {
                if !settings.disabled.contains(method) {
                    settings.disabled.push(method);
                }
            }
            for mixin in mixins {
                if !settings.mixins.iter().any(|own| (own.type_name)() == (mixin.type_name)()) {
                    settings.mixins.push(*mixin);
                }
            }
            for scope in scopes {
                if !settings.scopes.iter().any(|own| own.name == scope.name) {
                    settings.scopes.push(*scope);
                }
            }
        }
        let bases: Vec<_> = def.bases().collect();
        let bases = bases.iter().rev().map(|base| base.settings.indexes);
        settings.indexes = bases.chain([own.indexes]).flatten().copied().collect();
        settings
    }
}

/// What only shows when a model and its bases are seen together.
pub(super) fn faults(def: &'static ModelDef, faults: &mut Vec<Fault>) {
    let Some(base) = def.base.and_then(ModelRef::def) else { return };
    let all = Settings::of(def).all;
    if let (Some(default), Some(max)) = (all.default_limit, all.max_limit)
        && default > max
    {
        faults.push(Fault {
            location: def.location.to_string(),
            message: format!(
                "model `{}`: `default_limit` {default} is above `max_limit` {max}; one of them comes from the base `{}`",
                def.name, base.name
            ),
        });
    }
    // Those that store a property are found with it.
    let own = def.relations.iter().skip(base.relations.len()).filter(|relation| relation.property.is_none());
    for relation in own.filter(|relation| base.has_field(relation.field)) {
        faults.push(Fault {
            location: format!("{}:{}", def.location.file, relation.line),
            message: format!(
                "{}.{}: the base `{}` has a field of that name: rename this one",
                def.name, relation.field, base.name
            ),
        });
    }
}
