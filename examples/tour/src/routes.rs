//! Routes and layers of the application's own, on axum.

use crate::models::CoffeeShop;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use loopback::prelude::*;
use serde_json::json;

/// Names the application in every answer.
pub async fn served_by(mut response: Response) -> Response {
    response.headers_mut().insert(HeaderName::from_static("x-served-by"), HeaderValue::from_static("tour"));
    response
}

/// Routes that ask the models themselves: the app's context is their state.
pub fn summaries(app: &App) -> Router {
    Router::new().route("/summary", get(summary)).with_state(app.ctx())
}

async fn summary(State(ctx): State<Ctx>) -> Json<serde_json::Value> {
    let shop = CoffeeShop::props();
    match CoffeeShop::count(&ctx, shop.rating.gte(4.0)).await {
        Ok(good) => Json(json!({ "good": good })),
        Err(error) => Json(error.body()),
    }
}
