//! Logging in and out, and the sessions between. Answers to `User.login`, `User.logout` and `createAccessToken` of loopback
//! `common/models/user.js`.

use super::account::own;
use super::hooks::KeepSessions;
use super::of_users;
use super::password::cost_of;
use super::throttle::Counters;
use crate::access::{Auth, text};
use crate::ctx::Ctx;
use crate::engine::{self, Input};
use crate::error::{Error, Result};
use crate::graph::ModelNode;
use crate::plan::{Comparison, Condition, FieldSet, FreeFields, Order, Query};
use crate::value::{Row, Value};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};
use std::fmt;
use std::sync::Arc;

/// Sessions that are ended at once when a user has too many.
const ENDED: u64 = 100;

/// What a user logs in with.
#[derive(Clone, Default)]
pub struct Credentials {
    /// The e-mail; it counts when there is one.
    pub email: Option<String>,
    /// The user name.
    pub username: Option<String>,
    /// The realm, where the model of users has them.
    pub realm: Option<String>,
    /// The password.
    pub password: String,
    /// Seconds that the session is to last; `None`: as the model of users has it.
    pub ttl: Option<i64>,
}

/// Without the password: it is none of a log's.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("email", &self.email)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// An e-mail and a password.
    pub fn email(email: impl Into<String>, password: impl Into<String>) -> Self {
        Self { email: Some(email.into()), password: password.into(), ..Self::default() }
    }

    /// A user name and a password.
    pub fn username(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self { username: Some(username.into()), password: password.into(), ..Self::default() }
    }

    /// What a client sends.
    ///
    /// # Errors
    /// 400: a name that is no text. 422: a ttl that is no number of seconds.
    pub(super) fn of_json(data: &Map<String, Json>) -> Result<Self> {
        // LoopBack's codes, and its order.
        let named = |key: &str, code: &'static str| match data.get(key) {
            None | Some(Json::Null | Json::Bool(false)) => Ok(None),
            Some(Json::String(text)) if text.is_empty() => Ok(None),
            Some(Json::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Error::bad_request(format!("Invalid {key}")).with_code(code)),
        };
        let realm = named("realm", "INVALID_REALM")?;
        let username = named("username", "INVALID_USERNAME")?;
        let email = named("email", "INVALID_EMAIL")?;
        let password = data.get("password").and_then(Json::as_str).unwrap_or_default().to_owned();
        Ok(Self { email, username, realm, password, ttl: ttl(data.get("ttl"))? })
    }
}

/// Seconds that a client asks for.
fn ttl(json: Option<&Json>) -> Result<Option<i64>> {
    let wrong = || Error::new(422, "`ttl` is a number of seconds").with_code("INVALID_TTL");
    let number = match json {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::Number(number)) => number.as_f64(),
        Some(Json::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(Json::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    let number: f64 = number.filter(|number| number.is_finite()).ok_or_else(wrong)?;
    // LoopBack takes its own for 0. What is too large is cut to the greatest later.
    Ok(if number == 0.0 { None } else { Some(number.min(1e15) as i64) })
}

/// What a new token is like.
#[derive(Clone, Debug, Default)]
pub struct TokenOptions {
    /// Seconds that it is good for; `None`: as the model of users has it. More than its `max_ttl` is cut to that.
    pub ttl: Option<i64>,
    /// What it is good for; `None`: for all that asks for no scope.
    pub scopes: Option<Vec<String>>,
}

/// A session that has just begun: the only time that its token is there to be read.
#[derive(Clone)]
pub struct Session {
    /// The access token.
    pub id: String,
    /// Seconds that it is good for.
    pub ttl: i64,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// The id of the user.
    pub user_id: Value,
    /// What it is good for.
    pub scopes: Option<Vec<String>>,
}

/// Without the token: it is none of a log's.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session(user {})", text(&self.user_id))
    }
}

