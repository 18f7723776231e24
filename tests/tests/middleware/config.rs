//! Middleware by its name, as a configuration has it.

use super::{Served, assert_error};
use loopback::app::MiddlewareConfig;
use loopback::axum::extract::Request;
use loopback::axum::middleware::{Next, from_fn};
use loopback::axum::response::Response;
use loopback::prelude::*;
use serde_json::{Value as Json, json};
use std::path::Path;

fn with(params: Json) -> MiddlewareConfig {
    MiddlewareConfig { params, ..MiddlewareConfig::default() }
}

fn at(path: &str, config: MiddlewareConfig) -> MiddlewareConfig {
    MiddlewareConfig { paths: vec![path.to_owned()], ..config }
}

fn named(name: &str, config: MiddlewareConfig) -> String {
    let refused = App::builder().middleware_from_config(name, config).err();
    refused.unwrap_or_else(|| panic!("`{name}` is taken")).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_of_loopbacks_is_served() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("reference-app/src");
    // The `middleware.json` that LoopBack's generator writes, with files and status.
    let entries: [(&str, &str, MiddlewareConfig); 16] = [
        ("initial:before", "loopback#favicon", with(Json::Null)),
        ("initial", "compression", with(Json::Null)),
        ("initial", "cors", with(json!({ "origin": true, "credentials": true, "maxAge": 86400 }))),
        ("initial", "helmet#xssFilter", with(Json::Null)),
        ("initial", "helmet#frameguard", with(json!(["deny"]))),
        ("initial", "helmet#hsts", with(json!({ "maxAge": 0, "includeSubdomains": true }))),
        ("initial", "helmet#hidePoweredBy", with(Json::Null)),
        ("initial", "helmet#ieNoOpen", with(json!([]))),
        ("initial", "helmet#noSniff", with(json!([]))),
        ("initial", "helmet#noCache", MiddlewareConfig { enabled: false, ..with(Json::Null) }),
        ("routes", "loopback#rest", at("/rest", with(Json::Null))),
        ("routes", "loopback#status", at("/status", with(Json::Null))),
        (
            "files",
            "loopback#static",
            MiddlewareConfig { base: base.clone(), ..at("/files", with(json!("$!../files"))) },
        ),
        (
            "files",
            "serve-static",
            MiddlewareConfig { base, ..at("/more", with(json!(["$!../files", { "maxAge": "1h" }]))) },
        ),
        ("final", "loopback#urlNotFound", with(Json::Null)),
        ("final:after", "strong-error-handler", with(json!({ "debug": true, "log": true }))),
    ];
    let served = Served::of(|mut app| {
        for (phase, name, config) in entries {
            let config = MiddlewareConfig { phase: phase.to_owned(), ..config };
            app = app.middleware_from_config(name, config).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        app
    })
    .await;
    let answer = served.call("GET", "/rest/Things", &[("Origin", "http://any.example")]).await;
    assert_eq!(answer.status, 200);
    for (name, value) in [
        ("access-control-allow-origin", Some("http://any.example")),
        ("x-xss-protection", Some("1; mode=block")),
        ("x-frame-options", Some("DENY")),
        ("strict-transport-security", Some("max-age=0; includeSubDomains")),
        ("x-download-options", Some("noopen")),
        ("x-content-type-options", Some("nosniff")),
        ("surrogate-control", None),
    ] {
        assert_eq!(answer.header(name).as_deref(), value, "{name}");
    }
    assert_eq!(served.get("/favicon.ico").await.status, 200);
    assert!(served.get("/status").await.json()["uptime"].is_number());
    assert_eq!(served.get("/files/hello.txt").await.text(), "hello from a static file\n");
    assert_eq!(served.get("/more/data.json").await.header("cache-control").as_deref(), Some("public, max-age=3600"));
    assert_error(&served.get("/rest/echoes/fail?status=500").await, 500, "Internal Server Error");
    assert_eq!(served.get("/api/Things").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn ours_have_names_too() {
    let limited =
        MiddlewareConfig { methods: vec!["get".into()], ..at("/limited", with(json!({ "windowMs": "1m", "max": 1 }))) };
    let served = Served::of(|app| {
        let app = app.middleware_from_config("health", with(Json::Null)).unwrap();
        let app = app.middleware_from_config("request-id", with(Json::Null)).unwrap();
        let app = app.middleware_from_config("rate-limit", limited).unwrap();
        let app = app.middleware_from_config("timeout", with(json!("30s"))).unwrap();
        let app = app.middleware_from_config("body-limit", at("/api/Things", with(json!("1kb")))).unwrap();
        app.middleware_from_config("strong-error-handler", with(json!({ "defaultType": "html" }))).unwrap()
    })
    .await;
    assert_eq!(served.get("/health/ready").await.status, 200);
    assert!(served.get("/").await.header("x-request-id").is_some());
    assert_eq!(served.call("POST", "/limited", &[]).await.status, 404);
    assert_eq!((served.get("/limited").await.status, served.get("/limited").await.status), (404, 429));
    assert_eq!(served.post("/api/Things", "*/*", &json!({ "name": "x".repeat(1024) })).await.status, 413);
    assert_eq!(served.accepting("/nowhere", "image/png").await.media_type().as_deref(), Some("text/html"));
    let off = Served::of(|app| {
        app.middleware_from_config("loopback#rest", MiddlewareConfig { enabled: false, ..MiddlewareConfig::default() })
            .unwrap()
    })
    .await;
    assert_error(&off.get("/api/Things").await, 404, "Cannot GET /api/Things");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_names_its_own() {
    #[derive(serde::Deserialize)]
    struct Mark {
        value: String,
    }
    let mark = |params: &loopback::app::Params<'_>| {
        let Mark { value } = params.get()?;
        Ok(from_fn(move |request: Request, next: Next| {
            let value = value.parse().unwrap();
            async move {
                let mut response: Response = next.run(request).await;
                response.headers_mut().insert("x-mark", value);
                response
            }
        }))
    };
    let served = Served::of(|app| {
        let app = app.middleware_factory("mark", mark);
        app.middleware_from_config("mark", at("/api", with(json!({ "value": "seen" })))).unwrap()
    })
    .await;
    assert_eq!(served.get("/api/Things").await.header("x-mark").as_deref(), Some("seen"));
    assert_eq!(served.get("/").await.header("x-mark"), None);
    let wrong =
        App::builder().middleware_factory("mark", mark).middleware_from_config("mark", with(json!({ "valeu": 1 })));
    assert!(wrong.err().unwrap().to_string().contains("the params of the middleware `mark`"));
    let app = App::builder().middleware_factory("audit", |_| Ok(loopback::axum::Router::new()));
    let message = app.middleware_from_config("audi", with(Json::Null)).err().unwrap().to_string();
    assert!(message.contains("did you mean `audit`?"), "{message}");
}

#[test]
fn what_is_not_known_is_told_with_what_is() {
    let message = named("loopback#statics", with(Json::Null));
    assert!(message.contains("did you mean `loopback#static`?") && message.contains("compression"), "{message}");
    let message = named("./middleware/tracker", with(Json::Null));
    assert!(message.contains("JavaScript is not run here"), "{message}");
    let message = named("cors", MiddlewareConfig { phase: "intial".into(), ..with(Json::Null) });
    assert!(message.contains("did you mean `initial`?"), "{message}");
    let message = named("compression", at("no-slash", with(Json::Null)));
    assert!(message.contains("`no-slash` is no path"), "{message}");
    for (name, params, part) in [
        ("loopback#static", Json::Null, "params of the middleware `loopback#static`"),
        ("loopback#static", json!(["x", { "maxAeg": 1 }]), "maxAeg"),
        ("loopback#static", json!(["x", { "maxAge": "soon" }]), "soon"),
        ("cors", json!({ "origins": true }), "origins"),
        ("cors", json!({ "origin": "shop.example" }), "is no origin"),
        ("cors", json!({ "origin": "*", "credentials": true }), "lets every site act"),
        ("cors", json!({ "origin": 7 }), "`origin` is true, false"),
        ("timeout", json!("soon"), "is no time"),
        ("body-limit", json!({}), "is no size"),
        ("rate-limit", json!({ "max": -1 }), "rate-limit"),
        ("strong-error-handler", json!({ "rootProperty": "fault" }), "can only be `error`"),
        ("strong-error-handler", json!({ "defaultType": "yaml" }), "json, html or xml"),
        ("loopback#favicon", json!("/nowhere.ico"), "/nowhere.ico"),
    ] {
        let message = named(name, with(params.clone()));
        assert!(message.contains(part), "{name} {params}: {message}");
    }
}
