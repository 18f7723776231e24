//! The pages: plain axum, beside the REST API.

mod view;

use crate::audit;
use crate::models::Member;
use axum::extract::{Form, FromRef, Query, Request, State};
use axum::http::header::{CACHE_CONTROL, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{RequestExt, Router};
use loopback::prelude::*;
use serde::Deserialize;
use view::{page, say};

/// What the pages go by.
#[derive(Clone)]
struct Pages {
    app: App,
    /// Whether members reach them by HTTPS alone, so that the cookie of a session is for nothing else.
    secure: bool,
}

impl FromRef<Pages> for App {
    fn from_ref(pages: &Pages) -> Self {
        pages.app.clone()
    }
}

impl Pages {
    /// The cookie of a session, which no script can read; `age` is in seconds, and with 0 the browser drops it.
    fn cookie(&self, value: &str, age: i64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("authorization={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}")
    }
}

/// The routes of the pages. With `secure`, cookies are sent over HTTPS alone.
pub fn routes(app: &App, secure: bool) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
        .route("/register", get(|| async { page("register", ()) }).post(register))
        .route("/verified", get(|| async { say("Your e-mail is confirmed", "You can log in now.", "/", "Log in") }))
        .route("/forgot", get(|| async { page("forgot", ()) }).post(forgot))
        .route("/new-password", get(new_password_form).post(new_password))
        .with_state(Pages { app: app.clone(), secure })
}

/// Who has logged in sees the account, everybody else the log-in.
async fn home(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    // A session that has ended is no reason to refuse the page.
    let ctx = app.authenticate(&parts).await.ok();
    let member = match &ctx {
        Some(ctx) => signed_in(ctx).await,
        None => Ok(None),
    };
    match (ctx, member) {
        (Some(ctx), Ok(Some(member))) => match audit::newest(&ctx, member.id).await {
            Ok(entries) => view::account(&member, &entries),
            Err(error) => view::failure(&error),
        },
        (_, Err(error)) => view::failure(&error),
        _ => page("login", ()),
    }
}

async fn signed_in(ctx: &Ctx) -> Result<Option<Member>> {
    match ctx.user_id().cloned().and_then(|id| i64::from_value(id).ok()) {
        Some(id) => Member::find_by_id(&ctx.app().ctx(), id).await,
        None => Ok(None),
    }
}

#[derive(Deserialize)]
struct LogIn {
    email: String,
    password: String,
}

