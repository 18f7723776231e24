//! The blog without a network: an app of its own for each test, in memory.

#![allow(clippy::unwrap_used)]

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use blog::models::{Author, Post};
use loopback::prelude::*;
use serde_json::{Value as Json, json};
use tower::ServiceExt;

async fn app() -> App {
    App::builder().database_url("sqlite::memory:").enable_auth().build().await.unwrap()
}

/// An author, with a token.
async fn author(ctx: &Ctx, name: &str) -> (Author, String) {
    let email = format!("{name}@blog.test");
    let author = Author::create(ctx, set!(Author { email: email, password: "correct horse" })).await.unwrap();
    let session = author.create_access_token(ctx, TokenOptions::default()).await.unwrap();
    (author, session.id)
}

async fn call(app: &App, token: Option<&str>, method: &str, path: &str, body: Json) -> (StatusCode, Json) {
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", token);
    }
    let response = app.router().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 100_000).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn a_post_is_its_authors() {
    let app = app().await;
    let ctx = app.ctx();
    let ((ann, ann_token), (_, bob_token)) = (author(&ctx, "ann").await, author(&ctx, "bob").await);
    let (status, _) = call(&app, None, "POST", "/api/Posts", json!({ "title": "Nobody" })).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, post) = call(&app, Some(&ann_token), "POST", "/api/Posts", json!({ "title": "Hello" })).await;
    assert_eq!((status, &post["authorId"]), (StatusCode::OK, &json!(ann.id)));

    let path = format!("/api/Posts/{}", post["id"]);
    let change = json!({ "title": "Mine now" });
    assert_eq!(call(&app, Some(&bob_token), "PATCH", &path, change.clone()).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(call(&app, Some(&bob_token), "DELETE", &path, Json::Null).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(call(&app, None, "GET", &path, Json::Null).await.1["title"], "Hello");
    assert_eq!(call(&app, Some(&ann_token), "PATCH", &path, change).await.0, StatusCode::OK);
    // Not even its author puts it away.
    let archive = format!("{path}/archive");
    assert_eq!(call(&app, Some(&ann_token), "POST", &archive, json!({})).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_editor_changes_every_post() {
    let app = app().await;
    let ctx = app.ctx();
    let ((ann, _), (eve, token)) = (author(&ctx, "ann").await, author(&ctx, "eve").await);
    let post = Post::create(&ctx, set!(Post { title: "Hello", author: ann.id })).await.unwrap();
    let path = format!("/api/Posts/{}", post.id);
    assert_eq!(call(&app, Some(&token), "DELETE", &path, Json::Null).await.0, StatusCode::UNAUTHORIZED);
    // What this instance writes counts at once.
    Role::create(&ctx, set!(Role { name: "editor" })).await.unwrap().add_user(&ctx, &eve).await.unwrap();
    assert_eq!(call(&app, Some(&token), "POST", &format!("{path}/archive"), json!({})).await.0, StatusCode::NO_CONTENT);
    assert!(Post::find_by_id(&ctx, post.id).await.unwrap().unwrap().archived);
    assert_eq!(call(&app, Some(&token), "DELETE", &path, Json::Null).await.0, StatusCode::OK);
    assert_eq!(Post::count(&ctx, ()).await.unwrap(), 0);
}

#[tokio::test]
async fn anonymous_writes_nothing() {
    let app = app().await;
    let ctx = app.ctx();
    let (ann, token) = author(&ctx, "ann").await;
    ann.update_attributes(&ctx, set!(Author { pen_name: "Anonymous" })).await.unwrap();
    let (status, _) = call(&app, Some(&token), "POST", "/api/Posts", json!({ "title": "Hello" })).await;
    assert_eq!((status, Post::count(&ctx, ()).await.unwrap()), (StatusCode::UNAUTHORIZED, 0));
}
