//! The e-mails that users get: the link that confirms an address, and the one that sets a new password. Answers to
//! `User.prototype.verify` of loopback `common/models/user.js`, its options and their defaults.
//!
//! A link begins with the app's own address, never with one that a request brings. An e-mail goes to the one address that is
//! stored, and says nothing that a user has written: registrations would be a way to send anybody anything.

use super::account::{ResetPasswordRequest, VerifyRequest};
use super::is_email;
use super::login::auth;
use crate::access::text;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::escape::{escaped, percent_encoded};
use crate::graph::ModelNode;
use crate::mail::{self, RESET, Rendered, VERIFY};
use crate::models::{Email, Mailer};
use crate::value::Value;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value as Json, json};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Makes the token of a confirmation, of the user as a client sees it.
pub type TokenGenerator = Arc<dyn Fn(&Json) -> String + Send + Sync>;

/// Makes the HTML of the e-mail of a confirmation. When it fails, the log says so, and the template takes its place.
pub type TemplateFn = Arc<dyn Fn(&VerifyRequest) -> Result<String> + Send + Sync>;

/// How a user is asked to confirm the e-mail: LoopBack's `verifyOptions`.
///
/// Differs from LoopBack: the e-mail always goes to the address that is to be confirmed (`to`, `user`); the link begins with
/// [`public_url`](crate::access::AuthOptions::public_url), or is `verify_href` (`protocol`, `host`, `port`, `restApiRoot`);
/// templates are minijinja's (`template`), and EJS is not run.
#[derive(Clone, Default)]
pub struct VerifyOptions {
    /// The subject of the e-mail; `None`: `Thanks for Registering`.
    pub subject: Option<String>,
    /// The text of the e-mail; `{href}` in it is the link. `None`: that of the template.
    pub text: Option<String>,
    /// The e-mail as HTML; `{href}` in it is the link. `None`: that of the template.
    pub html: Option<String>,
    /// The template, by its name in the folder of [`templates`](crate::mail::MailOptions::templates); `None`: `verify`, which
    /// the framework has, and the folder may.
    pub template: Option<String>,
    /// Makes the HTML instead of a template.
    pub template_fn: Option<TemplateFn>,
    /// The sender; `None`: that of the app's mail.
    pub from: Option<String>,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// Where the confirmation leads on. `None`: to the framework's page of it, where the app has mail.
    pub redirect: Option<String>,
    /// The address that the link begins with, instead of that of `confirm`: `https://shop.example/verify`. User and token are
    /// added to it.
    pub verify_href: Option<String>,
    /// Makes the token; `None`: 384 random bits.
    pub generate_verification_token: Option<TokenGenerator>,
    /// Sends the e-mail, instead of the app's mailer or mail.
    pub mailer: Option<Arc<dyn Mailer>>,
}

impl fmt::Debug for VerifyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyOptions")
            .field("subject", &self.subject)
            .field("template", &self.template)
            .field("from", &self.from)
            .field("redirect", &self.redirect)
            .field("verify_href", &self.verify_href)
            .finish_non_exhaustive()
    }
}

/// How a user is sent the link that sets a new password.
#[derive(Clone, Debug, Default)]
pub struct ResetOptions {
    /// The app's page for it: the link is this with `#token=..` after it, or with the token in place of `{token}`. `None`: a
    /// page of the framework's.
    pub url: Option<String>,
    /// The subject; `None`: `Your new password`.
    pub subject: Option<String>,
    /// The text; `{href}` in it is the link. `None`: that of the template.
    pub text: Option<String>,
    /// The e-mail as HTML; `{href}` in it is the link. `None`: that of the template.
    pub html: Option<String>,
    /// The template, by its name in the folder; `None`: `reset`, which the framework has, and the folder may.
    pub template: Option<String>,
    /// The sender; `None`: that of the app's mail.
    pub from: Option<String>,
    /// Further headers.
    pub headers: Vec<(String, String)>,
}

/// What an e-mail is made of.
struct Parts<'a> {
    to: &'a str,
    subject: &'a str,
    href: &'a str,
    user: &'a Json,
    /// The app's own words.
    text: Option<&'a str>,
    html: Option<&'a str>,
    template: Option<&'a str>,
    /// The framework's template.
    usual: &'static str,
    from: Option<&'a str>,
    headers: &'a [(String, String)],
    until: DateTime<Utc>,
    more: Json,
}

