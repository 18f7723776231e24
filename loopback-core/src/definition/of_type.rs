//! What a configuration says of a model that is a type, or one of the framework's own: its definition, with that in it. What
//! only the struct can say is a fault, so that nobody relies on it.

use super::config::SAID_ELSEWHERE;
use super::{ModelConfig, Reader, Source, intern, outline, property, rules, settings};
use crate::graph::Fault;
use crate::meta::{AclDef, ModelDef, ScopeDef, SettingsDef};
use serde_json::{Map, Value as Json};

/// What belongs to the struct, and what to write there.
const OF_STRUCT: [(&str, &str); 5] = [
    ("methods", "are functions with `#[remote_method]`"),
    ("mixins", "are said where its struct stands: `#[model(mixins(..))]`"),
    ("excludeBaseProperties", "are said where its struct stands: it has the properties of its fields"),
    ("nestRemoting", "is said at the relation, where its struct stands: `#[relation(nest)]`"),
    ("mongodb", TABLE),
];

const TABLE: &str = "is said where its struct stands: `#[model(table = \"..\")]`, `#[property(column = \"..\")]`";

/// The options of a configuration as a definition, to be read as one.
pub(super) fn source(name: &str, config: &ModelConfig) -> Source {
    let mut map: Map<String, Json> = config.options.clone();
    map.retain(|key, _| !SAID_ELSEWHERE.contains(&key.as_str()));
    map.insert("name".into(), name.into());
    map.insert("acls".into(), Json::Array(config.acls.clone()));
    outline::merged(&Source::new(Json::Object(map), config.location.clone()))
}

/// The definition, with what the configuration says; as it was, where that is at fault.
pub(super) fn configured(def: &'static ModelDef, config: &ModelConfig, faults: &mut Vec<Fault>) -> &'static ModelDef {
    // The name is one that no model of the framework's has.
    const NAME: &str = "Configured";
    let source = source(NAME, config);
    let key = format!("configured|{def:p}|{config:?}");
    let before = faults.len();
    let made = intern::model(key, || {
        let made = with(def, config, &outline::Outline::of(&source, faults)?, faults);
        (faults.len() == before).then_some(made)
    });
    for fault in &mut faults[before..] {
        if let Some(rest) = fault.message.strip_prefix(NAME).filter(|rest| rest.starts_with('.')) {
            fault.message = format!("{}{rest}", def.name);
        }
    }
    made.unwrap_or(def)
}

fn with(
    def: &'static ModelDef,
    config: &ModelConfig,
    outline: &outline::Outline<'_>,
    faults: &mut Vec<Fault>,
) -> ModelDef {
    let reader = Reader { location: &config.location, path: def.name.to_owned(), map: outline.map };
    of_struct(&reader, def, faults);
    let mut properties = def.properties.to_vec();
    let mut relations = def.relations.to_vec();
    let all = properties.len();
    rules::validations(&reader, &mut properties, all, faults);
    property::visibility(&reader, &mut properties, &mut relations, faults);
    let path = reader.object("http", faults).and_then(|http| http.text("path", faults));
    ModelDef {
        doc: reader.text("description", faults).map_or(def.doc, intern::text),
        plural: reader.text("plural", faults).map(intern::text).or(def.plural),
        http_path: path.map(|path| intern::text(&format!("/{}", path.trim_matches('/')))).or(def.http_path),
        properties: intern::list(properties),
        relations: intern::list(relations),
        acls: acls(def, &reader, faults),
        settings: both(def, config, &settings::settings(outline, Some(def), faults)),
        ..*def
    }
}

/// The rules, LoopBack's `addACL`: of two about the same the later one holds.
fn acls(def: &ModelDef, reader: &Reader<'_>, faults: &mut Vec<Fault>) -> &'static [AclDef] {
    let more = rules::acls(reader, faults);
    let same = |one: &AclDef, other: &AclDef| {
        one.principal == other.principal && one.access == other.access && one.methods == other.methods
    };
    let before_them = def.acls.iter().copied().filter(|rule| !more.iter().any(|other| same(rule, other)));
    intern::list(before_them.chain(more.iter().copied()).collect())
}

/// The settings: those of the configuration go before the model's.
fn both(def: &ModelDef, config: &ModelConfig, own: &SettingsDef) -> SettingsDef {
    let before_it = def.settings;
    let scopes = before_it.scopes.iter().filter(|scope| !own.scopes.iter().any(|other| other.name == scope.name));
    let scopes: Vec<ScopeDef> = scopes.chain(own.scopes).copied().collect();
    SettingsDef {
        strict: own.strict.or(before_it.strict),
        force_id: own.force_id.or(before_it.force_id),
        public: config.is_public().filter(|_| !before_it.built_in).unwrap_or(before_it.public),
        replace_on_put: own.replace_on_put.or(before_it.replace_on_put),
        change_stream: own.change_stream.or(before_it.change_stream),
        disabled: intern::list(before_it.disabled.iter().chain(own.disabled).copied().collect()),
        shared_methods: if own.shared_methods.is_empty() { before_it.shared_methods } else { own.shared_methods },
        data_source: config.data_source.as_deref().map(intern::text).or(before_it.data_source),
        indexes: intern::list(before_it.indexes.iter().chain(own.indexes).copied().collect()),
        default_scope: own.default_scope.or(before_it.default_scope),
        scopes: intern::list(scopes),
        default_limit: own.default_limit.or(before_it.default_limit),
        max_limit: own.max_limit.or(before_it.max_limit),
        implicit_transactions: own.implicit_transactions.or(before_it.implicit_transactions),
        owner: if own.owner.is_empty() { before_it.owner } else { own.owner },
        owner_writable: own.owner_writable.or(before_it.owner_writable),
        default_permission: own.default_permission.or(before_it.default_permission),
        acl_error_status: own.acl_error_status.or(before_it.acl_error_status),
        relation_acl: own.relation_acl.or(before_it.relation_acl),
        user: match (own.user, before_it.user) {
            (Some(own), Some(before_it)) => Some(own.or(before_it)),
            (own, before_it) => before_it.or(own),
        },
        ..before_it
    }
}

/// What cannot be said beside the struct.
fn of_struct(reader: &Reader<'_>, def: &ModelDef, faults: &mut Vec<Fault>) {
    let mut fault = |key: &str, instead: &str| {
        let instead = match def.settings.built_in {
            true => format!("is said by a model of your own, which extends `{}`", def.name),
            false => instead.to_owned(),
        };
        reader.fault(faults, key, &instead);
    };
    let tables = property::CONNECTORS.map(|connector| (connector, TABLE));
    for (key, instead) in OF_STRUCT.into_iter().chain(tables) {
        if reader.get(key).is_some_and(|json| *json != false && !outline::is_empty(json)) {
            fault(key, instead);
        }
    }
    if reader.get("idInjection").is_some_and(|on| *on == false) {
        fault("idInjection", "the id is one of its fields, where its struct stands");
    }
    if reader.get("ownerRelations").is_some_and(|on| *on == true) {
        let message = "name the relations that `$owner` goes by: `[\"customer\"]`";
        reader.fault(faults, "ownerRelations", message);
    }
}
