//! Users and access control: what files say of them, and code that turns them on, or says otherwise, after the files were read.

use super::{Folder, MEMORY, Shelf};
use loopback::access::AclRule;
use loopback::prelude::*;
use loopback_tests::http::{Request, Response};
use loopback_tests::rest::Rest;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const PASSWORD: &str = "correct horse battery";

/// With a model in Rust that nobody may call.
fn builder(folder: &Folder, variables: &[(&str, &str)]) -> AppBuilder {
    let builder = folder.builder(variables).unwrap();
    builder.models([Shelf::DEF]).acl("Shelf", AclRule::deny("$everyone"))
}

fn middleware(text: &str) -> Folder {
    Folder::of(&[MEMORY, ("middleware.json", text)])
}

fn sends_links(builder: AppBuilder) -> (AppBuilder, UnboundedReceiver<String>) {
    let (asked, links) = unbounded_channel();
    let builder = builder.auth(|auth| {
        auth.verify_registrations().on_verify(move |_, request| {
            drop(asked.send(request.href));
            async { Ok(()) }
        })
    });
    (builder, links)
}

/// Where the link in an e-mail leads to.
async fn link(builder: AppBuilder) -> String {
    let (builder, mut links) = sends_links(builder);
    let rest = Rest::of(&builder.build().await.unwrap());
    rest.create("/api/Users", json!({"email": "a@example.com", "password": PASSWORD})).await;
    links.recv().await.unwrap()
}

/// The answer to a user who shows the token in a header.
async fn with_header(app: &App, name: &str) -> Response {
    let rest = Rest::of(app);
    let user = json!({"email": "a@example.com", "password": PASSWORD});
    rest.json("POST", "/api/Users", user.clone()).await;
    let session = rest.json("POST", "/api/Users/login", user).await.json();
    let (token, id) = (session["id"].as_str().unwrap(), &session["userId"]);
    rest.send(&Request::new("GET", &format!("/api/Users/{id}")).header(name, token)).await
}

#[tokio::test]
async fn the_url_of_a_file_counts_for_users_that_code_turns_on() {
    let folder = Folder::of(&[MEMORY, ("config.json", r#"{"url": "https://file.example"}"#)]);
    let of_file = link(builder(&folder, &[])).await;
    assert!(of_file.starts_with("https://file.example/"), "{of_file}");
    let variables = [("LOOPBACK__config__url", "https://variable.example")];
    let of_variable = link(builder(&folder, &variables)).await;
    assert!(of_variable.starts_with("https://variable.example/"), "{of_variable}");
    let of_code = link(builder(&folder, &[]).auth(|auth| auth.public_url("https://code.example"))).await;
    assert!(of_code.starts_with("https://code.example/"), "{of_code}");
}

#[tokio::test]
async fn production_starts_with_the_url_of_a_file() {
    let production = |folder: &Folder| {
        let builder = builder(folder, &[("LOOPBACK_ENV", "production")]);
        sends_links(builder.migrate(Migrate::Update).enable_auth()).0
    };
    production(&Folder::of(&[MEMORY, ("config.json", r#"{"url": "https://file.example"}"#)])).build().await.unwrap();
    let error = production(&Folder::of(&[MEMORY])).build().await.unwrap_err().to_string();
    assert!(error.contains("\"url\": \"https://shop.example\" into config.json"), "{error}");
}

#[tokio::test]
async fn the_cookie_secret_of_code_goes_before_that_of_a_file() {
    let folder = middleware(r#"{"initial:before": {"cookie-parser": {"params": "left in the file"}}}"#);
    let signed = |app: &App| app.sign_cookie("x").unwrap();
    let of_code = builder(&folder, &[]).auth(|auth| auth.cookie_secret("of code")).build().await.unwrap();
    let expected = App::builder().models([]).database_url("sqlite::memory:");
    let expected = expected.auth(|auth| auth.cookie_secret("of code")).build().await.unwrap();
    assert_eq!(signed(&of_code), signed(&expected));
    let of_file = builder(&folder, &[]).enable_auth().build().await.unwrap();
    assert_ne!(signed(&of_file), signed(&expected));
}

#[tokio::test]
async fn places_of_tokens_that_code_adds_stay_beside_those_of_a_file() {
    let folder = middleware(
        r#"{"auth": {"loopback#token": {"params": {"searchDefaultTokenKeys": false, "headers": ["X-File"]}}}}"#,
    );
    let app = builder(&folder, &[]).auth(|auth| auth.token_header("X-Code")).build().await.unwrap();
    for (name, status) in [("X-Code", 200), ("X-File", 200), ("X-Access-Token", 401)] {
        assert_eq!(with_header(&app, name).await.status, status, "{name}");
    }
}

#[tokio::test]
async fn access_control_that_code_turns_on_is_not_turned_off_by_a_file() {
    let config = ("config.json", r#"{"enableAuth": false}"#);
    let models = ("model-config.json", r#"{"User": {"dataSource": "db"}, "Application": {"dataSource": "db"}}"#);
    let folder = Folder::of(&[MEMORY, config, models]);
    let status = async |builder: AppBuilder| {
        let rest = Rest::of(&builder.build().await.unwrap());
        rest.get("/api/Shelves").await.status
    };
    assert_eq!(status(builder(&folder, &[])).await, 200);
    assert_eq!(status(builder(&folder, &[]).auth_data_source("db")).await, 200);
    assert_eq!(status(builder(&folder, &[]).enable_auth()).await, 401);
    assert_eq!(status(builder(&folder, &[]).auth(|auth| auth.cookie_secret("x"))).await, 401);
    // What a test has turned off stays off, whatever a component adds.
    let tested = builder(&folder, &[]).disable_auth_for_tests().auth(|auth| auth.cookie_secret("x"));
    assert_eq!(status(tested).await, 200);
}