impl Parts<'_> {
    fn email(self, ctx: &Ctx) -> Result<Email> {
        // What is stored may be of an older program, and an address is what the token is bound to.
        if !is_email(self.to) {
            let message = "the e-mail of the user is not one address: nothing is sent to it";
            return Err(Error::new(422, message).with_code("INVALID_EMAIL"));
        }
        let rendered = if self.text.is_some() && self.html.is_some() {
            Rendered::default()
        } else {
            let app = ctx.app();
            mail::body(app, self.template, self.usual, &self.variables(ctx), self.href)?.unwrap_or_default()
        };
        let own_text = self.text.map(|text| text.replace("{href}", self.href));
        let own_html = self.html.map(|html| html.replace("{href}", &escaped(self.href)));
        let plain = || format!("Please open this link in a web browser:\n\t{}", self.href);
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), Json::from(value.as_str())));
        let headers: Map<String, Json> = headers.collect();
        Ok(Email {
            from: self.from.map(str::to_owned),
            html: own_html.or(rendered.html),
            headers: (!headers.is_empty()).then_some(Json::Object(headers)),
            expires: Some(self.until),
            ..Email::new(self.to, self.subject, own_text.or(rendered.text).unwrap_or_else(plain))
        })
    }

    /// What templates know, by LoopBack's names.
    fn variables(&self, ctx: &Ctx) -> Map<String, Json> {
        let mut all = Map::new();
        all.insert("app".to_owned(), Json::from(ctx.app().title()));
        all.insert("to".to_owned(), Json::from(self.to));
        all.insert("subject".to_owned(), Json::from(self.subject));
        all.insert("from".to_owned(), Json::from(self.from));
        all.insert("user".to_owned(), self.user.clone());
        all.insert("valid_for".to_owned(), Json::from(in_words(self.until - Utc::now())));
        if let Json::Object(more) = &self.more {
            all.extend(more.clone());
        }
        all
    }
}

/// The e-mail with the link that confirms an address.
///
/// # Errors
/// 422: the user has no address that e-mails can go to. 500: the framework's template fails.
pub(super) fn of_verification(ctx: &Ctx, request: &VerifyRequest, until: DateTime<Utc>) -> Result<Email> {
    let options = &request.options;
    let made = options.template_fn.as_ref().and_then(|make| made_by(make, request));
    Parts {
        to: &request.email,
        subject: options.subject.as_deref().unwrap_or("Thanks for Registering"),
        href: &request.href,
        user: &request.user,
        text: options.text.as_deref(),
        html: made.as_deref().or(options.html.as_deref()),
        template: options.template.as_deref(),
        usual: VERIFY,
        from: options.from.as_deref(),
        headers: &options.headers,
        until,
        more: json!({ "verificationToken": request.token, "redirect": options.redirect }),
    }
    .email(ctx)
}

/// What the app's function makes. One that fails gives way to the template, as a template of the app's does: who registers
/// can do nothing about it, and who has written it finds it in the log.
fn made_by(make: &TemplateFn, request: &VerifyRequest) -> Option<String> {
    match catch_unwind(AssertUnwindSafe(|| make(request))) {
        Ok(Ok(html)) => Some(html),
        Ok(Err(error)) => {
            let why = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
            tracing::error!("mail: `template_fn` has failed, and the template takes its place: {error}{why}");
            None
        }
        Err(panic) => {
            let said =
                panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            let said = said.unwrap_or("a panic");
            tracing::error!("mail: `template_fn` has panicked, and the template takes its place: {said}");
            None
        }
    }
}

/// Whether the framework sends the e-mail of a reset.
pub(super) fn resets(ctx: &Ctx) -> Result<bool> {
    let auth = &auth(ctx)?.options;
    let sends = auth.mailer.is_some() || ctx.app().mail().is_some();
    // Who listens sends it: that is LoopBack's way.
    Ok(sends && (auth.reset_options.is_some() || (auth.on_reset.is_empty() && auth.mailer.is_none())))
}

