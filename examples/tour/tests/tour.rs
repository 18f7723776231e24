//! The application without a network: an app of its own for each test, in memory.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use loopback::prelude::*;
use tour::{calls, routes};
use tower::ServiceExt;

async fn app() -> Result<App> {
    let app = App::builder().database_url("sqlite::memory:").routes_with(routes::summaries).build().await?;
    calls::fill(&app.ctx()).await?;
    Ok(app)
}

#[tokio::test]
async fn calls_find_what_they_say() {
    let ctx = app().await.unwrap().ctx();
    let names: Vec<_> = calls::best(&ctx, "Oslo").await.unwrap().into_iter().map(|shop| shop.name).collect();
    assert_eq!(names, ["Bean", "Fuglen"]);
    assert_eq!(calls::ratings(&ctx).await.unwrap()[2], ("Kaffe".to_owned(), 3.5));
    assert_eq!(calls::plain(&ctx).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_row_lives_and_goes() {
    calls::life(&app().await.unwrap().ctx()).await.unwrap();
}

#[tokio::test]
async fn what_is_not_valid_is_refused() {
    calls::refused(&app().await.unwrap().ctx()).await.unwrap();
}

#[tokio::test]
async fn a_payment_is_made_whole_or_not_at_all() {
    let ctx = app().await.unwrap().ctx();
    let rich = calls::open(&ctx, 10.into()).await.unwrap();
    let poor = calls::open(&ctx, 0.into()).await.unwrap();
    calls::pay(&ctx, rich.id, poor.id, 7.into()).await.unwrap();
    assert!(calls::pay(&ctx, rich.id, poor.id, 7.into()).await.unwrap_err().is_validation());
    assert_eq!(poor.reload(&ctx).await.unwrap().balance, 7.into());
}

#[tokio::test]
async fn the_summary_counts_good_shops() {
    let router = app().await.unwrap().router();
    let request = Request::get("/summary").body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(to_bytes(response.into_body(), 1_000).await.unwrap(), r#"{"good":2}"#);
}
