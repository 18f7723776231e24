//! JSON to a filter to a plan to SQL: a statement for each database or a refusal, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use loopback::Backend;
use loopback::connector::sql::statement;
use loopback::filter::{parse_filter, parse_where};
use loopback::graph::{Graph, GraphDefaults, ModelNode};
use loopback::plan::{Query, Reader, SelectPlan, resolve_filter, resolve_where};
use loopback::prelude::*;
use loopback_fuzz::MODELS;
use std::sync::{Arc, LazyLock};

static GRAPH: LazyLock<Graph> = LazyLock::new(|| Graph::build(&MODELS, &GraphDefaults::default()).expect("a graph"));

/// What a query asks each database, with what its includes ask.
fn write(model: &Arc<ModelNode>, query: &Query) {
    let columns: Vec<usize> = (0..model.width()).collect();
    for backend in [Backend::Sqlite, Backend::Postgres, Backend::MySql] {
        let plan = SelectPlan::of(model, &columns, query);
        assert!(statement(backend, &plan).starts_with("SELECT "));
    }
    for include in &query.include {
        let relation = &model.relations[include.relation];
        // What is embedded is no table's, and a polymorphic relation says nothing of its rows.
        if !relation.is_embedded() && !relation.is_to_any() {
            write(&relation.target(), &include.query);
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(data) else { return };
    // 403: a relation that clients may not include.
    let refused = |error: Error| assert!(matches!(error.status(), 400 | 403), "{error}");
    for model in GRAPH.models() {
        for reader in [Reader::Client, Reader::Application] {
            match parse_filter(json.clone()).and_then(|filter| resolve_filter(model, filter, reader)) {
                Ok(query) => write(model, &query),
                Err(error) => refused(error),
            }
            match parse_where(json.clone()).and_then(|condition| resolve_where(model, condition, reader)) {
                Ok(condition) => write(model, &Query::of(condition)),
                Err(error) => refused(error),
            }
        }
    }
});
