//! JSON to a filter to a plan: an answer or a 400, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use loopback::filter::{parse_filter, parse_where};
use loopback::graph::{Graph, GraphDefaults};
use loopback::plan::{Reader, resolve_filter, resolve_where};
use loopback::prelude::*;
use loopback_fuzz::{Name, Thing};
use std::sync::LazyLock;

static GRAPH: LazyLock<Graph> = LazyLock::new(|| {
    let defaults =
        GraphDefaults::default();
    Graph::build(&[Thing::DEF, Name::DEF], &defaults).expect("a graph")
});

fuzz_target!(|data: &[u8]| {
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(data) else { return };
    let refused = |error: Error| assert_eq!(error.status(), 400, "{error}");
    for model in GRAPH.models() {
        for reader in [Reader::Client, Reader::Application] {
            if let Err(error) = parse_filter(json.clone()).and_then(|filter| resolve_filter(model, filter, reader)) {
                refused(error);
            }
            if let Err(error) = parse_where(json.clone()).and_then(|condition| resolve_where(model, condition, reader))
            {
                refused(error);
            }
        }
    }
});
