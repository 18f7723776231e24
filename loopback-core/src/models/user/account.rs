//! What a user does about the account: confirm the e-mail, change the password, ask for a new one. Answers to
//! `User.confirm`, `User.resetPassword`, `User.changePassword`, `User.setPassword` and `User.verify` of loopback
//! `common/models/user.js`.

use super::hooks::{KeepSessions, SetPassword};
use super::login::{TokenOptions, auth, create_token};
use super::mails::{self, VerifyOptions};
use super::of_users;
use super::throttle::Counters;
use crate::access::{Listener, digest, new_token_id, text};
use crate::ctx::Ctx;
use crate::engine::{self, Input, Target};
use crate::error::{Error, Result};
use crate::graph::{Kind, ModelNode};
use crate::plan::{Condition, Query};
use crate::value::{Row, Value};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{TimeDelta, Utc};
use serde_json::{Map, Value as Json};
use std::fmt;
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

/// The scope of a token that sets a password and nothing else.
pub(crate) const RESET_SCOPE: &str = "reset-password";

/// A user has asked for a new password: LoopBack's event `resetPasswordRequest`.
#[derive(Clone)]
pub struct ResetPasswordRequest {
    /// The e-mail as it is stored: where to send the token.
    pub email: String,
    /// The token with which the password can be set, `POST /reset-password`.
    pub access_token: String,
    /// Seconds that the token is good for.
    pub ttl: i64,
    /// The name of the user's model.
    pub user_model: String,
    /// The id of the user.
    pub user_id: Value,
    /// The user, as a client sees it.
    pub user: Json,
    /// What the client has sent, `email` included.
    pub options: Map<String, Json>,
}

/// Without the token: it is none of a log's.
impl fmt::Debug for ResetPasswordRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResetPasswordRequest({} {})", self.user_model, text(&self.user_id))
    }
}

/// A user is to confirm an e-mail.
#[derive(Clone)]
pub struct VerifyRequest {
    /// The e-mail as it is stored: where to send the link.
    pub email: String,
    /// The token of the confirmation.
    pub token: String,
    /// The link that confirms it.
    pub href: String,
    /// The name of the user's model.
    pub user_model: String,
    /// The id of the user.
    pub user_id: Value,
    /// The user, as a client sees it.
    pub user: Json,
    /// How it is asked.
    pub options: VerifyOptions,
}

/// Without the token: it is none of a log's.
impl fmt::Debug for VerifyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyRequest({} {})", self.user_model, text(&self.user_id))
    }
}

/// The application's own context, in the same transaction: what a client may see of users is not what these flows may.
pub(super) fn own(ctx: &Ctx) -> Ctx {
    ctx.of_application()
}

/// The same for what goes on beside the request: in no transaction.
fn apart(ctx: &Ctx) -> Ctx {
    Ctx::new(ctx.app().clone())
}

fn user_json(model: &ModelNode, row: &Row) -> Json {
    let mut out = Vec::new();
    engine::write_row(model, row, &mut out);
    serde_json::from_slice(&out).unwrap_or_default()
}

fn field(row: &Row, at: usize) -> Option<&str> {
    match row.get(at) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// Tells listeners, beside the answer: it waits for none of them.
fn tell<T: Clone + Send + 'static>(ctx: &Ctx, listeners: &[Listener<T>], what: &'static str, event: &T) {
    for listener in listeners {
        let told = listener(apart(ctx), event.clone());
        ctx.app().run_beside(what, async move {
            if let Err(error) = told.await {
                tracing::error!(%error, "a listener of {what} has failed");
            }
        });
    }
}

