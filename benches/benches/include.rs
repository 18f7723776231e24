//! Ten categories with a hundred products each, in two ways: as the framework reads them (a statement for each relation,
//! rows put into each other here), and as one statement in which the database builds the JSON.
//!
//! On PostgreSQL, when `POSTGRES_URL` names one, the time is that of both processes. ARCHITECTURE.md has the figures.

#![allow(clippy::expect_used, reason = "a bench that cannot do its work has to stop")]

use axum::body::{Body, to_bytes};
use axum::http::Request;
use divan::Bencher;
use loopback::prelude::*;
use loopback::sea_orm::{ConnectionTrait, Statement};
use loopback_benches::{Category, Product, encoded};
use tokio::runtime::Runtime;
use tower::ServiceExt;

fn main() {
    divan::main();
}

struct Served {
    runtime: Runtime,
    app: App,
    router: axum::Router,
}

impl Served {
    /// An app of 10 categories and 1,000 products; `None`: no server is named.
    fn start(postgres: bool) -> Option<Self> {
        let url = if postgres {
            std::env::var("POSTGRES_URL").ok()?
        } else {
            let file = std::env::temp_dir().join(format!("loopback-bench-{}.sqlite", std::process::id()));
            format!("sqlite://{}?mode=rwc", file.display())
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let app = runtime.block_on(async {
            let app = App::builder().models([Product::DEF, Category::DEF]).database_url(url).explorer(false);
            let app = app.migrate(Migrate::Recreate).build().await.expect("an app");
            let ctx = app.ctx();
            for n in 1..=10 {
                let data = set!(Category { name: format!("Category {n}") });
                let category = Category::create(&ctx, data).await.expect("a category");
                let products = (1..=100).map(|n| {
                    set!(Product {
                        name: format!("Product {n}"),
                        description: Some(format!(
                            "What there is to say about \"{n}\", in a sentence of a usual length."
                        )),
                        price: f64::from(n) / 4.0,
                        tags: vec!["new".to_owned(), format!("tag-{}", n % 7)],
                        category: category.id,
                    })
                });
                Product::create_many(&ctx, products).await.expect("products");
            }
            app
        });
        Some(Self { runtime, router: app.router(), app })
    }

    fn batched(&self) -> usize {
        let filter = encoded(r#"{"include":"products"}"#);
        self.runtime.block_on(async {
            let request = Request::get(format!("/api/Categories?filter={filter}")).body(Body::empty());
            let Ok(answer) = self.router.clone().oneshot(request.expect("a request")).await;
            to_bytes(answer.into_body(), usize::MAX).await.expect("a body").len()
        })
    }

    fn built_by_the_database(&self) -> usize {
        let db = self.app.ctx();
        let db = db.db();
        let sqlite = db.get_database_backend() == loopback::sea_orm::DbBackend::Sqlite;
        let (list, object, tags) = if sqlite {
            ("json_group_array", "json_object", "json(p.tags)")
        } else {
            ("json_agg", "json_build_object", "p.tags")
        };
        let sql = format!(
            "SELECT CAST({list}({object}('id', c.id, 'name', c.name, 'products', (SELECT {list}({object}('id', p.id, \
             'name', p.name, 'description', p.description, 'price', p.price, 'inStock', p.in_stock, 'tags', {tags}, \
             'createdAt', p.created_at, 'categoryId', p.category_id)) FROM product p WHERE p.category_id = c.id))) AS \
             TEXT) FROM category c"
        );
        self.runtime.block_on(async {
            let statement = Statement::from_string(db.get_database_backend(), sql);
            let row = db.query_one_raw(statement).await.expect("an answer").expect("a row");
            row.try_get_by_index::<String>(0).expect("text").len()
        })
    }
}

#[divan::bench(args = [false, true])]
fn batched(bencher: Bencher<'_, '_>, postgres: bool) {
    if let Some(served) = Served::start(postgres) {
        bencher.bench_local(|| served.batched());
    }
}

#[divan::bench(args = [false, true])]
fn built_by_the_database(bencher: Bencher<'_, '_>, postgres: bool) {
    if let Some(served) = Served::start(postgres) {
        bencher.bench_local(|| served.built_by_the_database());
    }
}
