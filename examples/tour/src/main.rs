//! Serves the tour. It keeps its rows in memory unless `DATABASE_URL` says otherwise.

use axum::middleware::map_response;
use axum::routing::get;
use loopback::prelude::*;
use tour::{calls, routes};

#[loopback::main]
async fn main() -> Result<()> {
    App::from_env()?
        .database_url_or("sqlite::memory:")
        .title("Tour")
        .route("/", get(async || "Coffee is served under /api/CoffeeShops.\n"))
        .routes_with(routes::summaries)
        .layer(|router| router.layer(map_response(routes::served_by)))
        .boot("sample data", |ctx| async move { calls::fill(&ctx).await })
        .serve()
        .await
}