/// Asks for a new password.
///
/// # Errors
/// 400 `EMAIL_REQUIRED`. 429: too often. Where the model of users says so, 404 `EMAIL_NOT_FOUND` and 401
/// `RESET_FAILED_EMAIL_NOT_VERIFIED`; otherwise known and unknown e-mails are answered alike.
pub(super) async fn reset(ctx: &Ctx, model: &Arc<ModelNode>, options: Map<String, Json>) -> Result<()> {
    let user = of_users(model)?;
    let settings = &user.settings;
    let Some(Json::String(email)) = options.get("email").filter(|email| email.as_str() != Some("")) else {
        return Err(Error::bad_request("Email is required").with_code("EMAIL_REQUIRED"));
    };
    let email = if settings.case_sensitive_email { email.clone() } else { email.to_lowercase() };
    if let Some(counters) = Counters::of(ctx, settings.login_throttle) {
        let mut counted = vec![counters.account("reset", model, &email)];
        counted.extend(counters.address("reset", ctx));
        counters.check(ctx, &counted).await?;
        counters.failed(ctx, &counted).await?;
    }
    let mut condition = Condition::equals(user.email, Value::Text(email));
    if let Some(Json::String(realm)) = options.get("realm") {
        condition = condition.and(Condition::equals(user.realm, Value::Text(realm.clone())));
    }
    let query = Query { limit: Some(1), ..Query::of(Some(condition)) };
    let found = engine::find(&own(ctx), model, &query).await?.pop();
    let verified =
        |row: &Row| !settings.email_verification_required || row.get(user.email_verified) == Some(&Value::Bool(true));
    let row = match found {
        None if settings.reveal_accounts => {
            return Err(Error::new(404, "Email not found").with_code("EMAIL_NOT_FOUND"));
        }
        Some(row) if settings.reveal_accounts && !verified(&row) => {
            return Err(Error::new(401, "Email has not been verified").with_code("RESET_FAILED_EMAIL_NOT_VERIFIED"));
        }
        found => found.filter(verified),
    };
    let app = ctx.app().clone();
    let (ctx, model) = (apart(ctx), model.clone());
    let work = async move {
        let Some(row) = row else { return };
        if let Err(error) = begin_reset(&ctx, &model, row, options).await {
            tracing::error!(%error, "a password could not be reset");
        }
    };
    // Beside the answer: it takes as long for an e-mail that nobody has.
    app.run_beside("the reset of a password", work);
    Ok(())
}

async fn begin_reset(ctx: &Ctx, model: &Arc<ModelNode>, row: Row, sent: Map<String, Json>) -> Result<()> {
    let user = of_users(model)?;
    let settings = &user.settings;
    let id = row.get(model.id).cloned().unwrap_or_default();
    let scopes = settings.restrict_reset_password_token_scope.then(|| vec![RESET_SCOPE.to_owned()]);
    let ttl = Some(settings.reset_password_token_ttl);
    // The address that it was asked for, and no other that was set meanwhile.
    let address = row.get(user.email).cloned().map(|email| (user.email, email));
    let options = TokenOptions { ttl, scopes };
    // The e-mail is there when the token is.
    let request = ctx
        .exclusively(model, async |ctx: &Ctx| {
            let session = create_token(ctx, model, &id, address, options).await?;
            let request = ResetPasswordRequest {
                email: field(&row, user.email).unwrap_or_default().to_owned(),
                access_token: session.id,
                ttl: session.ttl,
                user_model: model.name.to_string(),
                user_id: id,
                user: user_json(model, &row),
                options: sent,
            };
            if mails::commits_with(ctx, model)
                && let Some(email) = mails::of_reset(ctx, model, &request)?
            {
                email.send(ctx).await?;
            }
            Ok(request)
        })
        .await?;
    let listeners = &auth(ctx)?.options.on_reset;
    if !mails::commits_with(ctx, model)
        && let Some(email) = mails::of_reset(ctx, model, &request)?
    {
        mails::send_apart(&apart(ctx), None, email, "a reset");
    } else if listeners.is_empty() && !mails::resets(ctx)? {
        tracing::warn!("nothing sends the token of a reset: the app has no mail and no `on_reset_password`");
    }
    tell(ctx, listeners, "resetPasswordRequest", &request);
    Ok(())
}