/// The e-mail with the link that sets a new password; `None`: the app sends it itself.
///
/// # Errors
/// 422: the user has no address that e-mails can go to. 500: the template fails.
pub(super) fn of_reset(ctx: &Ctx, model: &ModelNode, request: &ResetPasswordRequest) -> Result<Option<Email>> {
    if !resets(ctx)? {
        return Ok(None);
    }
    let options = auth(ctx)?.options.reset_options.clone().unwrap_or_default();
    let page = ctx.app().mail().is_none_or(|mail| mail.has_pages());
    let url = match options.url {
        Some(url) => url,
        None if page => format!("{}{}", ctx.app().public_url(), reset_page(model)),
        None => {
            tracing::error!("a reset has no page: `.auth(|auth| auth.reset_url(..))`");
            return Ok(None);
        }
    };
    // Of their own alphabet, which needs no escape.
    let token = &request.access_token;
    let href = if url.contains("{token}") { url.replace("{token}", token) } else { format!("{url}#token={token}") };
    let email = Parts {
        to: &request.email,
        subject: options.subject.as_deref().unwrap_or("Your new password"),
        href: &href,
        user: &request.user,
        text: options.text.as_deref(),
        html: options.html.as_deref(),
        template: options.template.as_deref(),
        usual: RESET,
        from: options.from.as_deref(),
        headers: &options.headers,
        until: Utc::now() + TimeDelta::seconds(request.ttl.clamp(0, i64::from(i32::MAX))),
        more: Json::Null,
    };
    email.email(ctx).map(Some)
}

/// What sends the e-mail of a confirmation, when that is not the app's mail.
pub(super) fn mailer(ctx: &Ctx, options: &VerifyOptions) -> Result<Option<Arc<dyn Mailer>>> {
    Ok(options.mailer.clone().or_else(|| auth(ctx).ok()?.options.mailer.clone()))
}

/// Whether an e-mail about a row of a model can commit with it: both are rows of one data source. If not, it is sent after the
/// row is there for good.
pub(super) fn commits_with(ctx: &Ctx, model: &ModelNode) -> bool {
    let app = ctx.app();
    let own = app.auth().is_some_and(|auth| auth.options.mailer.is_some());
    let outbox = app.mail().filter(|_| !own).and_then(|_| app.graph().model("OutboxEmail"));
    outbox.is_some_and(|outbox| outbox.data_source == model.data_source)
}

/// Sends an e-mail beside the answer.
pub(super) fn send_apart(ctx: &Ctx, mailer: Option<Arc<dyn Mailer>>, email: Email, what: &'static str) {
    let app = ctx.app().clone();
    let ctx = ctx.clone();
    app.run_beside(what, async move {
        let sent = match mailer {
            Some(mailer) => mailer.send(&ctx, email).await,
            None => email.send(&ctx).await,
        };
        if let Err(error) = sent {
            tracing::error!(%error, "the e-mail of {what} was not sent");
        }
    });
}

/// The link that confirms an e-mail. It begins with the app's own address, never with one that a request brings.
pub(super) fn href(ctx: &Ctx, model: &ModelNode, id: &Value, token: &str, options: &VerifyOptions) -> String {
    let app = ctx.app();
    let public = app.public_url();
    let start = options
        .verify_href
        .clone()
        .unwrap_or_else(|| format!("{public}{}{}/confirm", app.rest_root().trim_end_matches('/'), model.path));
    // Who opens the link sees something.
    let page = app.mail().is_some_and(|mail| mail.has_pages()) && options.verify_href.is_none();
    let usual = page.then(|| {
        let rest = public.split_once("://").map_or("", |(_, rest)| rest);
        let below = rest.find('/').map_or("", |at| &rest[at..]);
        format!("{below}{}", confirmed_page(model))
    });
    let separator = if start.contains('?') { '&' } else { '?' };
    let redirect = options.redirect.as_deref().or(usual.as_deref());
    let redirect = redirect.map(|to| format!("&redirect={}", percent_encoded(to))).unwrap_or_default();
    format!("{start}{separator}uid={}{redirect}&token={}", percent_encoded(&text(id)), percent_encoded(token))
}

/// The path of the framework's page after a confirmation.
pub(crate) fn confirmed_page(model: &ModelNode) -> String {
    format!("/account{}/confirmed", model.path)
}

/// The path of the framework's page for a new password.
pub(crate) fn reset_page(model: &ModelNode) -> String {
    format!("/account{}/reset", model.path)
}

/// A time as people say it: `15 minutes`, `24 hours`.
fn in_words(time: TimeDelta) -> String {
    let several = |count: i64, unit: &str| if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") };
    // It was a little longer when the token was made.
    match (time.num_milliseconds() + 59_999) / 60_000 {
        minutes if minutes < 120 => several(minutes.max(1), "minute"),
        minutes if minutes <= 2_880 => several(minutes / 60, "hour"),
        minutes => several(minutes / 1_440, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_do() {
        for (seconds, words) in [
            (1, "1 minute"),
            (899, "15 minutes"),
            (900, "15 minutes"),
            (3_600, "60 minutes"),
            (86_399, "24 hours"),
            (86_400, "24 hours"),
            (604_800, "7 days"),
        ] {
            assert_eq!(in_words(TimeDelta::seconds(seconds)), words);
        }
    }
}
