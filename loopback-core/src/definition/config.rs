//! What is said of models beside their definitions. Answers to LoopBack's `model-config.json` and `configureModel`.

use super::{Source, ignored, of_type, outline, shown};
use crate::graph::{Fault, GraphDefaults};
use crate::meta::ModelDef;
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

impl ModelConfig {
    /// Whether it has REST endpoints; among the options it may be said, too.
    pub(super) fn is_public(&self) -> Option<bool> {
        self.public.or_else(|| self.options.get("public")?.as_bool())
    }

    /// What the options cannot say. LoopBack warns, and drops it.
    fn said_elsewhere(&self, name: &str, faults: &mut Vec<Fault>) {
        let said = |key: &&str| self.options.get(*key).is_some_and(|json| !json.is_null() && !outline::is_empty(json));
        for key in SAID_ELSEWHERE.into_iter().filter(said) {
            let instead = match key {
                "relations" | "acls" | "dataSource" => "stands beside `options`, not among them",
                _ => "belongs to the definition of the model",
            };
            let message = format!("{name}.options.{key}: {instead}");
            faults.push(Fault { location: self.location.clone(), message });
        }
    }
}

/// What options of a configuration cannot say: it has a place of its own, or belongs to the definition.
pub(super) const SAID_ELSEWHERE: [&str; 7] = ["name", "base", "super", "relations", "acls", "dataSource", "properties"];

/// Options that are added to what the definition has, so that what is hidden or checked there stays so.
const ADDED: [&str; 5] = ["hidden", "protected", "disabledMethods", "validations", "indexes"];

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
        config.said_elsewhere(name, faults);
        *source = outline::merged(source);
        let Some(map) = source.json.as_object_mut() else { continue };
        for (key, json) in config.options.iter().filter(|(key, _)| !SAID_ELSEWHERE.contains(&key.as_str())) {
            match outline::current(key) {
                // What stands beside `options` goes before them.
                "public" if config.public.is_some() => {}
                key if ADDED.contains(&key) => outline::add(map.entry(key).or_insert(Json::Null), json.clone()),
                key => drop(map.insert(key.to_owned(), json.clone())),
            }
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
        if def.settings.built_in && config.is_public() == Some(true) && name != "AccessToken" {
            defaults.exposed.push(name.to_owned());
        }
        config.said_elsewhere(name, faults);
        *def = of_type::configured(def, config, faults);
    }
}

/// What is said beside models that are types, and nothing comes of: a line for each, with its place.
pub(crate) fn ignored_of_types(configs: &[(String, ModelConfig)], sources: &[Source]) -> Vec<String> {
    let of_type = |name: &str| !sources.iter().any(|source| source.json["name"].as_str() == Some(name));
    let all = configs.iter().filter(|(name, _)| of_type(name));
    all.flat_map(|(name, config)| ignored(&of_type::source(name, config))).collect()
}