/// The user of the request's token, when it is one of this model.
///
/// # Errors
/// 401: nobody has logged in. 403: a user of another model has.
fn acting(ctx: &Ctx, model: &ModelNode) -> Result<Value> {
    let Some(caller) = ctx.caller() else { return Err(Error::authorization_required()) };
    if caller.user_model.as_deref().is_some_and(|own| *own != *model.name) {
        return Err(Error::new(403, "Access Denied").with_code("ACCESS_DENIED"));
    }
    caller.user.clone().ok_or_else(Error::authorization_required)
}

fn required(name: &str) -> Error {
    Error::bad_request(format!("{name} is a required argument"))
}

/// Changes the password of who has logged in.
///
/// # Errors
/// 400 `INVALID_PASSWORD`: the old one is another. 401: nobody has logged in. 422: the new one cannot be. 429: the old one was
/// wrong too often.
pub(super) async fn change_password(
    ctx: &Ctx,
    model: &Arc<ModelNode>,
    old: Option<String>,
    new: Option<String>,
) -> Result<()> {
    let old = old.filter(|old| !old.is_empty()).ok_or_else(|| required("oldPassword"))?;
    let new = new.filter(|new| !new.is_empty()).ok_or_else(|| required("newPassword"))?;
    let id = acting(ctx, model)?;
    change_password_of(ctx, model, &id, old, new).await
}

/// As [`change_password`], of a user.
pub(super) async fn change_password_of(
    ctx: &Ctx,
    model: &Arc<ModelNode>,
    id: &Value,
    old: String,
    new: String,
) -> Result<()> {
    let user = of_users(model)?;
    let counters = Counters::of(ctx, user.settings.login_throttle);
    let counted = counters.as_ref().map(|counters| [counters.account("change", model, &text(id))]);
    let _turn = match &counted {
        Some([account]) if !ctx.in_transaction(model) => Some(auth(ctx)?.passwords.turn(account.id()).await?),
        _ => None,
    };
    if let (Some(counters), Some(counted)) = (&counters, &counted) {
        counters.check(ctx, counted).await?;
    }
    let row = stored(ctx, model, id).await?;
    let digest = field(&row, user.password).map(str::to_owned);
    let same = auth(ctx)?.passwords.verify(old, digest, user.settings.salt_work_factor).await?;
    if !same {
        if let (Some(counters), Some(counted)) = (&counters, &counted) {
            counters.failed(ctx, counted).await?;
        }
        return Err(Error::bad_request("Invalid current password").with_code("INVALID_PASSWORD"));
    }
    set_password_of(ctx, model, id, new).await
}

async fn stored(ctx: &Ctx, model: &Arc<ModelNode>, id: &Value) -> Result<Row> {
    engine::find_by_id(&own(ctx), model, id.clone()).await?.ok_or_else(|| gone(id))
}

/// Sets the password of the user whose token of a reset the request has. The token is good once.
///
/// # Errors
/// 401: there is no such token. 422: the password cannot be.
pub(super) async fn set_password(ctx: &Ctx, model: &Arc<ModelNode>, new: Option<String>) -> Result<()> {
    let new = new.filter(|new| !new.is_empty()).ok_or_else(|| required("newPassword"))?;
    let id = acting(ctx, model)?;
    let token = ctx.caller().and_then(|caller| caller.token.clone());
    let digest = digest_of(ctx, model, &id, new).await?;
    ctx.exclusively(model, async |ctx: &Ctx| {
        set_digest(ctx, model, &id, digest).await?;
        let of_reset = |scopes: &[Box<str>]| scopes.iter().any(|scope| **scope == *RESET_SCOPE);
        if let Some(token) = token.filter(|token| token.scopes().is_some_and(of_reset)) {
            let tokens = of_users(model)?.tokens();
            // Of two at once one finds it gone.
            if engine::delete_by_id(ctx, &tokens, Value::Text(token.stored_id.to_string())).await? == 0 {
                return Err(Error::authorization_required());
            }
        }
        Ok(())
    })
    .await
}

