//! Applies `model-config`, and the definitions that it names.

use super::AppBuilder;
use crate::config::{Definition, Faults, ModelEntry, SourceOf};
use crate::definition::ModelConfig;
use crate::models::{Application, Scope};
use serde_json::{Map, Value as Json};

/// LoopBack's models of users and access control. Naming one turns both on.
const OF_AUTH: [&str; 6] = ["User", "AccessToken", "ACL", "Acl", "Role", "RoleMapping"];

/// Models that an app has without naming them in files.
pub(super) struct Sources<'s> {
    /// Data sources that keep nothing: of the connectors `transient` and `mail`.
    pub(super) without_rows: &'s [String],
    /// What `config` says of access control.
    pub(super) enable_auth: Option<bool>,
}

impl AppBuilder {
    pub(super) fn with_models(
        mut self,
        entries: Vec<ModelEntry>,
        definitions: Vec<Definition>,
        sources: &Sources<'_>,
        faults: &mut Faults,
    ) -> Self {
        let of_auth = |name: &str| OF_AUTH.contains(&name);
        let mut wanted = entries.iter().any(|entry| of_auth(&entry.name) || has_rules(&entry.acls));
        for Definition { node, .. } in &definitions {
            let base = node.get("base").or_else(|| node.get("options").and_then(|options| options.get("base")));
            wanted |= base.and_then(|base| base.as_text()).is_some_and(of_auth);
            wanted |= node.get("acls").is_some_and(|acls| has_rules(&acls.to_json()));
        }
        self = match (sources.enable_auth, wanted) {
            (Some(true), _) | (None, true) => self.enable_auth(),
            // Its users and tokens are there, and nobody is refused anything: an app of LoopBack without `enableAuth`.
            (Some(false), true) => self.auth_off_by_file(),
            (_, false) => self,
        };
        for entry in &entries {
            self = match &*entry.name {
                "Application" => self.with_model::<Application>(),
                "Scope" => self.with_model::<Scope>(),
                _ => self,
            };
        }
        for Definition { name, node } in definitions {
            let entry = entries.iter().find(|entry| entry.name == name);
            let mut json = node.to_json();
            match entry {
                // A base that the app does not use by itself: what extends it has its properties.
                None => set(&mut json, "public", false.into()),
                Some(entry) if entry.is_kept_nowhere(sources) => {
                    let own = node.get("base").and_then(|base| base.as_text()).unwrap_or("PersistedModel");
                    if matches!(own, "PersistedModel" | "DataModel") {
                        set(&mut json, "base", "Model".into());
                    } else if own != "Model" {
                        let message = format!("a model that extends `{own}` is kept in a data source: name one");
                        faults.push(&entry.at, &format!("{name}.dataSource"), message);
                    }
                }
                Some(_) => {}
            }
            let places = node.places().map(|(path, at)| (path, at.to_string()));
            self = self.define_model_of_file(json, node.at.to_string(), places.collect());
        }
        for entry in entries {
            let nowhere = entry.is_kept_nowhere(sources);
            let data_source = match entry.data_source {
                SourceOf::Named(name) if !nowhere => Some(name),
                _ => None,
            };
            let map = |json: Json| if let Json::Object(map) = json { map } else { Map::new() };
            let config = ModelConfig {
                public: entry.public,
                data_source,
                acls: if let Json::Array(acls) = entry.acls { acls } else { Vec::new() },
                options: map(entry.options),
                relations: map(entry.relations),
                location: entry.at.to_string(),
            };
            self = self.configure_model(entry.name, config);
        }
        self
    }
}

impl ModelEntry {
    fn is_kept_nowhere(&self, sources: &Sources<'_>) -> bool {
        match &self.data_source {
            SourceOf::Unset => false,
            SourceOf::Nowhere => true,
            SourceOf::Named(name) => sources.without_rows.contains(name),
        }
    }
}

fn has_rules(acls: &Json) -> bool {
    acls.as_array().is_some_and(|acls| !acls.is_empty())
}

fn set(json: &mut Json, key: &str, value: Json) {
    if let Json::Object(map) = json {
        map.insert(key.to_owned(), value);
    }
}
