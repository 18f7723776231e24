//! In which form answers and errors come.

use super::{Served, Thing, assert_error};
use loopback::axum::extract::Request;
use loopback::axum::http::StatusCode;
use loopback::axum::middleware::{Next, from_fn};
use loopback::axum::response::{IntoResponse, Response};
use loopback::axum::routing::get;
use loopback::prelude::*;
use serde_json::json;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_xml_only_where_the_app_has_it() {
    let (with, without) = (Served::of(|app| app.xml(true)).await, Served::of(|app| app).await);
    for served in [&with, &without] {
        served.post("/api/Things", "*/*", &json!({ "name": "a <b> & c" })).await;
    }
    let xml = with.accepting("/api/Things/1", "application/xml").await;
    assert_eq!((xml.status, xml.media_type().as_deref()), (200, Some("application/xml")));
    assert_eq!(
        xml.text(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response>\n  <id>1</id>\n  <name>a &lt;b> &amp; c</name>\n  \
         <data>null</data>\n</response>"
    );
    assert_eq!(xml.header("vary").as_deref(), Some("accept"));
    assert_eq!(with.get("/api/Things?_format=xml").await.media_type().as_deref(), Some("text/xml"));
    assert_eq!(with.accepting("/api/Things/1", BROWSER).await.media_type().as_deref(), Some("application/xml"));
    // A browser gets JSON where there is no XML.
    assert_eq!(without.accepting("/api/Things/1", BROWSER).await.media_type().as_deref(), Some("application/json"));
    for (target, accept) in
        [("/api/Things/1", "application/xml"), ("/api/Things/1?_format=xml", "*/*"), ("/api/Things/1", "text/html")]
    {
        let answer = without.accepting(target, accept).await;
        assert_eq!((answer.status, answer.text().as_str()), (406, "Not Acceptable"), "{target} {accept}");
        assert_eq!(answer.media_type().as_deref(), Some("text/plain"));
    }
    assert_eq!(
        with.call("DELETE", "/api/Things/1", &[("Accept", "text/xml")])
            .await
            .text()
            .matches("<count>1</count>")
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_xml_too() {
    let app = App::builder().models([Thing::DEF]).database_url("sqlite::memory:").xml(true).build().await.unwrap();
    let rows: Vec<_> =
        (0..900).map(|n| json!({ "name": format!("n{n}"), "data": { "text": "x]}\"".repeat(40) } })).collect();
    let rest = loopback_tests::rest::Rest::of(&app);
    for row in rows.chunks(300).chain(rows.chunks(300)).chain(rows.chunks(300)) {
        for row in row {
            app.create_json("Thing", row.clone()).await.unwrap();
        }
    }
    let request =
        loopback_tests::http::Request { method: "GET".into(), target: "/api/Things".into(), ..Default::default() };
    let answer = rest.send(&request.header("Accept", "text/xml")).await;
    assert_eq!(answer.media_type().as_deref(), Some("text/xml"));
    let text = answer.text();
    assert!(text.len() > 500_000, "{}", text.len());
    assert_eq!(super::xml::leaves(&text).iter().filter(|leaf| leaf.starts_with('n')).count(), 2_700);
    assert!(text.ends_with("\n</response>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_have_the_form_that_is_wanted_and_say_nothing_internal() {
    let served = Served::of(|app| app).await;
    for (accept, kind) in [
        ("*/*", "application/json"),
        ("text/plain", "application/json"),
        ("text/html", "text/html"),
        (BROWSER, "text/html"),
        ("application/xml", "text/xml"),
        ("text/xml", "text/xml"),
        ("application/problem+json", "application/problem+json"),
        ("application/json, application/problem+json;q=0.9", "application/json"),
    ] {
        for status in [400, 404, 422, 500, 501, 503] {
            let answer = served.accepting(&format!("/api/echoes/fail?status={status}"), accept).await;
            assert_eq!((answer.status, answer.media_type().as_deref()), (status, Some(kind)), "{accept}");
            assert_eq!(answer.header("x-content-type-options").as_deref(), Some("nosniff"));
            let text = answer.text();
            assert!(!text.contains("SELECT"), "{text}");
            assert_eq!(text.contains("secret"), status < 500, "{text}");
            assert!(text.contains(&status.to_string()), "{text}");
        }
        let nowhere = served.accepting("/nowhere", accept).await;
        assert_eq!((nowhere.status, nowhere.media_type().as_deref()), (404, Some(kind)));
        assert!(nowhere.text().contains("Cannot GET /nowhere"));
    }
    assert_eq!(served.get("/api/Things/99?_format=xml").await.media_type().as_deref(), Some("text/xml"));
    assert_error(
        &served.accepting("/api/Things/99?_format=json", "text/html").await,
        404,
        "Unknown \"Thing\" id \"99\".",
    );
    let problem = served.accepting("/api/Things/99", "application/json;q=0.9, application/problem+json").await.json();
    assert_eq!((&problem["title"], &problem["status"]), (&json!("Not Found"), &json!(404)), "{problem}");
    assert_eq!(problem["detail"], "Unknown \"Thing\" id \"99\".");
    let gateway = served.get("/api/echoes/fail?status=504").await;
    assert_error(&gateway, 504, "Gateway Timeout");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_sends_is_text_on_the_page() {
    let served = Served::of(|app| app).await;
    let evil = "%3Cscript%3Ealert(1)%3C/script%3E%22%27";
    for target in [
        format!("/api/echoes/fail?status=400&text={evil}"),
        format!("/{evil}"),
        format!("/api/{evil}"),
        format!("/api/Things/{evil}"),
        format!("/api/Things?filter={evil}"),
        format!("/api/Things?filter[where][{evil}]=1"),
    ] {
        let page = served.accepting(&target, "text/html").await;
        assert_eq!(page.media_type().as_deref(), Some("text/html"), "{target}");
        assert!(page.status >= 400 && !page.text().contains("<script"), "{target}: {page}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    }
    let page =
        served.post("/api/Things", "text/html", &json!({ "name": "<img src=x onerror=alert(1)>".repeat(3) })).await;
    assert!(page.status == 422 && !page.text().contains("<img"), "{page}");
    assert!(page.text().contains("<dt>name</dt>"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_own_routes_and_of_layers_are_loopbacks() {
    async fn own() -> Result<String> {
        Err(Error::new(409, "taken").with_code("TAKEN"))
    }
    async fn fault() -> Result<String> {
        Err(Error::internal("the secret cause"))
    }
    async fn panics() -> Result<String> {
        panic!("the secret of a panic")
    }
    async fn teapot(request: Request, next: Next) -> Response {
        match request.uri().path() {
            "/tea" => StatusCode::IM_A_TEAPOT.into_response(),
            "/gone" => (StatusCode::GONE, "in my own words").into_response(),
            _ => next.run(request).await,
        }
    }
    let served = Served::of(|app| {
        app.route("/own", get(own))
            .route("/fault", get(fault))
            .route("/panics", get(panics))
            .middleware(MiddlewarePhase::Initial, from_fn(teapot))
    })
    .await;
    let taken = served.get("/own").await;
    assert_error(&taken, 409, "taken");
    assert_eq!(taken.json()["error"]["code"], "TAKEN");
    for target in ["/fault", "/panics"] {
        assert_error(&served.get(target).await, 500, "Internal Server Error");
        let page = served.accepting(target, "text/html").await;
        assert!(page.status == 500 && !page.text().contains("secret"), "{page}");
    }
    assert_error(&served.get("/tea").await, 418, "I'm a teapot");
    assert_eq!(served.accepting("/tea", "text/xml").await.media_type().as_deref(), Some("text/xml"));
    assert_error(&served.call("POST", "/own", &[]).await, 405, "Method Not Allowed");
    assert_eq!(served.accepting("/gone", "text/html").await.text(), "in my own words");
}

#[tokio::test(flavor = "multi_thread")]
async fn head_has_no_body_in_any_form() {
    let served = Served::of(|app| app.xml(true)).await;
    served.post("/api/Things", "*/*", &json!({ "name": "x" })).await;
    for accept in ["*/*", "text/html", "text/xml"] {
        for target in ["/api/Things/99", "/nowhere", "/api/Things/1"] {
            let answer = served.call("HEAD", target, &[("Accept", accept)]).await;
            assert!(
                answer.body.is_empty() && (answer.status == 404 || target.ends_with('1')),
                "{target} {accept}: {answer}"
            );
        }
    }
}
