//! How the pages look: templates of minijinja, which escapes what members have typed.

use crate::models::{AuditEntry, Member};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::response::{Html, IntoResponse, Response};
use loopback::prelude::*;
use minijinja::{Environment, context};
use std::sync::LazyLock;

/// No script, no other site; the token of a reset is in the address, so no page is told where the visitor came from.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut all = Environment::new();
    for (name, text) in [
        ("layout.html", include_str!("layout.html")),
        ("login.html", include_str!("login.html")),
        ("register.html", include_str!("register.html")),
        ("forgot.html", include_str!("forgot.html")),
        ("new-password.html", include_str!("new-password.html")),
        ("account.html", include_str!("account.html")),
        ("say.html", include_str!("say.html")),
    ] {
        // A template that cannot be read is missing then, and its page says so.
        let _ = all.add_template(name, text);
    }
    all
});

/// A page.
pub fn page(name: &str, data: impl Into<minijinja::Value>) -> Response {
    with_status(StatusCode::OK, name, data)
}

fn with_status(status: StatusCode, name: &str, data: impl Into<minijinja::Value>) -> Response {
    let rendered = TEMPLATES.get_template(&format!("{name}.html")).and_then(|template| template.render(data));
    let headers = [(CONTENT_SECURITY_POLICY, POLICY), (REFERRER_POLICY, "no-referrer"), (CACHE_CONTROL, "no-store")];
    match rendered {
        Ok(html) => (status, headers, Html(html)).into_response(),
        Err(error) => failure(&Error::internal(format!("the page {name}: {error}"))),
    }
}

/// A page with a message and one way on.
pub fn say(title: &str, text: &str, href: &str, way: &str) -> Response {
    page("say", context! { title, text, href, way })
}

/// A form once more, with what was wrong.
pub fn again(name: &str, status: StatusCode, problem: &str, email: &str) -> Response {
    with_status(status, name, context! { problem, email })
}

/// The form for a new password.
pub fn new_password(token: &str, problem: Option<&str>) -> Response {
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    with_status(status, "new-password", context! { token, problem })
}

/// The page of who has logged in.
pub fn account(member: &Member, entries: &[AuditEntry]) -> Response {
    let entries: Vec<_> = entries
        .iter()
        .map(|entry| {
            let at = entry.at.format("%e %B %Y, %H:%M").to_string();
            context! { at, event => entry.event.clone(), address => entry.address.clone() }
        })
        .collect();
    let name = member.name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| member.email.clone());
    page("account", context! { name, email => member.email.clone(), entries })
}

/// Something is wrong with us, or with what was asked: the status says it, the page says no more.
pub fn failure(error: &Error) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status.is_server_error() {
        eprintln!("{error}");
    }
    let text = if status.is_server_error() { "Please try again in a moment." } else { error.message() };
    let data = context! { title => "That did not work", text, href => "/", way => "To the log-in" };
    match TEMPLATES.get_template("say.html").and_then(|template| template.render(data)) {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => status.into_response(),
    }
}

/// What is wrong with the data, a sentence each.
pub fn reasons(error: &Error) -> String {
    let details = error.details().and_then(|details| details["messages"].as_object().cloned());
    let sentences = details.into_iter().flatten().flat_map(|(property, messages)| {
        let messages = messages.as_array().cloned().unwrap_or_default();
        messages.into_iter().filter_map(move |message| {
            let message = message.as_str()?.trim_end_matches('.').to_owned();
            let starts = message.chars().next().is_some_and(char::is_uppercase);
            Some(if starts { format!("{message}.") } else { format!("{property} {message}.") })
        })
    });
    sentences.collect::<Vec<_>>().join(" ")
}
