//! From the text of a query string to a filter.

#![allow(clippy::expect_used, reason = "a bench that cannot do its work has to stop")]

use divan::{Bencher, black_box};
use loopback::filter::{parse_filter, qs};
use loopback_benches::{IDS, PAGE, RELATED, SEARCH, SEARCH_IN_BRACKETS, encoded};
use serde_json::Value as Json;

fn main() {
    divan::main();
}

const FILTERS: [&str; 4] = ["page", "search", "ids", "related"];

fn text(name: &str) -> &'static str {
    match name {
        "page" => PAGE,
        "search" => SEARCH,
        "related" => RELATED,
        _ => IDS,
    }
}

/// JSON to a filter, without the reading of the JSON.
#[divan::bench(args = FILTERS)]
fn filter_of_json(bencher: Bencher<'_, '_>, name: &str) {
    let json: Json = serde_json::from_str(text(name)).expect("JSON");
    bencher.with_inputs(|| json.clone()).bench_values(|json| parse_filter(json).expect("a filter"));
}

/// `?filter={..}` to a filter: the usual way.
#[divan::bench(args = FILTERS)]
fn filter_of_query(bencher: Bencher<'_, '_>, name: &str) {
    let query = format!("filter={}", encoded(text(name)));
    bencher.bench(|| {
        let value = qs::plain(black_box(&query), "filter").flatten().expect("the parameter");
        parse_filter(serde_json::from_str(&value).expect("JSON")).expect("a filter")
    });
}

/// `?filter[where]..` to a filter.
#[divan::bench]
fn filter_of_brackets(bencher: Bencher<'_, '_>) {
    bencher.bench(|| {
        let mut json = qs::parse(black_box(SEARCH_IN_BRACKETS)).expect("a query string");
        parse_filter(json["filter"].take()).expect("a filter")
    });
}

/// A query string in brackets to JSON.
#[divan::bench]
fn json_of_brackets(bencher: Bencher<'_, '_>) {
    bencher.bench(|| qs::parse(black_box(SEARCH_IN_BRACKETS)).expect("a query string"));
}
