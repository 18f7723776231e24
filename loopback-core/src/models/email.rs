//! E-mails, and what sends them. Answers to loopback `common/models/email.js` and `lib/connectors/mail.js`.

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use loopback_macros::model;
use serde_json::Value as Json;

/// An e-mail, LoopBack's `Email`, with nodemailer's fields. It has no table: it is sent.
///
/// ```ignore
/// Email::new("ann@shop.test", "Your order", "It is on its way.").with_html("<p>It is on its way.</p>").send(&ctx).await?;
/// ```
///
/// Addresses are `ann@shop.test` or `Ann <ann@shop.test>`; where several may stand, commas are between them.
#[model(built_in, transient)]
pub struct Email {
    /// The recipients, one or several.
    pub to: String,
    /// The sender; that of the app's mail unless set.
    pub from: Option<String>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: Option<String>,
    /// The text as HTML.
    pub html: Option<String>,
    /// Further recipients, whom all recipients see.
    pub cc: Option<String>,
    /// Further recipients, whom nobody sees.
    pub bcc: Option<String>,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// Further headers: an object of texts.
    pub headers: Option<Json>,
    /// The name of the transport; the app's default one unless set.
    pub transport: Option<String>,
    /// After this it is not sent any more, for it would be of no use.
    pub expires: Option<DateTime<Utc>>,
}

impl Email {
    /// An e-mail of text.
    pub fn new(to: impl Into<String>, subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            from: None,
            subject: subject.into(),
            text: Some(text.into()),
            html: None,
            cc: None,
            bcc: None,
            reply_to: None,
            headers: None,
            transport: None,
            expires: None,
        }
    }

    /// The text as HTML. What of it comes from users has to be escaped.
    #[must_use]
    pub fn with_html(mut self, html: impl Into<String>) -> Self {
        self.html = Some(html.into());
        self
    }

    /// The sender.
    #[must_use]
    pub fn with_from(mut self, from: impl Into<String>) -> Self {
        self.from = Some(from.into());
        self
    }

    /// A further recipient, whom all recipients see.
    #[must_use]
    pub fn with_cc(mut self, cc: &str) -> Self {
        self.cc = Some(listed(self.cc, cc));
        self
    }

    /// A further recipient, whom nobody sees.
    #[must_use]
    pub fn with_bcc(mut self, bcc: &str) -> Self {
        self.bcc = Some(listed(self.bcc, bcc));
        self
    }

    /// Where answers go.
    #[must_use]
    pub fn with_reply_to(mut self, address: impl Into<String>) -> Self {
        self.reply_to = Some(address.into());
        self
    }

    /// A further header. Those that the framework writes itself, `To` or `Message-ID`, are none.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let mut headers = match self.headers.take() {
            Some(Json::Object(headers)) => headers,
            _ => serde_json::Map::new(),
        };
        headers.insert(name.to_owned(), Json::from(value));
        self.headers = Some(Json::Object(headers));
        self
    }

    /// The transport, by its name.
    #[must_use]
    pub fn by_transport(mut self, name: impl Into<String>) -> Self {
        self.transport = Some(name.into());
        self
    }

    /// After this it is not sent any more.
    #[must_use]
    pub fn expiring(mut self, when: DateTime<Utc>) -> Self {
        self.expires = Some(when);
        self
    }

    /// Sends it: hands it to the app's [`Mailer`], if there is one, and else to the outbox of the app's
    /// [mail](crate::app::AppBuilder::mail). There it commits with the transaction of the context, and is gone with it when that
    /// is rolled back; nobody waits for a mail server.
    ///
    /// # Errors
    /// 422 `INVALID_EMAIL`: an address, a header or the transport cannot be. 500: the app has no mail, or its mailer fails.
    pub async fn send(self, ctx: &Ctx) -> Result<()> {
        if let Some(mailer) = ctx.app().auth().and_then(|auth| auth.options.mailer.clone()) {
            return mailer.send(ctx, self).await;
        }
        match ctx.app().mail() {
            Some(mail) => mail.queue(ctx, self).await,
            None => Err(Error::internal(
                "the app has no mail: write `.mail(MailOptions::..)`, set MAIL_URL, or give it a mailer with \
                 `.auth(|auth| auth.mailer(..))`",
            )),
        }
    }
}

fn listed(list: Option<String>, next: &str) -> String {
    match list {
        Some(list) => format!("{list}, {next}"),
        None => next.to_owned(),
    }
}

/// What sends e-mails, where it is not the app's [mail](crate::app::AppBuilder::mail).
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
