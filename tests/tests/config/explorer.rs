//! Where the explorer is: `mountPath` of `component-config`, and the builder.

use super::{Folder, MEMORY, MODELS, NOTE, served};
use loopback::prelude::*;
use loopback_tests::http::Request;
use loopback_tests::rest::Rest;
use serde_json::json;

/// It and its documents are at a path, and all that leads there.
async fn is_at(app: &App, path: &str) {
    let rest = Rest::of(app);
    let page = rest.get(&format!("{path}/")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    for (file, status) in [("init.js", 200), ("swagger.json", 200), ("nothing.js", 404)] {
        assert_eq!(rest.get(&format!("{path}/{file}")).await.status, status, "{file}");
    }
    let config = rest.get(&format!("{path}/config.json")).await;
    assert_eq!(config.json(), json!({ "url": format!("{path}/swagger.json") }));
    let away = rest.get(path).await;
    assert_eq!((away.status, away.header("location")), (301, Some(format!("{path}/"))));
    assert!(away.text().contains(&format!("href=\"{path}/\"")), "{}", away.text());
    let person = rest.send(&a_person()).await;
    assert_eq!((person.status, person.header("location")), (307, Some(format!("{path}/"))));
    assert_eq!(rest.get("/openapi.json").await.status, 200);
    if path != "/explorer" {
        for gone in ["/explorer", "/explorer/", "/explorer/swagger.json"] {
            assert_eq!(rest.get(gone).await.status, 404, "{gone}");
        }
    }
}

/// What a browser asks for when it opens the address of the app.
fn a_person() -> Request {
    let request = Request { method: "GET".into(), target: "/".into(), ..Request::default() };
    request.header("Accept", "text/html")
}

async fn is_off(app: &App) {
    let rest = Rest::of(app);
    for path in ["/explorer/", "/docs/", "/docs/swagger.json", "/openapi.json"] {
        assert_eq!(rest.get(path).await.status, 404, "{path}");
    }
    assert_eq!(rest.send(&a_person()).await.status, 404);
}

fn folder(name: &str, text: &str) -> Folder {
    Folder::of(&[NOTE, MODELS, MEMORY, (name, text)])
}

fn json_file(options: &str) -> Folder {
    folder("component-config.json", &format!("{{\"loopback-component-explorer\": {options}}}"))
}

#[tokio::test]
async fn it_is_at_its_mount_path() {
    let json = json_file(r#"{"mountPath": "/docs/", "uiDirs": "/ui"}"#);
    let app = json.app(&[]).await;
    is_at(&app, "/docs").await;
    let report = app.config_report().to_string();
    assert!(report.contains("uiDirs`: has no effect") && !report.contains("mountPath"), "{report}");
    let toml = folder("component-config.toml", "[loopback-component-explorer]\nmountPath = \"/api/docs\"\n");
    is_at(&toml.app(&[]).await, "/api/docs").await;
    let variable = ("LOOPBACK__component_config__loopback-component-explorer__mountPath", "/else/where");
    is_at(&toml.app(&[variable]).await, "/else/where").await;
    // What code says afterwards goes before it.
    let app = json.builder(&[]).unwrap().explorer_path("mine").build().await.unwrap();
    is_at(&app, "/mine").await;
    is_at(&json_file("{}").app(&[]).await, "/explorer").await;
}

#[tokio::test]
async fn a_file_turns_it_on_and_off() {
    let production = [("LOOPBACK_ENV", "production"), ("LOOPBACK_MIGRATE", "update")];
    is_at(&json_file(r#"{"mountPath": "/docs", "enabled": true}"#).app(&production).await, "/docs").await;
    is_off(&Folder::of(&[NOTE, MODELS, MEMORY]).app(&production).await).await;
    for off in ["null", "false", r#"{"mountPath": "/docs", "enabled": false}"#] {
        is_off(&json_file(off).app(&[]).await).await;
    }
    let on = json_file("false").builder(&[]).unwrap().explorer(true).build().await.unwrap();
    is_at(&on, "/explorer").await;
}

#[tokio::test]
async fn the_box_for_a_token_is_where_the_page_is() {
    let folder = json_file(r#"{"mountPath": "/docs"}"#);
    let app = folder.builder(&[]).unwrap().enable_auth().build().await.unwrap();
    is_at(&app, "/docs").await;
    let rest = Rest::of(&app);
    assert!(rest.get("/docs/").await.text().contains("data-login=\"/docs/login.json\""));
    assert_eq!(rest.get("/docs/login.json").await.json()["send"], json!({ "header": "authorization" }));
    assert_eq!(rest.get("/explorer/login.json").await.status, 404);
}

#[tokio::test]
async fn a_path_that_is_none_is_a_fault() {
    for (path, why) in [
        ("docs", "begins with `/`"),
        ("/", "has a name"),
        ("/{x}", "letters, digits"),
        ("/a/../b", "letters, digits"),
        ("/openapi.json", "the OpenAPI document is there"),
    ] {
        let fault = json_file(&format!("{{\"mountPath\": \"{path}\"}}")).fault(&[]).await;
        let at = "component-config.json:1: `loopback-component-explorer.mountPath`: the explorer cannot be at";
        assert!(fault.contains(at) && fault.contains(why), "{path}: {fault}");
    }
    assert!(json_file(r#"{"mountPath": 5}"#).fault(&[]).await.contains("is of the wrong type"));
    for (path, why) in [("/api", "the REST API is there"), ("", "has a name")] {
        let app = App::builder().database_url("sqlite::memory:").define_model(json!({"name": "X"})).explorer_path(path);
        let error = app.build().await.unwrap_err().to_string();
        assert!(error.contains(why), "{path}: {error}");
    }
}

#[tokio::test]
async fn what_is_not_there_below_the_explorer_is_answered_as_elsewhere() {
    let folder = Folder::of(&[NOTE, MODELS, MEMORY]);
    served(folder.app(&[]).await, |client| {
        let at = |path: &str, accept: &str| {
            let mut request = Request::new("GET", path);
            request.headers.clear();
            client.answer(&request.header("Accept", accept))
        };
        for path in ["/explorer/nothing.js", "/nothing.js"] {
            let page = at(path, "text/html");
            assert_eq!((page.status, page.media_type().as_deref()), (404, Some("text/html")), "{page}");
            let error = at(path, "application/json").json();
            assert_eq!(error["error"]["message"], format!("Cannot GET {path}"), "{error}");
        }
    })
    .await;
}
