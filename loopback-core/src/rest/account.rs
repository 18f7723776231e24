//! The framework's own pages for the links of its e-mails: an address is confirmed, a new password is chosen. They are there
//! in an app with users and mail, where no route of the application's own is.

use crate::app::App;
use crate::escape::escaped;
use crate::models::{confirmed_page, reset_page};
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, Method};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("pages/style.css");
const SCRIPT: &str = include_str!("pages/reset.js");
const CONFIRMED: &str = include_str!("pages/confirmed.html");
const RESET: &str = include_str!("pages/reset.html");

/// The page of a request; `None`: it is none of these.
pub(crate) fn page(app: &App, request: &Request) -> Option<Response> {
    let path = request.uri().path();
    if !path.starts_with("/account/") || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    if app.auth().is_none() || !app.mail().is_some_and(|mail| mail.has_pages()) {
        return None;
    }
    let app = app.current();
    for model in app.graph().user_models().filter(|model| model.public) {
        if path == confirmed_page(model) {
            return Some(answer(&app, CONFIRMED, ""));
        }
        if path == reset_page(model) {
            // From where the app is for its clients, behind whatever path.
            let public = app.public_url();
            let rest = public.split_once("://").map_or("", |(_, rest)| rest);
            let below = rest.find('/').map_or("", |at| &rest[at..]);
            let root = app.rest_root().trim_end_matches('/');
            return Some(answer(&app, RESET, &format!("{below}{root}{}/reset-password", model.path)));
        }
    }
    None
}

fn answer(app: &App, page: &str, action: &str) -> Response {
    let page = page
        .replace("{style}", STYLE)
        .replace("{script}", SCRIPT)
        .replace("{app}", &escaped(app.title()))
        .replace("{action}", &escaped(action));
    // Nothing runs or is loaded but what stands here, and nothing else may frame it.
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    let headers: [(HeaderName, String); 5] = [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
        (CONTENT_SECURITY_POLICY, policy),
        (REFERRER_POLICY, "no-referrer".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, page).into_response()
}
