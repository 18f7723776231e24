//! A folder as the generator of LoopBack 2 makes it.

use super::served;
use loopback::ConfigFolder;
use loopback::prelude::*;
use serde_json::json;
use std::path::{Path, PathBuf};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shelter-app/server")
}

async fn app(environment: &str) -> App {
    let folder = ConfigFolder::at(fixture()).variables([("NODE_ENV", environment)]);
    App::from_folder(folder).unwrap().migrate(Migrate::Update).build().await.unwrap()
}

#[tokio::test]
async fn an_app_of_loopback_2_is_served_as_it_is() {
    for environment in ["development", "production"] {
        let app = app(environment).await;
        let report = app.config_report().to_string();
        for part in [
            "middleware.json:6: `loopback#context`: every call has its context in any case",
            "config.json:22: `remoting.errorHandler`: has no effect",
            "boot/authentication.js: is not run",
        ] {
            assert!(report.contains(part), "{part}\n{report}");
        }
        assert!(!report.contains("enableHttpContext") && !report.contains("includeStack"), "{report}");
        served(app, |client| {
            let dog = json!({"name": "Rex"});
            assert_eq!(client.json("POST", "/api/Dogs", &dog).status, 401);
            let login = json!({"email": "a@example.com", "password": "correct horse battery"});
            assert_eq!(client.json("POST", "/api/Users", &login).status, 200);
            let session = client.json("POST", "/api/Users/login", &login);
            let token = session.json()["id"].as_str().unwrap().to_owned();
            assert_eq!(client.json("POST", &format!("/api/Dogs?access_token={token}"), &dog).status, 200);
            assert_eq!(client.get("/api/Dogs").json()[0]["name"], "Rex");
            assert_eq!(client.get("/nowhere").status, 404);
        })
        .await;
    }
}
