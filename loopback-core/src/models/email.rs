//! E-mails, and what sends them.

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use futures_util::future::BoxFuture;
use loopback_macros::model;

/// An e-mail, LoopBack's `Email`. It has no table: it is sent.
#[model(built_in, transient)]
pub struct Email {
    /// The recipient, one address.
    pub to: String,
    /// The sender.
    pub from: Option<String>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: Option<String>,
    /// The text as HTML.
    pub html: Option<String>,
}

impl Email {
    /// An e-mail of text.
    pub fn new(to: impl Into<String>, subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { to: to.into(), from: None, subject: subject.into(), text: Some(text.into()), html: None }
    }

    /// Sends it by the app's mailer.
    ///
    /// # Errors
    /// 500: the app has none, or it fails.
    pub async fn send(self, ctx: &Ctx) -> Result<()> {
        let mailer = ctx.app().auth().and_then(|auth| auth.options.mailer.clone());
        let mailer = mailer.ok_or_else(|| Error::internal("the app has no mailer: `.auth(|auth| auth.mailer(..))`"))?;
        mailer.send(ctx, self).await
    }
}

/// What sends e-mails.
///
/// ```ignore
/// struct Outbox;
///
/// impl Mailer for Outbox {
///     fn send<'a>(&'a self, ctx: &'a Ctx, email: Email) -> BoxFuture<'a, Result<()>> {
///         Box::pin(async move { queue(ctx, email).await })
///     }
/// }
/// ```
pub trait Mailer: Send + Sync {
    /// Sends an e-mail. No answer waits for it, and its errors are logged.
    fn send<'a>(&'a self, ctx: &'a Ctx, email: Email) -> BoxFuture<'a, Result<()>>;
}
