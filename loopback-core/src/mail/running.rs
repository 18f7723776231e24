//! The mail of a built app.

use super::counts::Counts;
use super::options::{MailOptions, MailTransport};
use super::template::Templates;
use super::transport::{SentEmail, Transport};
use super::worker::Pause;
use super::{Rendered, letter};
use crate::app::App;
use crate::error::{Error, Result};
use serde_json::{Map, Value as Json};
use std::collections::HashSet;
use std::fmt;
use std::sync::Mutex;

/// The mail of a built app: [`App::mail`].
pub struct Mail {
    pub(super) options: MailOptions,
    pub(super) transports: Vec<Transport>,
    pub(super) templates: Templates,
    pub(super) from: String,
    /// Of each transport.
    pub(super) pauses: Mutex<Vec<Option<Pause>>>,
    /// E-mails of which it is being written down what has become of them.
    pub(super) ending: Mutex<HashSet<i64>>,
    pub(super) counts: Counts,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mail({})", self.describe())
    }
}

impl Mail {
    /// # Errors
    /// The sender is no address; a certificate or a template cannot be read.
    pub(crate) fn new(options: MailOptions, public_url: &str) -> Result<Self> {
        if let Some(name) = &options.default_transport
            && options.named(None).is_none()
        {
            return Err(Error::configuration(format!("mail: there is no transport `{name}`, the default one")));
        }
        let from = options.from.clone().unwrap_or_else(|| usual_sender(&options, public_url));
        letter::domain_of(&from)
            .map_err(|_| Error::configuration(format!("mail: the sender `{}` is no address", from.escape_debug())))?;
        let transports = options.transports.iter().map(|(_, one)| Transport::new(one)).collect::<Result<Vec<_>>>()?;
        let pauses = Mutex::new(vec![None; transports.len()]);
        Ok(Self {
            templates: Templates::of(options.templates.as_deref())?,
            transports,
            from,
            pauses,
            ending: Mutex::default(),
            counts: Counts::default(),
            options,
        })
    }

    /// Where it goes out, for a person.
    pub(crate) fn describe(&self) -> String {
        let names = self.options.transports.iter().map(|(_, transport)| transport.to_string());
        names.collect::<Vec<_>>().join(", ")
    }

    /// Whether the framework's own pages are there.
    pub(crate) fn has_pages(&self) -> bool {
        self.options.pages
    }

    /// Whether there is a template of this name.
    pub(crate) fn has_template(&self, name: &str) -> bool {
        self.templates.has(name)
    }

    /// What the stub has kept, the oldest first; for tests.
    pub fn sent_emails(&self) -> Vec<SentEmail> {
        self.transports.iter().flat_map(Transport::kept).collect()
    }

    pub(super) async fn close(&self) {
        for transport in &self.transports {
            transport.close().await;
        }
    }
}

/// What an e-mail of the framework's own says; `None`: nothing renders templates. A template of the app that is not there,
/// or fails, gives way to the framework's.
///
/// # Errors
/// 500: the framework's own fails.
pub(crate) fn body(
    app: &App,
    own: Option<&str>,
    usual: &str,
    variables: &Map<String, Json>,
    href: &str,
) -> Result<Option<Rendered>> {
    let templates = match app.mail() {
        Some(mail) => &mail.templates,
        None => Templates::built_in(),
    };
    match templates.render(own.unwrap_or(usual), usual, variables, href) {
        Ok(made) => return Ok(Some(made)),
        Err(error) => tracing::error!(%error, "mail: the template of the app cannot be used"),
    }
    Templates::built_in().render(usual, usual, variables, href).map(Some)
}

/// The sender of an app that names none: who logs in at the server, or nobody at the app's host.
fn usual_sender(options: &MailOptions, public_url: &str) -> String {
    let user = options.transports.iter().find_map(|(_, transport)| match transport {
        MailTransport::Smtp(smtp) => smtp.user.as_deref().filter(|user| letter::is_one_address(user)),
        _ => None,
    });
    if let Some(user) = user {
        return user.to_owned();
    }
    let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let sender = format!("noreply@{host}");
    let is_name = host.contains(|c: char| c.is_ascii_alphabetic());
    if is_name && letter::is_one_address(&sender) { sender } else { "noreply@localhost".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::SmtpOptions;

    #[test]
    fn an_app_without_a_sender_has_one() {
        let smtp = |user: &str| MailOptions::smtp(SmtpOptions::new("h").credentials(user, "x"));
        assert_eq!(usual_sender(&smtp("me@shop.example"), "https://a.example"), "me@shop.example");
        assert_eq!(usual_sender(&smtp("me"), "https://shop.example:8443/x"), "noreply@shop.example");
        assert_eq!(usual_sender(&smtp("me"), "http://127.0.0.1:3000"), "noreply@localhost");
        assert_eq!(usual_sender(&smtp("me"), "http://[::1]:3000"), "noreply@localhost");
    }

    #[test]
    fn a_sender_that_is_none_is_a_fault() {
        let wrong = MailOptions::stub().from("Shop");
        assert!(Mail::new(wrong, "http://x").unwrap_err().to_string().contains("the sender `Shop`"));
    }
}
