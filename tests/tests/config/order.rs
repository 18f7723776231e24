//! The order of `middleware`: that of the file, whoever named what; and faults that are there, and no others.

use super::{Folder, MEMORY, MODELS, NOTE};
use loopback::axum::Router;
use loopback::axum::routing::get;
use loopback::prelude::*;
use loopback_tests::rest::Rest;

fn folder(middleware: &str) -> Folder {
    Folder::of(&[NOTE, MODELS, MEMORY, ("middleware.json", middleware)])
}

/// The app of a file, with a middleware `mine` that answers GET of its path. The code names it when the file is read.
fn app(middleware: &str) -> AppBuilder {
    folder(middleware)
        .builder(&[])
        .unwrap()
        .middleware_factory("mine", |_| Ok(Router::new().route("/", get(async || "mine"))))
}

async fn answer(app: AppBuilder, path: &str) -> String {
    Rest::of(&app.build().await.unwrap()).get(path).await.text()
}

#[tokio::test]
async fn ones_own_stands_among_the_built_in_ones_as_the_file_has_it() {
    let (mine, status) = (r#""mine": {"paths": "/x"}"#, r#""loopback#status": {"paths": "/x"}"#);
    for phase in ["initial:before", "initial", "routes:after", "final"] {
        let first = app(&format!("{{\"{phase}\": {{{mine}, {status}}}}}"));
        assert_eq!(answer(first, "/x").await, "mine", "{phase}");
        let second = app(&format!("{{\"{phase}\": {{{status}, {mine}}}}}"));
        assert!(answer(second, "/x").await.contains("uptime"), "{phase}");
    }
}

#[tokio::test]
async fn a_file_goes_before_code_and_code_in_its_order() {
    let other = || Router::new().route("/x", get(async || "code"));
    let placed = app(r#"{"initial": {"mine": {"paths": "/x"}}}"#).middleware("initial", other());
    assert_eq!(answer(placed, "/x").await, "mine");
    let builder =
        || App::builder().database_url("sqlite::memory:").define_model(loopback::serde_json::json!({"name": "X"}));
    assert_eq!(answer(builder().middleware("routes", other()).status("/x"), "/x").await, "code");
    assert!(answer(builder().status("/x").middleware("routes", other()), "/x").await.contains("uptime"));
}

#[tokio::test]
async fn what_stands_before_the_rest_api_in_its_phase_goes_before_it() {
    let (mine, rest) = (r#""mine": {"paths": "/api/Notes"}"#, r#""loopback#rest": {"paths": ["/api"]}"#);
    assert_eq!(answer(app(&format!("{{\"routes\": {{{mine}, {rest}}}}}")), "/api/Notes").await, "mine");
    assert_eq!(answer(app(&format!("{{\"routes\": {{{rest}, {mine}}}}}")), "/api/Notes").await, "[]");
    // Without it the REST API is at the beginning of its phase.
    assert_eq!(answer(app(&format!("{{\"routes\": {{{mine}}}}}")), "/api/Notes").await, "[]");
    assert_eq!(answer(app(&format!("{{\"routes:before\": {{{mine}}}}}")), "/api/Notes").await, "mine");
}

#[tokio::test]
async fn one_fault_makes_no_others() {
    for (middleware, fault) in [
        (r#"{"routes": {"cors": {"phase": "initial"}}}"#, "`routes.cors.phase`: has no effect"),
        (r#"{"parse": {"cookie-parser": {"paths": ["/x"]}}}"#, "middleware.json:1: `cookie-parser`: has no `paths`"),
        // The phase of the other one is still there.
        (
            r#"{"initial": {"cors": {"params": {"orgin": 1}}}, "mine": {"compression": {}}}"#,
            "middleware.json:1: `cors`",
        ),
        (r#"{"final": {}, "mine": {"compression": {}}, "initial": {}}"#, "the phases contradict each other"),
        (r#"{"initial": {"timeout": {"params": "${LIMIT}"}}}"#, "`initial.timeout.params`: `${LIMIT}` is neither"),
        (r#"{"routes": {"loopback#rest": {"paths": ["/a", {}]}}}"#, "`routes.loopback#rest.paths[1]`"),
    ] {
        let error = folder(middleware).fault(&[]).await;
        assert!(error.contains("the configuration has a fault:") && error.contains(fault), "{middleware}: {error}");
    }
    // What the factory of one says, and nothing of the other, whose factory is there as well.
    let builder = app(r#"{"initial": {"broken": {}, "mine": {}}, "parse": {"mine": {}}}"#);
    let builder =
        builder.middleware_factory("broken", |_| Err::<Router, _>(Error::configuration("there are no beans")));
    let error = builder.build().await.unwrap_err().to_string();
    assert!(error.contains("the configuration has a fault:") && error.contains("there are no beans"), "{error}");
}