/// Sets the password of a user; sessions but the acting one end.
///
/// # Errors
/// 401 `USER_NOT_FOUND`. 422: the password cannot be.
pub(super) async fn set_password_of(ctx: &Ctx, model: &Arc<ModelNode>, id: &Value, new: String) -> Result<()> {
    let digest = digest_of(ctx, model, id, new).await?;
    set_digest(ctx, model, id, digest).await
}

/// The digest of a new password of a user, made before anything is written: it takes a while.
async fn digest_of(ctx: &Ctx, model: &Arc<ModelNode>, id: &Value, new: String) -> Result<Value> {
    let user = of_users(model)?;
    super::password::possible(&new)?;
    let row = stored(ctx, model, id).await?;
    // The policy knows the names that the password must not be.
    let known: Vec<&str> = [user.email, user.username].into_iter().filter_map(|at| field(&row, at)).collect();
    super::password::accepted(ctx, model, new, &known).await
}

async fn set_digest(ctx: &Ctx, model: &Arc<ModelNode>, id: &Value, digest: Value) -> Result<()> {
    let user = of_users(model)?;
    let mut data = Row::new(model.width());
    data.set(user.password, digest);
    let mut input = Input::of_row(model, data);
    input.seal(user.password);
    let ctx = ctx.with_option(SetPassword);
    engine::patch(&ctx, model, Target::Id(id), input).await?.map(drop).ok_or_else(|| gone(id))
}

fn gone(id: &Value) -> Error {
    Error::new(401, format!("User {} not found", text(id))).with_code("USER_NOT_FOUND")
}

/// What is stored of the token of a confirmation: its digest, bound to the address that it is sent to, and its end.
fn sealed(token: &str, email: &str, until: i64) -> String {
    format!("v1.{}.{until}", URL_SAFE_NO_PAD.encode(digest(&format!("{token}\n{email}"))))
}

/// Whether a token is the one that is stored. What LoopBack has stored is the token itself.
fn confirms(stored: &str, token: &str, email: &str) -> bool {
    let same = |a: &str, b: &str| bool::from(digest(a).ct_eq(&digest(b)));
    match stored.strip_prefix("v1.").and_then(|rest| rest.rsplit_once('.')) {
        Some((_, until)) => match until.parse::<i64>() {
            Ok(until) => same(stored, &sealed(token, email, until)) && Utc::now().timestamp() < until,
            Err(_) => false,
        },
        None => !stored.is_empty() && same(stored, token),
    }
}

/// The id in the argument of a confirmation.
fn user_id(model: &ModelNode, uid: &str) -> Result<Value> {
    let wrong = || Error::bad_request("`uid` is no id of a user").with_code("INVALID_ID");
    match &model.id_property().kind {
        Kind::Integer { .. } => uid.parse::<i64>().map(Value::Int).map_err(|_| wrong()),
        Kind::Uuid => uid.parse().map(Value::Uuid).map_err(|_| wrong()),
        _ => Ok(Value::Text(uid.to_owned())),
    }
}

/// Whether a confirmation may lead on to there: a path of this server, or an origin that the app allows.
fn may_redirect(ctx: &Ctx, to: &str) -> Result<bool> {
    let plain = |c: char| c.is_ascii_graphic() && c != '\\';
    if !to.chars().all(plain) {
        return Ok(false);
    }
    if to.starts_with('/') {
        return Ok(!to.starts_with("//"));
    }
    let allowed = &auth(ctx)?.options.redirects;
    let continues = |rest: &str| rest.is_empty() || rest.starts_with(['/', '?', '#']);
    Ok(allowed.iter().any(|origin| to.strip_prefix(&**origin).is_some_and(continues)))
}

