//! What one typed hook costs: a list of a thousand rows with a hook on `loaded` and without, and a create with one on
//! `before save` and without, on SQLite in memory. The difference, by a thousand, is what a row pays.

#![allow(clippy::expect_used, reason = "a bench that cannot do its work has to stop")]

use axum::body::{Body, to_bytes};
use axum::http::Request;
use divan::Bencher;
use loopback::prelude::*;
use tokio::runtime::Runtime;
use tower::ServiceExt;

fn main() {
    divan::main();
}

#[model]
pub struct Plain {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub price: f64,
    pub tags: Vec<String>,
    pub created_at: Option<DateTime<Utc>>,
}

#[model]
pub struct Watched {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub price: f64,
    pub tags: Vec<String>,
    pub created_at: Option<DateTime<Utc>>,
}

#[model]
impl Watched {
    #[operation_hook(loaded)]
    async fn with_tax(op: &mut Loaded<'_, Self>) -> Result<()> {
        op.update(Self::props().price, |price| price * 1.25);
        Ok(())
    }
}

#[model]
pub struct Stamped {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub price: f64,
    pub tags: Vec<String>,
    pub created_at: Option<DateTime<Utc>>,
}

#[model]
impl Stamped {
    #[operation_hook(before_save)]
    async fn tidy(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        op.update(Self::props().name, |name| name.trim().to_owned());
        Ok(())
    }
}

struct Served {
    runtime: Runtime,
    ctx: Ctx,
    router: axum::Router,
}

impl Served {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let app = runtime.block_on(async {
            let models = [Plain::DEF, Watched::DEF, Stamped::DEF];
            let app = App::builder().models(models).database_url("sqlite::memory:").explorer(false);
            let app = app.migrate(Migrate::Recreate).build().await.expect("an app");
            let ctx = app.ctx();
            let tags = || vec!["new".to_owned(), "blue".to_owned()];
            let rows = (0..1_000).map(|n| set!(Plain { name: format!("Row {n}"), price: f64::from(n), tags: tags() }));
            Plain::create_many(&ctx, rows).await.expect("rows");
            let rows =
                (0..1_000).map(|n| set!(Watched { name: format!("Row {n}"), price: f64::from(n), tags: tags() }));
            Watched::create_many(&ctx, rows).await.expect("rows");
            app
        });
        Self { runtime, ctx: app.ctx(), router: app.router() }
    }

    fn get(&self, path: &str) -> usize {
        self.runtime.block_on(async {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            let Ok(answer) = self.router.clone().oneshot(request).await;
            to_bytes(answer.into_body(), usize::MAX).await.expect("a body").len()
        })
    }
}

#[divan::bench]
fn thousand_rows_without_a_hook(bencher: Bencher<'_, '_>) {
    let served = Served::start();
    bencher.bench_local(|| served.get("/api/Plains?filter[limit]=1000"));
}

#[divan::bench]
fn thousand_rows_with_a_loaded_hook(bencher: Bencher<'_, '_>) {
    let served = Served::start();
    bencher.bench_local(|| served.get("/api/Watcheds?filter[limit]=1000"));
}

#[divan::bench]
fn create_without_a_hook(bencher: Bencher<'_, '_>) {
    let served = Served::start();
    let data = || set!(Plain { name: " A name ", price: 1.0, tags: Vec::<String>::new() });
    bencher.bench_local(|| served.runtime.block_on(Plain::create(&served.ctx, data())).expect("a row").id);
}

#[divan::bench]
fn create_with_a_before_save_hook(bencher: Bencher<'_, '_>) {
    let served = Served::start();
    let data = || set!(Stamped { name: " A name ", price: 1.0, tags: Vec::<String>::new() });
    bencher.bench_local(|| served.runtime.block_on(Stamped::create(&served.ctx, data())).expect("a row").id);
}
