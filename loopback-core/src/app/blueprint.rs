//! What the graph of an app is made of: kept, so that it can be made anew with one more model.

use crate::definition::{self, ModelConfig, Source};
use crate::error::{Error, Result};
use crate::graph::{Definitions, Faults, Graph, GraphDefaults};
use crate::meta::ModelDef;
use crate::models;

/// What the graph of an app is made of.
#[derive(Clone)]
pub(crate) struct Blueprint {
    /// What is linked into the program, or what the app was given.
    pub(super) linked: Definitions,
    /// The models that are defined by JSON.
    pub(super) sources: Vec<Source>,
    /// What is said of models beside their definitions.
    pub(super) configs: Vec<(String, ModelConfig)>,
    pub(super) defaults: GraphDefaults,
    /// The framework's own models that the app asked for; `None`: it has no users.
    pub(super) built_in: Option<BuiltIn>,
}

/// The framework's own models that an app asked for.
#[derive(Clone)]
pub(super) struct BuiltIn {
    pub(super) wanted: Vec<&'static ModelDef>,
    pub(super) stored_rules: bool,
}

impl Blueprint {
    /// Whether a model is defined by JSON.
    pub(super) fn defines(&self, name: &str) -> bool {
        self.sources.iter().any(|source| source.json["name"].as_str() == Some(name))
    }

    /// What the definitions by JSON say and nothing comes of, each with its place.
    pub(super) fn ignored(&self) -> Vec<String> {
        let sources = definition::configured_sources(&self.sources, &self.configs, &mut Vec::new());
        let of_types = definition::ignored_of_types(&self.configs, &sources);
        sources.iter().flat_map(definition::ignored).chain(of_types).collect()
    }

    /// Makes the graph; those who listen to the models of an older one go on to.
    ///
    /// # Errors
    /// Everything that is wrong with the models, at once.
    pub(super) fn graph(&self, older: Option<&Graph>) -> Result<Graph> {
        let mut defs = self.linked.clone();
        let mut faults = Vec::new();
        let sources = definition::configured_sources(&self.sources, &self.configs, &mut faults);
        let known: Vec<_> = defs.models.iter().copied().chain(models::extendable()).collect();
        // As types they have what is said of them beside; what is wrong with that is told below.
        let mut as_types = known.clone();
        let mut defaults = self.defaults.clone();
        definition::configure(&mut as_types, &self.configs, &sources, &mut defaults, &mut Vec::new());
        match definition::definitions(&sources, &known, &as_types) {
            Ok(made) => defs.models.extend(made),
            Err(found) => faults.extend(found),
        }
        if let Some(BuiltIn { wanted, stored_rules }) = &self.built_in {
            models::complete(&mut defs.models, wanted, *stored_rules);
        }
        let mut defaults = self.defaults.clone();
        definition::configure(&mut defs.models, &self.configs, &sources, &mut defaults, &mut faults);
        if !faults.is_empty() {
            return Err(Faults(faults).into());
        }
        let graph = match older {
            Some(older) => Graph::build_after(&defs, &defaults, older),
            None => Graph::build_with(&defs, &defaults),
        };
        graph.map_err(Error::from)
    }
}
