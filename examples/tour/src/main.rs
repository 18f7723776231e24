//! Serves the tour. It keeps its rows in memory unless `DATABASE_URL` says otherwise.

use axum::middleware::map_response;
use axum::routing::get;
use loopback::prelude::*;
use tour::{calls, routes};

#[loopback::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt::init();
    let app = App::from_env()?
        .database_url_or("sqlite::memory:")
        .title("Tour")
        .route("/", get(async || "Coffee is served under /api/CoffeeShops.\n"))
        .layer(|router| router.layer(map_response(routes::served_by)))
        .build()
        .await?;
    calls::fill(&app.ctx()).await?;
    let listener = app.listen().await?;
    println!("Tour: http://{}/explorer", listener.local_addr()?);
    axum::serve(listener, routes::with_summary(&app)).await?;
    Ok(())
}
