//! Scopes that are JSON: filters of definitions that are made at run time, resolved against the graph.

use super::base::Settings;
use super::{Definitions, Fault, Faults, Graph, ModelNode};
use crate::filter::own_filter;
use crate::meta::{ModelDef, ScopeQuery};
use crate::plan::{Query, Reader, resolve_filter};
use std::collections::HashMap;

/// What a scope belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ScopeOf {
    /// The model: its default scope.
    Model,
    /// A name: `GET /Products/cheap`.
    Named(&'static str),
    /// A relation.
    Relation(&'static str),
}

/// The queries of the scopes that are JSON.
#[derive(Debug, Default)]
pub(super) struct Scopes(HashMap<(&'static str, ScopeOf), Query>);

impl Scopes {
    /// Resolves them.
    ///
    /// # Errors
    /// Everything that is wrong with them, at once.
    pub(super) fn of(all: &Definitions, graph: &Graph) -> Result<Self, Faults> {
        let mut scopes = Self::default();
        let mut faults = Vec::new();
        for def in &all.models {
            let Some(model) = graph.model(def.name) else { continue };
            for (of, json) in written(def) {
                match query(model, of, json) {
                    Ok(query) => {
                        scopes.0.insert((def.name, of), query);
                    }
                    Err(why) => {
                        let which = match of {
                            ScopeOf::Model => "the default scope".to_owned(),
                            ScopeOf::Named(name) => format!("the scope `{name}`"),
                            ScopeOf::Relation(name) => format!("the scope of the relation `{name}`"),
                        };
                        let message = format!("{}: {which}: {why}", def.name);
                        faults.push(Fault { location: def.location.to_string(), message });
                    }
                }
            }
        }
        if faults.is_empty() { Ok(scopes) } else { Err(Faults(faults)) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The query of a scope; `None`: it is JSON that has not been resolved yet.
    pub(super) fn query(&self, model: &'static str, of: ScopeOf, scope: ScopeQuery) -> Option<Query> {
        match scope {
            ScopeQuery::Typed(query) => Some(query()),
            ScopeQuery::Json(_) => self.0.get(&(model, of)).cloned(),
        }
    }
}

/// The scopes of a model that are JSON, those that it takes over included.
fn written(def: &'static ModelDef) -> Vec<(ScopeOf, &'static str)> {
    let settings = Settings::of(def);
    let model = settings.all.default_scope.map(|scope| (ScopeOf::Model, scope));
    let named = settings.scopes.iter().map(|scope| (ScopeOf::Named(scope.name), scope.query));
    let relations = def.relations.iter().filter_map(|r| Some((ScopeOf::Relation(r.name), r.scope?)));
    let json = |(of, scope)| match scope {
        ScopeQuery::Json(json) => Some((of, json)),
        ScopeQuery::Typed(_) => None,
    };
    model.into_iter().chain(named).chain(relations).filter_map(json).collect()
}

fn query(model: &ModelNode, of: ScopeOf, json: &str) -> Result<Query, String> {
    let json: serde_json::Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let filter = own_filter(json).map_err(|error| error.to_string())?;
    let target = match of {
        ScopeOf::Model | ScopeOf::Named(_) => None,
        ScopeOf::Relation(name) => model.relation(name).map(|at| model.relations[at].target()),
    };
    resolve_filter(target.as_deref().unwrap_or(model), filter, Reader::Application).map_err(|error| error.to_string())
}