/// Confirms an e-mail.
///
/// # Errors
/// 400 `INVALID_TOKEN`, or a redirect that is not allowed. 404 `USER_NOT_FOUND`. 429: too often.
pub(super) async fn confirm(
    ctx: &Ctx,
    model: &Arc<ModelNode>,
    uid: &str,
    token: &str,
    redirect: Option<&str>,
) -> Result<()> {
    let user = of_users(model)?;
    if let Some(to) = redirect
        && !may_redirect(ctx, to)?
    {
        let message = "`redirect` leads away: a path of this server, or an address that the app allows, is taken";
        return Err(Error::bad_request(message).with_code("INVALID_REDIRECT"));
    }
    let id = user_id(model, uid)?;
    let counters = Counters::of(ctx, user.settings.login_throttle);
    let mut counted = Vec::new();
    if let Some(counters) = &counters {
        counted.push(counters.account("confirm", model, uid));
        counted.extend(counters.address("confirm", ctx));
        counters.check(ctx, &counted).await?;
    }
    let ctx = own(ctx);
    let found = engine::find_by_id(&ctx, model, id.clone()).await?;
    let good = found.as_ref().is_some_and(|row| {
        let (stored, email) = (field(row, user.verification_token), field(row, user.email));
        stored.zip(email).is_some_and(|(stored, email)| confirms(stored, token, email))
    });
    let Some(row) = found.filter(|_| good) else {
        if let Some(counters) = &counters {
            counters.failed(&ctx, &counted).await?;
        }
        return Err(if engine::exists(&ctx, model, id).await? {
            Error::bad_request("Invalid token").with_code("INVALID_TOKEN")
        } else {
            Error::new(404, format!("User not found: {}", text(&user_id(model, uid)?))).with_code("USER_NOT_FOUND")
        });
    };
    let mut data = Row::new(model.width());
    data.set(user.email_verified, Value::Bool(true));
    data.set(user.verification_token, Value::Null);
    // Nobody else has used it, or changed the address, meanwhile.
    let mut same = Condition::equals(model.id, id.clone());
    for at in [user.verification_token, user.email] {
        same = same.and(Condition::equals(at, row.get(at).cloned().unwrap_or_default()));
    }
    let changed = engine::update_all(&ctx, model, Some(&same), Input::of_row(model, data)).await?;
    if changed == 0 {
        return Err(Error::bad_request("Invalid token").with_code("INVALID_TOKEN"));
    }
    Ok(())
}

/// Makes the token of a confirmation, and sends it.
///
/// # Errors
/// 404: there is no such user. 429: too often.
pub(super) async fn verify(ctx: &Ctx, model: &Arc<ModelNode>, id: &Value, options: VerifyOptions) -> Result<()> {
    let user = of_users(model)?;
    if let Some(counters) = Counters::of(ctx, user.settings.login_throttle).filter(|_| ctx.is_remote()) {
        let mut counted = vec![counters.account("verify", model, &text(id))];
        counted.extend(counters.address("verify", ctx));
        counters.check(ctx, &counted).await?;
        counters.failed(ctx, &counted).await?;
    }
    let ctx = own(ctx);
    let Some(row) = engine::find_by_id(&ctx, model, id.clone()).await? else { return Err(engine::missing(id)) };
    let email = field(&row, user.email).unwrap_or_default().to_owned();
    let shown = user_json(model, &row);
    let token = options.generate_verification_token.as_ref().map_or_else(new_token_id, |make| make(&shown));
    let until = Utc::now() + TimeDelta::seconds(user.settings.verification_token_ttl.min(i64::from(i32::MAX)));
    let mut data = Row::new(model.width());
    data.set(user.verification_token, Value::Text(sealed(&token, &email, until.timestamp())));
    let request = VerifyRequest {
        href: mails::href(&ctx, model, id, &token, &options),
        email,
        token,
        user_model: model.name.to_string(),
        user_id: id.clone(),
        user: shown,
        options,
    };
    let together = request.options.mailer.is_none() && mails::commits_with(&ctx, model);
    let letter = if together || mails::mailer(&ctx, &request.options)?.is_some() || ctx.app().mail().is_some() {
        Some(mails::of_verification(&ctx, &request, until)?)
    } else {
        None
    };
    // The e-mail is there when the token is.
    let rest = ctx
        .exclusively(model, async |ctx: &Ctx| {
            let keep = ctx.with_option(KeepSessions);
            if engine::patch_by_id(&keep, model, id, Input::of_row(model, data)).await?.is_none() {
                return Err(engine::missing(id));
            }
            match letter {
                Some(letter) if together => letter.send(ctx).await.map(|()| None),
                letter => Ok(letter),
            }
        })
        .await?;
    let listeners = auth(&ctx)?.options.on_verify.clone();
    if rest.is_none() && listeners.is_empty() && !together {
        tracing::warn!("nothing sends the link of a verification: the app has no mail and no `on_verify`");
    }
    // What is handed over is not called back: the transaction around it, if there is one, has to hold first.
    let apart = apart(&ctx);
    ctx.when_lasting(move || {
        if let Some(letter) = rest {
            mails::send_apart(&apart, request.options.mailer.clone(), letter, "a verification");
        }
        tell(&apart, &listeners, "a verification", &request);
    });
    Ok(())
}

