//! Serves the shops. Their rows are in `getting-started.db`, in the folder it is started in.

use axum::routing::get;
use getting_started::sample;
use loopback::prelude::*;

#[loopback::main]
async fn main() -> Result<()> {
    let app = App::from_env()?.title("Getting started").route("/ping", get(async || "pong"));
    app.boot("sample data", sample::fill).serve().await
}
