//! The application without a network: an app of its own for each test, in memory.

#![allow(clippy::unwrap_used)]

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use getting_started::models::{CoffeeShop, Review, Reviewer};
use getting_started::sample;
use loopback::prelude::*;
use loopback::remoting::CurrentUser;
use serde_json::{Value as Json, json};
use tower::ServiceExt;

async fn app() -> App {
    App::builder().database_url("sqlite::memory:").build().await.unwrap()
}

async fn get(app: &App, path: &str) -> (StatusCode, Json) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = app.router().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 10_000).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn shops_are_open_from_six_to_twenty() {
    let app = app().await;
    for (hour, open) in [(0, false), (5, false), (6, true), (19, true), (20, false), (23, false)] {
        let (_, answer) = get(&app, &format!("/api/CoffeeShops/status?hour={hour}")).await;
        assert_eq!(answer["status"].as_str().unwrap().starts_with("We are open"), open, "{hour}");
    }
    assert_eq!(get(&app, "/api/CoffeeShops/status").await.0, StatusCode::OK);
    assert_eq!(get(&app, "/api/CoffeeShops/status?hour=24").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_shop_is_rated_by_its_own_reviews() {
    let app = app().await;
    assert_eq!(get(&app, "/api/CoffeeShops/1/rating").await.1, json!({ "rating": 5, "reviews": 2 }));
    assert_eq!(get(&app, "/api/CoffeeShops/2/rating").await.1, json!({ "rating": 4, "reviews": 1 }));
    let new = CoffeeShop::create(&app.ctx(), set!(CoffeeShop { name: "New" })).await.unwrap();
    assert_eq!(get(&app, &format!("/api/CoffeeShops/{}/rating", new.id)).await.1, json!({ "reviews": 0 }));
    assert_eq!(get(&app, "/api/CoffeeShops/99/rating").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_review_is_of_now_and_of_who_writes_it() {
    let app = app().await;
    let body = json!({ "comments": "Hm.", "date": "1999-01-01", "publisherId": 3, "coffeeShopId": 1 });
    let request = Request::post("/api/Reviews").header("content-type", "application/json");
    let mut request = request.body(Body::from(body.to_string())).unwrap();
    request.extensions_mut().insert(CurrentUser::new(2_i64));
    let before = Utc::now() - loopback::chrono::TimeDelta::seconds(1);
    let response = app.router().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.headers()["location"], "/api/Reviews/5");
    let stored = Review::find_by_id(&app.ctx(), 5).await.unwrap().unwrap();
    assert!(stored.date > before);
    assert_eq!(stored.reviewer.map(|reviewer| *reviewer.id()), Some(2));
}

#[tokio::test]
async fn sample_data_keeps_its_dates_and_comes_once() {
    let app = app().await;
    let review = Review::props();
    let first = Review::find_one(&app.ctx(), review.date.asc()).await.unwrap().unwrap();
    assert!(first.date < Utc::now() - loopback::chrono::TimeDelta::days(3));
    sample::sample_data(app.ctx()).await.unwrap();
    assert_eq!(Review::count(&app.ctx(), ()).await.unwrap(), 4);
}

#[tokio::test]
async fn reviewers_of_a_shop_are_those_of_its_reviews() {
    let app = app().await;
    let (_, shop) = get(&app, "/api/CoffeeShops/1?filter[include]=reviewers").await;
    let emails: Vec<_> = shop["reviewers"].as_array().unwrap().iter().map(|one| one["email"].clone()).collect();
    assert_eq!(emails, ["foo@bar.com", "john@doe.com"]);
    assert_eq!(Reviewer::count(&app.ctx(), ()).await.unwrap(), 3);
}
