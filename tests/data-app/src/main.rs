//! A LoopBack app that is nothing but data: `LOOPBACK_APP=app.json cargo run -p data-app` serves the models, rules and rows of a file,
//! `{"models": [..], "builtins": {..}, "seed": [[model, [row, ..]], ..], "productTagLinks": [[1, 1], ..]}`. Every start begins
//! with the rows of the file.

use loopback::app::ModelConfig;
use loopback::connector::sql::ConnectOptions;
use loopback::prelude::*;
use serde_json::{Value, json};

#[loopback::main]
async fn main() -> Result<()> {
    let file = std::env::var("LOOPBACK_APP").map_err(|_| Error::configuration("LOOPBACK_APP says which file"))?;
    let text = std::fs::read_to_string(&file).map_err(|error| Error::configuration(format!("{file}: {error}")))?;
    let data: Value = serde_json::from_str(&text).map_err(|error| Error::configuration(format!("{file}: {error}")))?;
    let mut app = App::from_env()?
        .database_url_or(own_database())
        .data_source("mem", ConnectOptions::new("sqlite::memory:"))
        .strict(Strict::Ignore)
        .foreign_key_constraints(false)
        .auth(|auth| auth.token_storage(TokenStorage::Plain).cookie_secret("wire-secret"))
        .relation_acl(RelationAcl::Called)
        .owner_writable(true)
        .password_policy(PasswordPolicyDef::None)
        .migrate(Migrate::Recreate);
    for model in data["models"].as_array().into_iter().flatten() {
        let mut model = model.clone();
        // Their code is not data; the rules name them.
        let methods = model["name"].as_str().and_then(|name| data["remoteMethods"].get(name));
        if let Some(methods) = methods {
            model["methods"] = methods.clone();
        }
        app = app.define_model_at(model, &*file);
    }
    for (name, config) in data["builtins"].as_object().into_iter().flatten() {
        let acls = config["acls"].as_array().cloned().unwrap_or_default();
        app = app.configure_model(name, ModelConfig { public: config["public"].as_bool(), acls, ..Default::default() });
    }
    app.boot("seed", |ctx| seed(ctx, data)).serve().await
}

/// Inserts the rows through the whole pipeline.
async fn seed(ctx: Ctx, data: Value) -> Result<()> {
    for of_model in data["seed"].as_array().into_iter().flatten() {
        let model = of_model[0].as_str().unwrap_or_default();
        for row in of_model[1].as_array().into_iter().flatten() {
            ctx.create_json(model, row.clone()).await?;
        }
    }
    for link in data["productTagLinks"].as_array().into_iter().flatten() {
        ctx.create_json("ProductTag", json!({ "productId": link[0], "tagId": link[1] })).await?;
    }
    Ok(())
}

/// A SQLite file of this process alone, for a start without `DATABASE_URL`.
fn own_database() -> String {
    let file = std::env::temp_dir().join(format!("loopback-data-app-{}.sqlite", std::process::id()));
    format!("sqlite://{}?mode=rwc", file.display())
}