/// An option of a context: a user of this model is being registered over REST.
struct Registration(Arc<ModelNode>);

/// The context in which users register over REST.
pub(crate) fn registering(ctx: &Ctx, model: &Arc<ModelNode>) -> Option<Ctx> {
    let auth = ctx.app().auth().filter(|auth| auth.options.verify_registrations)?;
    // Who is told of it looks for a user who is there for good: that is after the transaction.
    let listened = !auth.options.on_verify.is_empty() || auth.options.verify_options.mailer.is_some();
    let within = model.user.is_some() && !listened && mails::commits_with(ctx, model);
    within.then(|| ctx.with_option(Registration(model.clone())))
}

/// In the transaction of a registration: the e-mail that asks to confirm the address commits with the user.
pub(super) async fn registered_within(ctx: &Ctx, model: &Arc<ModelNode>, id: &Value) -> Result<()> {
    if ctx.option::<Registration>().is_none_or(|of| of.0.name != model.name) {
        return Ok(());
    }
    let options = auth(ctx)?.options.verify_options.clone();
    verify(&own(ctx), model, id, options).await
}

/// Asks users who have just registered over REST to confirm their e-mails, where the app wants it and
/// [`registering`] has not done it. It runs beside the answer.
pub(crate) fn registered(ctx: &Ctx, model: &Arc<ModelNode>, rows: &[Row]) {
    let Some(auth) = ctx.app().auth().filter(|auth| auth.options.verify_registrations) else { return };
    if model.user.is_none() || ctx.option::<Registration>().is_some() {
        return;
    }
    let options = auth.options.verify_options.clone();
    let ids: Vec<Value> = rows.iter().filter_map(|row| row.get(model.id).cloned()).collect();
    let app = ctx.app().clone();
    let (ctx, model) = (apart(ctx), model.clone());
    app.run_beside("e-mails to new users", async move {
        for id in ids {
            if let Err(error) = verify(&ctx, &model, &id, options.clone()).await {
                tracing::error!(%error, "a new user could not be asked to confirm the e-mail");
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_confirms_the_address_that_it_was_sent_to_until_its_time_is_up() {
        let until = Utc::now().timestamp() + 60;
        let stored = sealed("token", "a@b.test", until);
        assert!(confirms(&stored, "token", "a@b.test"));
        assert!(!confirms(&stored, "other", "a@b.test"));
        assert!(!confirms(&stored, "token", "c@d.test"));
        assert!(!confirms(&stored, &stored, "a@b.test"));
        assert!(!confirms(&sealed("token", "a@b.test", until - 61), "token", "a@b.test"));
    }

    #[test]
    fn what_loopback_has_stored_is_the_token_itself() {
        assert!(confirms("abc", "abc", "a@b.test"));
        assert!(!confirms("abc", "abd", "a@b.test"));
        assert!(!confirms("", "", "a@b.test"));
        assert!(!confirms("v1.x", "v1.y", "a@b.test"));
    }
}
