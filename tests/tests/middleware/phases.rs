//! Where middleware stands.

use super::{Served, assert_error, fault};
use loopback::app::{Chain, IntoMiddleware, Paths};
use loopback::axum::Router;
use loopback::axum::extract::Request;
use loopback::axum::http::{HeaderValue, Method};
use loopback::axum::middleware::{Next, from_fn};
use loopback::axum::response::Response;
use loopback::axum::routing::{get, post};
use loopback::prelude::*;
use serde_json::json;

/// A layer that notes its name in the answer; the names come in the order in which the request met them.
fn note(name: &'static str) -> Middleware {
    Middleware::layer(from_fn(move |request: Request, next: Next| async move {
        let mut response: Response = next.run(request).await;
        let before = response.headers().get("x-met").map_or("", |met| met.to_str().unwrap());
        let met = format!("{name} {before}");
        response.headers_mut().insert("x-met", HeaderValue::from_str(met.trim()).unwrap());
        response
    }))
}

fn met(answer: &loopback_tests::http::Response) -> String {
    answer.header("x-met").unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn phases_are_met_in_their_order() {
    let served = Served::of(|app| {
        // Placed from the last to the first.
        app.define_phases(["custom"])
            .define_phases(["initial", "early", "auth"])
            .middleware("final", note("final"))
            .middleware("files:after", note("files:after"))
            .middleware("files", note("files"))
            .middleware("routes:after", note("routes:after"))
            .middleware("routes", note("routes"))
            .middleware(MiddlewarePhase::Routes.before(), note("routes:before"))
            .middleware("custom", note("custom"))
            .middleware("parse", note("parse"))
            .middleware(MiddlewarePhase::Auth.after(), note("auth:after"))
            .middleware(MiddlewarePhase::Auth, note("auth"))
            .middleware(MiddlewarePhase::Auth, note("auth-2"))
            .middleware("auth:before", note("auth:before"))
            .middleware("early", note("early"))
            .middleware("session", note("session"))
            .middleware("initial", note("initial"))
            .route("/own", get(async || "own"))
    })
    .await;
    let before = "initial early session auth:before auth auth-2 auth:after parse custom routes:before";
    for target in ["/api/Things", "/api/nowhere", "/own"] {
        assert_eq!(met(&served.get(target).await), before, "{target}");
    }
    // What no route answers goes on.
    let nowhere = served.get("/nowhere").await;
    assert_eq!(met(&nowhere), format!("{before} routes routes:after files files:after final"));
    assert_error(&nowhere, 404, "Cannot GET /nowhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn middleware_is_for_its_paths_and_methods() {
    let served = Served::of(|app| {
        app.middleware_at("initial", "/api/Things", note("things"))
            .middleware_at("initial", ["/api/*/count", "^/a.i/echoes"], note("patterns"))
            .middleware("initial", note("writes").methods([Method::POST, Method::DELETE]))
            .middleware("initial", note("both").at("/api/Things/count").methods([Method::GET]))
    })
    .await;
    for (method, target, want) in [
        ("GET", "/api/Things", "things"),
        ("GET", "/API/%54hings/3", "things"),
        ("GET", "//api//Things", "things"),
        ("GET", "/api/Thingsies", ""),
        ("GET", "/api/Things/count", "things patterns both"),
        ("HEAD", "/api/Things/count", "things patterns"),
        ("POST", "/api/Things/3", "things writes"),
        ("POST", "/api/echoes/x", "patterns writes"),
        ("DELETE", "/", "writes"),
    ] {
        assert_eq!(met(&served.call(method, target, &[]).await), want, "{method} {target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn routers_answer_what_they_have_and_hand_on_the_rest() {
    async fn seen(request: Request) -> String {
        request.uri().to_string()
    }
    let first = Router::new().route("/", get(seen)).route("/a", get(seen)).route("/api/Things", get(async || "taken"));
    let second = Router::new().route("/a", post(seen)).route("/a/b", get(seen));
    let served = Served::of(|app| {
        app.middleware("final", first)
            .middleware_at("final", "/sub", second.clone())
            .middleware_at("auth", ["/early"], second)
            .static_files("/sub", env!("CARGO_MANIFEST_DIR").to_owned() + "/tests/middleware")
    })
    .await;
    assert_eq!(served.get("/?x=1").await.text(), "/?x=1");
    assert_eq!(served.get("/sub/a/b?x=1").await.text(), "/a/b?x=1");
    assert_eq!(served.get("/SUB//a/b").await.text(), "/a/b");
    assert_eq!(served.call("POST", "/early/a", &[]).await.text(), "/a");
    // The path, and another method: it goes on, with its whole path.
    assert_error(&served.get("/early/a").await, 404, "Cannot GET /early/a");
    assert_error(&served.call("POST", "/sub/nowhere?x=1", &[]).await, 404, "Cannot POST /sub/nowhere");
    // REST comes first.
    assert_eq!(served.get("/api/Things").await.json(), json!([]));
    assert!(served.get("/sub/phases.rs").await.text().contains("routers_answer_what_they_have"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_layer_may_answer_and_may_change_the_request() {
    async fn guard(mut request: Request, next: Next) -> Result<Response, Error> {
        if request.headers().contains_key("x-stop") {
            return Err(Error::new(403, "stopped here").with_code("STOPPED"));
        }
        request.headers_mut().insert("accept", HeaderValue::from_static("application/json"));
        Ok(next.run(request).await)
    }
    let served = Served::of(|app| app.middleware_at(MiddlewarePhase::Auth, "/api", from_fn(guard))).await;
    // What it changes holds for what comes after it.
    assert_eq!(served.accepting("/api/Things", "text/html").await.status, 200);
    let stopped = served.call("POST", "/api/Things", &[("X-Stop", "1")]).await;
    assert_error(&stopped, 403, "stopped here");
    assert_eq!(served.call("GET", "/nowhere", &[("X-Stop", "1")]).await.status, 404);
    let page = served.call("GET", "/api/Things", &[("X-Stop", "1"), ("Accept", "text/html")]).await;
    assert!(page.text().contains("STOPPED") && page.media_type().as_deref() == Some("text/html"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_middleware_is_one_requests_500() {
    async fn panics(request: Request, next: Next) -> Response {
        assert!(request.uri().path() != "/panic", "the secret of a panic");
        next.run(request).await
    }
    let served = Served::of(|app| app.middleware("initial", from_fn(panics))).await;
    assert_error(&served.get("/panic").await, 500, "Internal Server Error");
    assert_eq!(served.get("/api/Things").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_at_once() {
    let message = fault(|app| {
        app.middleware("rotues", note("x"))
            .middleware_at("auth", "no/slash", note("x"))
            .define_phases(["auth", "initial"])
            .define_phases(["a:before"])
            .cors(Cors::any_origin().credentials(true))
            .cors(Cors::origins(["shop.example"]))
            .favicon_file("/nowhere/icon.ico")
    })
    .await;
    for part in [
        "there is no middleware phase `rotues`; did you mean `routes`?",
        "`no/slash` is no path of a middleware",
        "`initial` cannot come after `auth`",
        "`a:before` cannot be the name of a middleware phase",
        "lets every site act for its visitors",
        "`shop.example` is no origin",
        "/nowhere/icon.ico",
    ] {
        assert!(message.contains(part), "{part}\n{message}");
    }
}

#[test]
fn what_can_stand_in_a_phase() {
    fn takes<Kind>(it: impl IntoMiddleware<Kind>) -> Middleware {
        it.into_middleware()
    }
    let _ = takes(Router::new());
    let _ = takes(note("x"));
    let _ = takes(from_fn(async |request: Request, next: Next| next.run(request).await));
    let _ = Paths::from(vec!["/a".to_owned()]);
    fn is_service<S: tower::Service<Request>>() {}
    is_service::<Chain>();
}
