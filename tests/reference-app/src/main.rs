//! The reference app: the application that the recordings in `tests/conformance/scenarios` were made of, served by
//! LoopBack for Rust. Every start drops all tables, creates them anew and inserts the seed.
//!
//! Of the original it has the models, their relations and their endpoints so far; remote methods, hooks and access control
//! are not here yet.

// A program of one's own: its models are `pub` because models are written so, not because somebody imports them.
#![allow(unreachable_pub)]

use loopback::prelude::*;

mod models;
mod seed;

#[loopback::main]
async fn main() -> Result<()> {
    let app = App::from_env()?
        .database_url_or(own_database())
        // What LoopBack does on SQL, and what the recordings show: a property that the model does not have is dropped.
        .strict(Strict::Ignore)
        // A parent goes while children stay, and a key may dangle.
        .foreign_key_constraints(false)
        .migrate(Migrate::Recreate)
        .build()
        .await?;
    seed::run(&app).await?;
    app.serve().await
}

/// A SQLite file of this process alone, for a start without `DATABASE_URL`.
fn own_database() -> String {
    let file = std::env::temp_dir().join(format!("loopback-reference-app-{}.sqlite", std::process::id()));
    format!("sqlite://{}?mode=rwc", file.display())
}
