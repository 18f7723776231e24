//! Mail: where it goes out, how an app's e-mails become messages, and the outbox that loses none of them. Answers to
//! loopback `lib/connectors/mail.js`.
//!
//! An e-mail is a row first ([`OutboxEmail`](crate::models::OutboxEmail)), which commits with the data that it is about. A
//! worker in each instance that serves claims rows, sends them, and writes down what has become of them. No request waits
//! for a mail server.
//!
//! | File | What is in it |
//! |---|---|
//! | `options`, `smtp`, `json`, `url` | what an app says: in code, as LoopBack's data source, as a URL |
//! | `letter` | an e-mail as it is kept, and as the message that it becomes |
//! | `template` | HTML and text of the framework's own e-mails |
//! | `rendering` | templates that an app renders itself |
//! | `transport`, `client`, `conversation`, `sendmail` | the ways out |
//! | `outbox`, `worker` | rows, claims; when what is sent, and when again |
//! | `counts` | how many wait and are dead, for the metrics |
//! | `admin` | what the command `mail` does |

#[cfg(feature = "mail")]
mod admin;
#[cfg(feature = "mail")]
mod client;
#[cfg(feature = "mail")]
mod conversation;
#[cfg(feature = "mail")]
mod counts;
mod json;
#[cfg(feature = "mail")]
mod letter;
#[cfg(not(feature = "mail"))]
mod off;
mod options;
#[cfg(feature = "mail")]
mod outbox;
#[cfg(feature = "mail")]
mod rendering;
#[cfg(feature = "mail")]
mod running;
#[cfg(feature = "mail")]
mod sendmail;
mod smtp;
#[cfg(feature = "mail")]
mod template;
#[cfg(feature = "mail")]
mod transport;
mod url;
#[cfg(feature = "mail")]
mod worker;

#[cfg(feature = "mail")]
pub(crate) use admin::said;
pub use json::MailFault;
#[cfg(not(feature = "mail"))]
pub use off::Mail;
#[cfg(not(feature = "mail"))]
pub(crate) use off::{body, work};
pub use options::{MailOptions, MailTransport};
#[cfg(feature = "mail")]
pub use rendering::Template;
#[cfg(feature = "mail")]
pub use running::Mail;
#[cfg(feature = "mail")]
pub(crate) use running::body;
pub use smtp::{SmtpMechanism, SmtpOptions, SmtpTls};
#[cfg(feature = "mail")]
pub use transport::SentEmail;
#[cfg(feature = "mail")]
pub use worker::Delivered;
#[cfg(feature = "mail")]
pub(crate) use worker::work;

/// The name of the template of a confirmation.
pub(crate) const VERIFY: &str = "verify";
/// The name of the template of a reset.
pub(crate) const RESET: &str = "reset";

/// What an e-mail says, made by a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rendered {
    pub(crate) html: Option<String>,
    pub(crate) text: Option<String>,
}
