//! Names of a configuration that set what the app has anyway: for all of it, or a fault.

use super::{Served, assert_error};
use loopback::app::MiddlewareConfig;
use loopback::prelude::*;
use loopback_tests::http::{Request, Response};
use serde_json::{Value as Json, json};

fn with(params: Json) -> MiddlewareConfig {
    MiddlewareConfig { params, ..MiddlewareConfig::default() }
}

fn at(path: &str, params: Json) -> MiddlewareConfig {
    MiddlewareConfig { paths: vec![path.to_owned()], ..with(params) }
}

fn fault(name: &str, config: MiddlewareConfig) -> String {
    let refused = App::builder().middleware_from_config(name, config).err();
    refused.unwrap_or_else(|| panic!("`{name}` is taken")).to_string()
}

async fn form(served: &Served, path: &str, length: usize) -> Response {
    let body = format!("name={}", "x".repeat(length)).into_bytes();
    let request = Request { method: "POST".into(), target: path.into(), body: Some(body), ..Request::default() };
    served.send(request.header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")).await
}

async fn text(served: &Served, path: &str, length: usize) -> Response {
    served.post(path, "*/*", &json!("x".repeat(length))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_parser_with_paths_is_for_them_alone() {
    let served = Served::of(|app| {
        let app = app.middleware_from_config("body-parser#json", at("/api/echoes", json!({"limit": "200kb"}))).unwrap();
        app.middleware_from_config("body-parser#urlencoded", at("/api/Things", json!({"limit": "300kb"}))).unwrap()
    })
    .await;
    let (large, larger) = (150 * 1024, 250 * 1024);
    assert_eq!(text(&served, "/api/echoes/json", large).await.status, 200);
    assert_eq!(text(&served, "/api/echoes/json", larger).await.status, 413);
    assert_eq!(form(&served, "/api/echoes/json", large).await.status, 413);
    assert_eq!(text(&served, "/api/Things", large).await.status, 413);
    // It is read: the name is too long for the model.
    assert_eq!(form(&served, "/api/Things", larger).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_have_a_limit_of_their_own_in_whatever_order() {
    for json_first in [true, false] {
        let served = Served::of(|mut app| {
            let mut parsers = [("body-parser#json", "200kb"), ("body-parser#urlencoded", "1kb")];
            if !json_first {
                parsers.reverse();
            }
            for (name, limit) in parsers {
                app = app.middleware_from_config(name, with(json!({ "limit": limit }))).unwrap();
            }
            app
        })
        .await;
        assert_eq!(text(&served, "/api/echoes/json", 150 * 1024).await.status, 200);
        assert_eq!(form(&served, "/api/echoes/json", 2 * 1024).await.status, 413);
        assert_eq!(form(&served, "/api/Things", 500).await.status, 422);
    }
}

/// Code goes before files, also where a file says more.
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_code_says_holds_for_forms_too() {
    let of_file = json!({"limit": "300kb"});
    let served = Served::of(|app| {
        let app = app.middleware_from_config("body-parser#urlencoded", with(of_file.clone())).unwrap();
        app.body_limit(1_000)
    })
    .await;
    assert_eq!(form(&served, "/api/Things", 2_000).await.status, 413);
    assert_eq!(text(&served, "/api/echoes/json", 2_000).await.status, 413);
    let served = Served::of(|app| app.body_limit(1_000).form_limit(3_000)).await;
    assert_eq!(form(&served, "/api/Things", 2_000).await.status, 422);
    assert_eq!(text(&served, "/api/echoes/json", 2_000).await.status, 413);
}

#[test]
fn what_is_for_the_whole_app_has_no_paths_and_no_methods() {
    for name in ["cookie-parser", "loopback#token", "strong-error-handler"] {
        let message = fault(name, at("/api", Json::Null));
        assert!(message.contains("has no `paths`: it is for the whole app; leave `paths` out"), "{name}: {message}");
        let message = fault(name, MiddlewareConfig { methods: vec!["POST".into()], ..with(Json::Null) });
        assert!(message.contains("has no `methods`"), "{name}: {message}");
        // All there are.
        let all = MiddlewareConfig { methods: vec!["ALL".into()], ..at("/", Json::Null) };
        assert!(App::builder().middleware_from_config(name, all).is_ok(), "{name}");
    }
    let message = fault("loopback#rest", MiddlewareConfig { methods: vec!["GET".into()], ..at("/api", Json::Null) });
    assert!(message.contains("has no `methods`") && message.contains("sharedMethods"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_parser_without_a_limit_changes_nothing() {
    let served = Served::of(|app| {
        let app = app.middleware_from_config("body-parser", at("/api", Json::Null)).unwrap();
        app.middleware_from_config("body-parser#urlencoded", with(json!({"extended": true}))).unwrap()
    })
    .await;
    assert_eq!(text(&served, "/api/echoes/json", 1_000).await.status, 200);
    assert_error(&served.get("/nowhere").await, 404, "Cannot GET /nowhere");
}