impl Session {
    /// As LoopBack answers it: `{"id": "..", "ttl": 1209600, "created": "..", "userId": 1}`.
    pub fn to_json(&self) -> Json {
        let mut json = json!({
            "id": self.id,
            "ttl": self.ttl,
            "created": Value::DateTime(self.created).to_json(),
            "userId": self.user_id.to_json(),
        });
        if let Some(scopes) = &self.scopes {
            json["scopes"] = json!(scopes);
        }
        json
    }
}

pub(super) fn auth(ctx: &Ctx) -> Result<&Auth> {
    ctx.app().auth().ok_or_else(|| Error::internal("users need `.enable_auth()`"))
}

fn failed() -> Error {
    Error::new(401, "login failed").with_code("LOGIN_FAILED")
}

/// How a user is looked for.
struct Name {
    /// As it is counted.
    text: String,
    condition: Condition,
}

fn name(model: &ModelNode, given: &Credentials) -> Result<Name> {
    let user = of_users(model)?;
    let split = |text: &str| match user.settings.realm_delimiter.as_deref().and_then(|by| text.split_once(by)) {
        Some((realm, name)) => (Some(realm.to_owned()).filter(|realm| !realm.is_empty()), name.to_owned()),
        None => (None, text.to_owned()),
    };
    let (of, at) = match (&given.email, &given.username) {
        (Some(email), _) => (Some(email), user.email),
        (None, username) => (username.as_ref(), user.username),
    };
    let (in_name, text) = of.map_or((None, None), |text| {
        let (realm, name) = split(text);
        (realm, Some(name).filter(|name| !name.is_empty()))
    });
    let realm = in_name.or_else(|| given.realm.clone());
    if user.settings.realm_required && realm.is_none() {
        return Err(Error::bad_request("realm is required").with_code("REALM_REQUIRED"));
    }
    let Some(mut text) = text else {
        return Err(Error::bad_request("username or email is required").with_code("USERNAME_EMAIL_REQUIRED"));
    };
    if at == user.email && !user.settings.case_sensitive_email {
        text = text.to_lowercase();
    }
    let mut condition = Condition::equals(at, Value::Text(text.clone()));
    if let Some(realm) = realm.filter(|_| user.settings.realm_required) {
        condition = condition.and(Condition::equals(user.realm, Value::Text(realm.clone())));
        text = format!("{realm}\n{text}");
    }
    Ok(Name { text, condition })
}

