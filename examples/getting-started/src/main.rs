//! Serves the shops. Their rows are in `getting-started.db`, in the folder it is started in.

use axum::routing::get;
// Its models and what runs at the start are found when it is linked.
use getting_started as _;
use loopback::prelude::*;

#[loopback::main]
async fn main() -> Result<()> {
    App::from_env()?.title("Getting started").route("/ping", get(async || "pong")).serve().await
}
