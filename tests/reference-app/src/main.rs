//! The reference app: the application that the recordings in `tests/conformance/scenarios` were made of, served by
//! LoopBack for Rust. Every start drops all tables, creates them anew and inserts the seed.
//!
//! It sets what brings LoopBack's behaviour back where ours is safer and a recording depends on it.

// A program of one's own: its models are `pub` because models are written so, not because somebody imports them.
#![allow(unreachable_pub)]

use loopback::axum::routing::get;
use loopback::prelude::*;

mod models;
mod seed;

#[loopback::main]
async fn main() -> Result<()> {
    App::from_env()?
        .database_url_or(own_database())
        // What LoopBack does on SQL, and what the recordings show: a property that the model does not have is dropped.
        .strict(Strict::Ignore)
        .change_streams(ChangeStreams::of_all_models())
        // A parent goes while children stay, and a key may dangle.
        .foreign_key_constraints(false)
        .auth(|auth| {
            auth.token_storage(TokenStorage::Plain)
                .cookie_secret("wire-secret")
                .token_header("X-Shop-Token")
                .token_param("shop_token")
        })
        // There are users who have to confirm their e-mails, and nobody reads them.
        .mail(MailOptions::stub())
        .relation_acl(RelationAcl::Called)
        .owner_writable(true)
        .password_policy(PasswordPolicyDef::None)
        .expose("Role")
        .expose("RoleMapping")
        .acl("Role", AclRule::allow("admin"))
        .acl("RoleMapping", AclRule::allow("admin"))
        // The macro refuses a DENY and an ALLOW of the same thing; the recordings have them.
        .acl("AclOrder", AclRule::allow("$everyone").access(AccessType::Read).methods(["count"]))
        .xml(true)
        .cors(Cors::loopback3())
        .favicon()
        .status("/")
        .route("/boom", get(boom))
        .static_files("/files", concat!(env!("CARGO_MANIFEST_DIR"), "/files"))
        .migrate(Migrate::Recreate)
        .boot("seed", seed::run)
        .serve()
        .await
}

/// A route of the application's own that always fails.
async fn boom() -> Result<()> {
    Err(Error::internal("route failed"))
}

/// A SQLite file of this process alone, for a start without `DATABASE_URL`.
fn own_database() -> String {
    let file = std::env::temp_dir().join(format!("loopback-reference-app-{}.sqlite", std::process::id()));
    format!("sqlite://{}?mode=rwc", file.display())
}