/// Logs a user in: the session, and the user.
///
/// # Errors
/// 400: no name, or no realm. 401 `LOGIN_FAILED`, `LOGIN_FAILED_EMAIL_NOT_VERIFIED`. 429: it has failed too often. 503: too many
/// log in at once.
pub(super) async fn login(ctx: &Ctx, model: &Arc<ModelNode>, given: Credentials) -> Result<(Session, Row)> {
    let user = of_users(model)?;
    let auth = auth(ctx)?;
    let Name { text, condition } = name(model, &given)?;
    let settings = &user.settings;
    let counters = Counters::of(ctx, settings.login_throttle);
    let own = own(ctx);
    let found = engine::find(&own, model, &Query { limit: Some(1), ..Query::of(Some(condition)) }).await?.pop();
    let id = found.as_ref().and_then(|row| row.get(model.id)).cloned();
    let mut counted = Vec::new();
    if let Some(counters) = &counters {
        // Whom others lock out can still log in where a session of the account is known: those tries are counted apart.
        let known = id.is_some()
            && ctx.user_id() == id.as_ref()
            && ctx.access_token().is_some_and(|token| token.user_model() == &*model.name);
        let what = if known { "login with a session" } else { "login" };
        // By whichever name.
        let account =
            id.as_ref().map_or_else(|| format!("name {text}"), |id| format!("id {}", crate::access::text(id)));
        counted.push(counters.account(what, model, &account));
        counted.extend(counters.address("login", ctx));
    }
    let _turn = match counted.first() {
        // Who is in a transaction may hold what the one before waits for.
        Some(account) if !ctx.in_transaction(model) => Some(auth.passwords.turn(account.id()).await?),
        _ => None,
    };
    let mut failures = false;
    if let Some(counters) = &counters {
        failures = counters.check(ctx, &counted).await?;
    }
    let digest = match found.as_ref().and_then(|row| row.get(user.password)) {
        Some(Value::Text(digest)) => Some(digest.clone()),
        _ => None,
    };
    let same = auth.passwords.verify(given.password.clone(), digest.clone(), settings.salt_work_factor).await?;
    let Some((row, id)) = found.zip(id).filter(|_| same) else {
        if let Some(counters) = &counters {
            counters.failed(ctx, &counted).await?;
        }
        tracing::info!(model = &*model.name, "a log-in has failed");
        return Err(failed());
    };
    if settings.email_verification_required && row.get(user.email_verified) != Some(&Value::Bool(true)) {
        return Err(Error::new(401, "login failed as the email has not been verified")
            .with_code("LOGIN_FAILED_EMAIL_NOT_VERIFIED")
            .with_details(json!({ "userId": id.to_json() })));
    }
    if let (Some(counters), Some(counter)) = (&counters, counted.first().filter(|_| failures)) {
        counters.succeeded(ctx, counter).await?;
    }
    let mut digest = digest.unwrap_or_default();
    if cost_of(&digest) != Some(settings.salt_work_factor) {
        digest = rehash(&own, model, auth, &id, digest, given.password).await;
    }
    // The password that was looked at, and no other that was set meanwhile.
    let verified = (user.password, Value::Text(digest));
    let options = TokenOptions { ttl: given.ttl, scopes: None };
    let session = create_token(&own, model, &id, Some(verified), options).await?;
    Ok((session, row))
}

/// Digests a password anew, with the cost that is wanted now, and gives the digest that is stored.
async fn rehash(ctx: &Ctx, model: &Arc<ModelNode>, auth: &Auth, id: &Value, stored: String, plain: String) -> String {
    let done = async {
        let user = of_users(model)?;
        let digest = auth.passwords.hash(plain, user.settings.salt_work_factor).await?;
        let mut row = Row::new(model.width());
        row.set(user.password, Value::Text(digest.clone()));
        let mut input = Input::of_row(model, row);
        input.seal(user.password);
        // Another password that was set meanwhile stays.
        let same =
            Condition::equals(model.id, id.clone()).and(Condition::equals(user.password, Value::Text(stored.clone())));
        let ctx = ctx.with_option(KeepSessions).with_option(super::SetPassword);
        engine::update_all(&ctx, model, Some(&same), input).await.map(|changed| (changed > 0).then_some(digest))
    };
    match done.await {
        Ok(digest) => digest.unwrap_or(stored),
        // The log-in goes on: it is as good as before.
        Err(error) => {
            tracing::warn!(%error, "a password could not be digested anew");
            stored
        }
    }
}

