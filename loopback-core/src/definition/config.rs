//! What is said of models beside their definitions. Answers to LoopBack's `model-config.json` and `configureModel`.

use super::{Reader, Source, intern, outline, rules, settings, shown};
use crate::graph::{Fault, GraphDefaults};
use crate::meta::{AclDef, ModelDef, SettingsDef};
use crate::suggest::did_you_mean;
use serde_json::{Map, Value as Json};

/// What is said of a model beside its definition: LoopBack's entry in `model-config.json`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelConfig {
    /// Whether it has REST endpoints.
    pub public: Option<bool>,
    /// The data source.
    pub data_source: Option<String>,
    /// More rules of access control, in LoopBack's form; they come after those of the model.
    pub acls: Vec<Json>,
    /// Options in the form that they have in a definition: `{"strict": false, "aclErrorStatus": 403}`.
    pub options: Map<String, Json>,
    /// More relations, in the form that they have in a definition; for models that are defined by JSON.
    pub relations: Map<String, Json>,
    /// Where it stands: `server/model-config.json:12`.
    pub location: String,
}

/// What options of a configuration cannot say: it has a place of its own, or belongs to the definition.
const SAID_ELSEWHERE: [&str; 7] = ["name", "base", "super", "relations", "acls", "dataSource", "properties"];

fn is_about_the_same(one: &Json, other: &Json) -> bool {
    let any = Json::from("*");
    let said = |rule: &Json, key: &str| rule.get(key).cloned().unwrap_or_else(|| any.clone());
    ["principalType", "principalId", "property", "accessType"].iter().all(|key| said(one, key) == said(other, key))
}

/// The definitions by JSON, with what is said of them beside.
pub(crate) fn configured_sources(
    sources: &[Source],
    configs: &[(String, ModelConfig)],
    faults: &mut Vec<Fault>,
) -> Vec<Source> {
    let mut all = sources.to_vec();
    for (name, config) in configs {
        let Some(source) = all.iter_mut().find(|source| source.json["name"].as_str() == Some(name)) else { continue };
        let Some(map) = source.json.as_object_mut() else { continue };
        if let Some(public) = config.public {
            map.insert("public".into(), public.into());
        }
        if let Some(data_source) = &config.data_source {
            map.insert("dataSource".into(), data_source.clone().into());
        }
        *source = outline::merged(source);
        let Some(map) = source.json.as_object_mut() else { continue };
        for (key, json) in config.options.iter().filter(|(key, _)| !SAID_ELSEWHERE.contains(&key.as_str())) {
            map.insert(key.clone(), json.clone());
        }
        for (key, empty, more) in [
            ("acls", Json::Array(Vec::new()), Json::Array(config.acls.clone())),
            ("relations", Json::Object(Map::new()), Json::Object(config.relations.clone())),
        ] {
            match (map.entry(key).or_insert(empty), more) {
                (Json::Array(list), Json::Array(more)) => {
                    // LoopBack's `addACL`: of two about the same the later one holds.
                    list.retain(|rule| !more.iter().any(|other| is_about_the_same(rule, other)));
                    list.extend(more);
                }
                (Json::Object(map), Json::Object(more)) => {
                    for (name, json) in more {
                        match (map.get_mut(&name), json) {
                            (Some(Json::Object(relation)), Json::Object(more)) => relation.extend(more),
                            (_, json) => drop(map.insert(name, json)),
                        }
                    }
                }
                (other, _) => faults.push(Fault {
                    location: source.location.clone(),
                    message: format!(
                        "{name}.{key}: must be a list of rules or an object of relations, found {}",
                        shown(other)
                    ),
                }),
            }
        }
    }
    all
}

/// Changes the definitions of models that are types, and of the framework's own, as their configurations say.
pub(crate) fn configure(
    defs: &mut [&'static ModelDef],
    configs: &[(String, ModelConfig)],
    sources: &[Source],
    defaults: &mut GraphDefaults,
    faults: &mut Vec<Fault>,
) {
    for (name, config) in configs {
        let name = outline::renamed(name);
        if sources.iter().any(|source| source.json["name"].as_str() == Some(name)) {
            continue;
        }
        let mut fault = |message: String| faults.push(Fault { location: config.location.clone(), message });
        let Some(def) = defs.iter_mut().find(|def| def.name == name) else {
            // LoopBack's own templates configure models that an app does not use.
            if !outline::BUILT_IN.contains(&name) {
                let hint = did_you_mean(name, sources.iter().filter_map(|source| source.json["name"].as_str()));
                fault(format!("`{name}` is no model of this app{hint}"));
            }
            continue;
        };
        let tokens = |relation: &str| matches!((name, relation), ("AccessToken", "user") | ("User", "accessTokens"));
        if let Some(relation) = config.relations.keys().find(|relation| !tokens(relation)) {
            fault(format!("{name}.relations.{relation}: the relations of `{name}` are said where its struct stands"));
        }
        if def.settings.built_in && config.public == Some(true) && name != "AccessToken" {
            defaults.exposed.push(name.to_owned());
        }
        *def = configured(def, config, faults);
    }
}

fn configured(def: &'static ModelDef, config: &ModelConfig, faults: &mut Vec<Fault>) -> &'static ModelDef {
    let mut map = config.options.clone();
    map.retain(|key, _| !SAID_ELSEWHERE.contains(&key.as_str()));
    // Only its settings are read; the name is one that no model of the framework's has.
    map.insert("name".into(), "Configured".into());
    map.insert("acls".into(), Json::Array(config.acls.clone()));
    let json = Json::Object(map);
    let key = format!("configured|{def:p}|{config:?}");
    let before = faults.len();
    let made = intern::model(key, || {
        let source = Source::new(json.clone(), config.location.clone());
        let outline = outline::Outline::of(&source, faults)?;
        let own = settings::settings(&outline, Some(def), faults);
        let reader = Reader { location: &config.location, path: def.name.to_owned(), map: outline.map };
        let more = rules::acls(&reader, faults);
        let same = |one: &AclDef, other: &AclDef| {
            one.principal == other.principal && one.access == other.access && one.methods == other.methods
        };
        let before_them = def.acls.iter().copied().filter(|rule| !more.iter().any(|other| same(rule, other)));
        let acls: Vec<AclDef> = before_them.chain(more.iter().copied()).collect();
        let before_it = def.settings;
        let settings = SettingsDef {
            strict: own.strict.or(before_it.strict),
            force_id: own.force_id.or(before_it.force_id),
            public: config.public.filter(|_| !before_it.built_in).unwrap_or(before_it.public),
            replace_on_put: own.replace_on_put.or(before_it.replace_on_put),
            disabled: intern::list(before_it.disabled.iter().chain(own.disabled).copied().collect()),
            shared_methods: if own.shared_methods.is_empty() { before_it.shared_methods } else { own.shared_methods },
            data_source: config.data_source.as_deref().map(intern::text).or(before_it.data_source),
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
        };
        (faults.len() == before).then_some(ModelDef { acls: intern::list(acls), settings, ..*def })
    });
    made.unwrap_or(def)
}
