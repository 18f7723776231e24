//! From rows to JSON: whole requests through the router against SQLite in memory, and the writers of values alone.

#![allow(clippy::expect_used, reason = "a bench that cannot do its work has to stop")]

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use loopback::prelude::*;
use loopback::value::{parse_date_time, write_json};
use loopback_benches::{Category, Product, RELATED, encoded};
use std::sync::LazyLock;
use tokio::runtime::Runtime;
use tower::ServiceExt;

fn main() {
    divan::main();
}

/// An app with 1,000 rows. SQLite works on a thread of its own, so the figures hold two switches between threads.
struct Served {
    runtime: Runtime,
    router: axum::Router,
}

static SERVED: LazyLock<Served> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let app = runtime.block_on(async {
        let app = App::builder().models([Product::DEF, Category::DEF]).database_url("sqlite::memory:").explorer(false);
        let app = app.build().await.expect("an app");
        let shelves = (0..20).map(|n| set!(Category { name: format!("Shelf {n}") }));
        let shelves = Category::create_many(&app.ctx(), shelves).await.expect("the shelves");
        let rows = (1..=1_000).map(|n| {
            set!(Product {
                name: format!("Product {n}"),
                description: Some(format!("What there is to say about \"{n}\", in a sentence of a usual length.")),
                price: f64::from(n) / 4.0,
                in_stock: n % 3 != 0,
                tags: vec!["new".to_owned(), format!("tag-{}", n % 7)],
                created_at: parse_date_time("2024-05-01T12:30:00.250Z"),
                category: Some(shelves[n as usize % 20].id),
            })
        });
        Product::create_many(&app.ctx(), rows).await.expect("the rows");
        app
    });
    Served { runtime, router: app.router() }
});

/// The length of the answer's body.
fn get(target: &str) -> usize {
    let served = &*SERVED;
    served.runtime.block_on(async {
        let request = Request::get(target).body(Body::empty()).expect("a request");
        let Ok(answer) = served.router.clone().oneshot(request).await;
        assert_eq!(answer.status(), StatusCode::OK, "{target}");
        to_bytes(answer.into_body(), usize::MAX).await.expect("a body").len()
    })
}

fn measure(bencher: Bencher<'_, '_>, target: &str, rows: usize) {
    let bytes = get(target);
    bencher.counter(ItemsCount::new(rows)).counter(BytesCount::new(bytes)).bench(|| get(black_box(target)));
}

#[divan::bench]
fn row_by_id(bencher: Bencher<'_, '_>) {
    measure(bencher, "/api/Products/500", 1);
}

#[divan::bench]
fn list_of_100(bencher: Bencher<'_, '_>) {
    let filter = encoded(r#"{"limit":100,"skip":300}"#);
    measure(bencher, &format!("/api/Products?filter={filter}"), 100);
}

#[divan::bench]
fn list_of_1000(bencher: Bencher<'_, '_>) {
    measure(bencher, "/api/Products", 1_000);
}

/// 20 shelves with their 50 products each.
#[divan::bench]
fn include_of_1000(bencher: Bencher<'_, '_>) {
    let filter = encoded(r#"{"include":"products"}"#);
    measure(bencher, &format!("/api/Categories?filter={filter}"), 1_000);
}

#[divan::bench]
fn conditions_and_includes(bencher: Bencher<'_, '_>) {
    measure(bencher, &format!("/api/Products?filter={}", encoded(RELATED)), 20);
}

#[divan::bench(args = ["integer", "double", "text", "escapes", "date", "list"])]
fn value_to_json(bencher: Bencher<'_, '_>, kind: &str) {
    let value = match kind {
        "integer" => Value::Int(1_234_567),
        "double" => Value::Float(1234.5678),
        "text" => Value::Text("A sentence of a usual length, without escapes.".to_owned()),
        "escapes" => Value::Text("\"quotes\"\nand lines\tand \u{1F600}".to_owned()),
        "date" => Value::DateTime(parse_date_time("2024-05-01T12:30:00.250Z").expect("a date")),
        _ => Value::Json(serde_json::json!(["new", "tag-1", "tag-2"])),
    };
    let mut out = Vec::with_capacity(256);
    bencher.bench_local(|| {
        out.clear();
        write_json(&mut out, black_box(&value));
        out.len()
    });
}
