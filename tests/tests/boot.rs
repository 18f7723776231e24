//! `#[boot]`: functions that run at the start, found at link time. All of them run for every app of this program.

#![allow(clippy::expect_used)]

use loopback::prelude::*;
use loopback_tests::databases::Kind;
use loopback_tests::server::Server;

/// Something that was done at the start.
#[model]
pub struct Step {
    #[property(id, generated)]
    pub id: i64,
    pub what: String,
}

async fn note(ctx: &Ctx, what: &str) -> Result<()> {
    Step::create(ctx, set!(Step { what: what })).await.map(drop)
}

#[boot(order = 10)]
async fn at_the_end(ctx: Ctx) -> Result<()> {
    note(&ctx, "at_the_end").await
}

#[boot]
async fn brew(ctx: Ctx) -> Result<()> {
    note(&ctx, "brew").await
}

#[boot(order = -1)]
async fn open(ctx: Ctx) -> Result<()> {
    note(&ctx, "open").await
}

#[boot]
async fn arrive(ctx: Ctx) -> Result<()> {
    note(&ctx, "arrive").await
}

mod beans {
    use super::*;

    #[boot]
    pub(super) async fn fill(ctx: Ctx) -> Result<()> {
        note(&ctx, "fill beans").await
    }
}

mod milk {
    use super::*;

    pub(super) struct Sour;

    impl From<Sour> for Error {
        fn from(_: Sour) -> Self {
            Self::new(500, "the milk is sour")
        }
    }

    #[boot]
    pub(super) async fn fill(ctx: Ctx) -> Result<(), Sour> {
        note(&ctx, "fill milk").await.map_err(|_| Sour)?;
        match ctx.app().setting::<bool>("sour") {
            Ok(Some(true)) => Err(Sour),
            _ => Ok(()),
        }
    }
}

fn builder() -> AppBuilder {
    App::builder().database_url("sqlite::memory:").explorer(false)
}

async fn steps(app: &App) -> Vec<String> {
    let steps = Step::find(&app.ctx(), Step::props().id.asc()).await.expect("steps");
    steps.into_iter().map(|step| step.what).collect()
}

#[tokio::test]
async fn they_run_by_order_then_by_name_and_before_those_of_the_builder() {
    let app = builder().boot("arrive", |ctx| async move { note(&ctx, "of the builder").await });
    let app = app.build().await.expect("an app");
    let expected = ["open", "arrive", "brew", "fill beans", "fill milk", "at_the_end", "of the builder"];
    assert_eq!(steps(&app).await, expected);
}

#[tokio::test]
async fn an_error_ends_the_start_and_names_the_function_and_its_place() {
    let error = builder().setting("sour", true).build().await.expect_err("an error").to_string();
    assert!(error.contains("the boot function `fill` ("), "{error}");
    assert!(error.contains("boot.rs:") && error.ends_with("has failed: the milk is sour"), "{error}");
}

#[tokio::test]
async fn a_test_can_do_without_them() {
    let app = builder().without_linked_boots().boot("mine", |ctx| async move { note(&ctx, "mine").await });
    assert_eq!(steps(&app.build().await.expect("an app")).await, ["mine"]);
}

#[test]
fn the_start_lists_them() {
    let database = Kind::Sqlite.scratch().expect("SQLite is always there");
    let server = Server::start("getting-started", &[("DATABASE_URL", database.url())]).expect("a server");
    server.printed("Boot      sample_data\n");
    assert_eq!(server.client().get("/api/CoffeeShops/count").json(), serde_json::json!({ "count": 3 }));
}