/// Makes a token of a user. With one session more than the user may have, the oldest go.
///
/// # Errors
/// 401 `LOGIN_FAILED`: the user is gone, or a property has another value than `as_known` says. 422: a ttl below 1.
pub(super) async fn create_token(
    ctx: &Ctx,
    model: &Arc<ModelNode>,
    id: &Value,
    as_known: Option<(usize, Value)>,
    options: TokenOptions,
) -> Result<Session> {
    let user = of_users(model)?;
    let settings = &user.settings;
    let ttl = match options.ttl {
        None => settings.ttl,
        Some(-1) if settings.allow_eternal_tokens => -1,
        Some(ttl) if ttl < 1 => {
            return Err(Error::new(422, "`ttl` is a number of seconds from 1").with_code("INVALID_TTL"));
        }
        Some(ttl) => ttl.min(settings.max_ttl),
    };
    let tokens = user.tokens();
    let at = |name: &str| {
        tokens.property(name).ok_or_else(|| Error::internal(format!("{} has no property `{name}`", tokens.name)))
    };
    let (key, created) = (at("userId")?, at("created")?);
    let mut row = Row::new(tokens.width());
    row.set(at("ttl")?, Value::Int(ttl));
    row.set(key, id.clone());
    if let Some(scopes) = &options.scopes {
        row.set(at("scopes")?, Value::Json(json!(scopes)));
    }
    ctx.exclusively(&tokens, async |ctx: &Ctx| {
        // Who deletes or changes the user waits for this, or this finds no such user.
        let known = as_known.as_ref().map_or(model.id, |(at, _)| *at);
        let found = engine::find_locked(ctx, model, id, known).await?.ok_or_else(failed)?;
        if as_known.as_ref().is_some_and(|(_, value)| *value != found) {
            return Err(failed());
        }
        let row = engine::create(ctx, &tokens, Input::of_row(&tokens, row)).await?;
        let created = match row.get(created) {
            Some(Value::DateTime(created)) => *created,
            _ => Utc::now(),
        };
        let token = row.get(tokens.id).map(text).unwrap_or_default();
        Ok(Session { id: token, ttl, created, user_id: id.clone(), scopes: options.scopes.clone() })
    })
    .await
}

/// Ends the oldest sessions of a user who has more than it may have, but none that has just begun.
///
/// # Errors
/// They cannot be read or deleted.
pub(crate) async fn end_oldest(ctx: &Ctx, model: &ModelNode, id: &Value, new: &Value) -> Result<()> {
    let user = of_users(model)?;
    let tokens = user.tokens();
    let at = |name: &str| {
        tokens.property(name).ok_or_else(|| Error::internal(format!("{} has no property `{name}`", tokens.name)))
    };
    // One with scopes is for something else, and is no session.
    let sessions = Condition::equals(at("userId")?, id.clone())
        .and(Condition::equals(at("scopes")?, Value::Null))
        .and(Condition::Compare(tokens.id.into(), Comparison::Ne, new.clone()));
    let oldest = Query {
        condition: Some(sessions),
        order: vec![Order { at: at("created")?, descending: true }],
        skip: Some(user.settings.max_sessions.saturating_sub(1)),
        limit: Some(ENDED),
        fields: Some(FieldSet { columns: vec![tokens.id], free: FreeFields::Only(Vec::new()) }),
        include: Vec::new(),
    };
    let oldest = engine::find(ctx, &tokens, &oldest).await?;
    if oldest.is_empty() {
        return Ok(());
    }
    let ids = oldest.into_iter().filter_map(|mut row| row.take(tokens.id)).collect();
    engine::delete_all(ctx, &tokens, Some(&Condition::In(tokens.id.into(), true, ids))).await.map(drop)
}

/// Ends the session of a token, by the text of the token.
///
/// # Errors
/// 401: there is none.
pub(super) async fn logout(ctx: &Ctx, model: &Arc<ModelNode>, token: Option<&str>) -> Result<()> {
    let required = || Error::new(401, "accessToken is required to logout");
    let auth = auth(ctx)?;
    let stored = match token {
        Some(token) => {
            let found = crate::access::resolve(ctx.app(), auth, token).await?;
            found.filter(|token| token.user_model() == &*model.name).ok_or_else(required)?
        }
        None => {
            let token = ctx.caller().and_then(|caller| caller.token.clone());
            token.filter(|token| token.user_model() == &*model.name).ok_or_else(required)?
        }
    };
    let tokens = of_users(model)?.tokens();
    let id = Value::Text(stored.stored_id.to_string());
    match engine::delete_by_id(&own(ctx), &tokens, id).await? {
        0 => Err(Error::new(401, "Could not find accessToken")),
        _ => Ok(()),
    }
}
