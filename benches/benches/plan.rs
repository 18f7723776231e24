//! From a filter to a plan, and from models to the graph that plans are made on.

#![allow(clippy::expect_used, reason = "a bench that cannot do its work has to stop")]

use divan::{Bencher, black_box};
use loopback::filter::parse_filter;
use loopback::graph::{Graph, GraphDefaults};
use loopback::plan::{Reader, resolve_filter};
use loopback::prelude::*;
use loopback_benches::{Category, IDS, PAGE, Product, RELATED, SEARCH};

fn main() {
    divan::main();
}

fn graph() -> Graph {
    let defaults = GraphDefaults::default();
    Graph::build(&[Product::DEF, Category::DEF], &defaults).expect("a graph")
}

#[divan::bench(args = ["page", "search", "ids", "related"])]
fn plan_of_filter(bencher: Bencher<'_, '_>, name: &str) {
    let text = match name {
        "page" => PAGE,
        "search" => SEARCH,
        "related" => RELATED,
        _ => IDS,
    };
    let filter = parse_filter(serde_json::from_str(text).expect("JSON")).expect("a filter");
    let graph = graph();
    let model = graph.model("Product").expect("the model");
    bencher
        .with_inputs(|| filter.clone())
        .bench_values(|filter| resolve_filter(black_box(model), filter, Reader::Client).expect("a plan"));
}

/// What the start of an app does for its models.
#[divan::bench]
fn graph_of_models() -> Graph {
    graph()
}