/// The article's custom log-in: the token goes into a cookie.
async fn log_in(State(pages): State<Pages>, request: Request) -> Response {
    let (ctx, given): (Ctx, LogIn) = match form(&pages.app, request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    match Member::login(&ctx, Credentials::email(&given.email, &given.password)).await {
        Ok((session, member)) => {
            if let Err(error) = audit::write(&ctx, "log-in", Some(member.id), None).await {
                return view::failure(&error);
            }
            let signed = pages.app.sign_cookie(&session.id).unwrap_or_default();
            to_home(&pages.cookie(&signed, session.ttl))
        }
        Err(error) => {
            audit::note(&ctx, "log-in refused", None, Some(given.email.clone())).await;
            let why = match error.code() {
                Some("LOGIN_FAILED_EMAIL_NOT_VERIFIED") => "Please open the link in the e-mail that we sent you first.",
                Some("LOGIN_FAILED") => "E-mail and password do not fit.",
                _ if error.status() == 429 => "Too many attempts. Please wait a moment.",
                _ => return view::failure(&error),
            };
            view::again("login", StatusCode::UNAUTHORIZED, why, &given.email)
        }
    }
}

/// The article's custom log-out.
async fn log_out(State(pages): State<Pages>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    // The answer alone would log out: it takes the cookie away.
    if !is_own(&parts) {
        return of_another_site();
    }
    if let Ok(ctx) = pages.app.authenticate(&parts).await {
        let id = ctx.user_id().cloned().and_then(|id| i64::from_value(id).ok());
        // A session that has ended already is as good; one that could not be ended is not.
        match Member::end_session(&ctx).await {
            Err(error) if error.status() >= 500 => return view::failure(&error),
            _ => audit::note(&ctx, "log-out", id, None).await,
        }
    }
    to_home(&pages.cookie("", 0))
}

#[derive(Deserialize)]
struct Register {
    name: String,
    email: String,
    password: String,
}

async fn register(State(app): State<App>, request: Request) -> Response {
    let (ctx, given): (Ctx, Register) = match form(&app, request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let new = set!(Member { email: given.email.clone(), password: given.password, name: Some(given.name) });
    match created(&ctx, new).await {
        Ok(()) => say(
            "Nearly there",
            "We have sent you an e-mail. Open the link in it, and you can log in.",
            "/",
            "To the log-in",
        ),
        Err(error) if error.status() == 422 => {
            view::again("register", StatusCode::UNPROCESSABLE_ENTITY, &view::reasons(&error), &given.email)
        }
        Err(error) => view::failure(&error),
    }
}

/// The member and the e-mail are written together, or neither is.
async fn created(ctx: &Ctx, new: Patch<Member>) -> Result<()> {
    ctx.transaction(async |tx| {
        let member = Member::create(&tx, new).await?;
        member.verify(&tx, crate::confirm()).await?;
        audit::write(&tx, "registered", Some(member.id), None).await
    })
    .await
}

#[derive(Deserialize)]
struct Forgot {
    email: String,
}

/// Answers alike whether the address is known or not.
async fn forgot(State(app): State<App>, request: Request) -> Response {
    let (ctx, given): (Ctx, Forgot) = match form(&app, request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    match Member::reset_password(&ctx, &given.email).await {
        Err(error) if error.status() >= 500 => view::failure(&error),
        Err(error) if error.status() == 429 => {
            view::again("forgot", StatusCode::TOO_MANY_REQUESTS, "Please wait a moment.", &given.email)
        }
        _ => {
            audit::note(&ctx, "reset asked for", None, Some(given.email)).await;
            say(
                "Look into your mailbox",
                "If there is an account of that address, a link is on its way.",
                "/",
                "To the log-in",
            )
        }
    }
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

async fn new_password_form(Query(Token { token }): Query<Token>) -> Response {
    view::new_password(&token, None)
}

#[derive(Deserialize)]
struct NewPassword {
    token: String,
    password: String,
}

/// The token of the e-mail stands for the member, for this and nothing else.
async fn new_password(State(app): State<App>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(Form(given)) = Request::from_parts(parts.clone(), body).extract::<Form<NewPassword>, _>().await else {
        return view::again("forgot", StatusCode::BAD_REQUEST, "The form was not complete.", "");
    };
    let expired = || view::again("forgot", StatusCode::UNAUTHORIZED, "The link has expired: ask for a new one.", "");
    let Ok(token) = HeaderValue::from_str(&given.token) else { return expired() };
    parts.headers.clear();
    parts.headers.insert(HeaderName::from_static("x-access-token"), token);
    let Ok(ctx) = app.authenticate(&parts).await else { return expired() };
    let scopes = ctx.access_token().and_then(|token| token.scopes()).unwrap_or_default();
    if !scopes.iter().any(|scope| &**scope == "reset-password") {
        return expired();
    }
    let member = match signed_in(&ctx).await {
        Ok(Some(member)) => member,
        Ok(None) => return expired(),
        Err(error) => return view::failure(&error),
    };
    match member.set_password(&ctx, &given.password).await {
        Ok(()) => {
            audit::note(&ctx, "password set", Some(member.id), None).await;
            say("Your password is set", "All other sessions have ended.", "/", "Log in")
        }
        Err(error) if error.status() == 422 => view::new_password(&given.token, Some(&view::reasons(&error))),
        Err(error) => view::failure(&error),
    }
}

/// A form of one of our own pages, and a context that knows where it came from: a page of another site may not post here.
async fn form<T: serde::de::DeserializeOwned + 'static>(app: &App, request: Request) -> Result<(Ctx, T), Response> {
    let (parts, body) = request.into_parts();
    if !is_own(&parts) {
        return Err(of_another_site());
    }
    let mut nobody = parts.clone();
    nobody.headers.remove("cookie");
    let ctx = app.authenticate(&nobody).await.map_err(|error| view::failure(&error))?;
    match Request::from_parts(parts, body).extract::<Form<T>, _>().await {
        Ok(Form(given)) => Ok((ctx, given)),
        Err(_) => Err(say("The form was not complete", "Please try again.", "/", "To the log-in")),
    }
}

/// Whether a request comes of a page of this site. Browsers that do not say so send the other one's origin.
fn is_own(parts: &Parts) -> bool {
    if let Some(site) = parts.headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let of = |origin: &str| origin.split_once("://").map(|(_, host)| host.to_owned());
    text(ORIGIN).is_none_or(|origin| of(origin).as_deref() == text(HOST))
}

fn of_another_site() -> Response {
    let mut response = say("That came from another site", "Please use the form of this one.", "/", "To the log-in");
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}

fn to_home(cookie: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("/"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
