//! Models by JSON, and what is said of models beside their definitions.

use super::AppBuilder;
use crate::definition::{ModelConfig, Source};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

impl AppBuilder {
    /// A model by LoopBack's model-definition JSON, as a file in `common/models` has it: LoopBack's `createModel`.
    ///
    /// ```ignore
    /// App::from_env()?.define_model(json!({
    ///     "name": "Product",
    ///     "properties": { "name": { "type": "string", "required": true }, "price": "number" },
    ///     "relations": { "category": { "type": "belongsTo", "model": "Category" } }
    /// }))
    /// ```
    ///
    /// It has the same engine, endpoints, rules and OpenAPI as a model that is a type. `base` may name a model that is a type,
    /// relations may lead to such, and `validations` is read: `["length", "name", {"min": 2}]`. What is wrong with it is a fault
    /// at [`build`](Self::build), with all others. [`App::create_model`](crate::app::App::create_model) does it while the app runs.
    ///
    /// Differs from LoopBack: columns and tables are in snake_case unless a connector's `columnName` and `table` say
    /// otherwise; `dataType` is not read, the column's type is that of the property. What is not read is told at the start.
    pub fn define_model(self, definition: Json) -> Self {
        self.define_model_at(definition, "the app")
    }

    /// As [`define_model`](Self::define_model), with the place where the definition stands, for messages:
    /// `common/models/product.json`, or `..:12` with a line.
    pub fn define_model_at(mut self, definition: Json, location: impl Into<String>) -> Self {
        self.sources.push(Source::new(definition, location));
        self
    }

    /// As [`define_model_at`](Self::define_model_at), with the places of its keys.
    pub(super) fn define_model_of_file(
        mut self,
        json: Json,
        location: String,
        places: BTreeMap<String, String>,
    ) -> Self {
        self.sources.push(Source { json, location, places: Arc::new(places) });
        self
    }

    /// Says more of a model: where its rows are, whether it has endpoints, rules, options. LoopBack's `configureModel`, and an
    /// entry of `model-config.json`. A model that is not there is a fault at start, and so is what only the struct of a model
    /// can say: its table, mixins, remote methods.
    pub fn configure_model(mut self, model: impl Into<String>, config: ModelConfig) -> Self {
        self.configs.push((model.into(), config));
        self
    }
}
