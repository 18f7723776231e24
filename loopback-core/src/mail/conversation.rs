//! One e-mail over a connection to an SMTP server, recipient by recipient: who is refused keeps it from nobody else. Answers
//! that are about the sender or the session are faults of settings or of the server, and never the end of an e-mail.

use super::transport::{Failed, NotTaken};
use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use std::fmt::Display;
use std::time::Duration;

/// Recipients of one e-mail at a time; servers need not take more (RFC 5321, 4.5.3.1.8). The rest come next.
const AT_ONCE: usize = 100;

/// What has become of an e-mail, and whether the connection is good for another.
pub(super) struct Spoken {
    pub(super) not_taken: Vec<NotTaken>,
    pub(super) reusable: bool,
}

/// Hands a message over. `limit`: for each answer but the last, which may take as long as it does.
///
/// # Errors
/// Nobody has got it, or nobody knows.
pub(super) async fn speak(
    connection: &mut AsyncSmtpConnection,
    from: Option<&Address>,
    to: &[Address],
    message: &[u8],
    limit: Duration,
) -> Result<Spoken, Failed> {
    let offers = |what| connection.server_info().supports_feature(what);
    let beyond = |address: &Address| !address.to_string().is_ascii();
    let mut options = Vec::new();
    let mut not_taken = Vec::new();
    let mut asked = to.iter().collect::<Vec<_>>();
    if offers(Extension::SmtpUtfEight) {
        if from.is_some_and(beyond) || to.iter().any(beyond) {
            options.push(MailParameter::SmtpUtfEight);
        }
    } else {
        const NONE: &str = "the server takes no addresses with letters beyond ASCII (SMTPUTF8)";
        if from.is_some_and(beyond) {
            return Err(Failed::later(format!("the sender: {NONE}")));
        }
        asked.retain(|address| !beyond(address));
        not_taken.extend(to.iter().filter(|one| beyond(one)).map(|one| refused(one, true, NONE.to_owned())));
    }
    if !message.is_ascii() {
        if !offers(Extension::EightBitMime) {
            return Err(Failed::refused("the server takes no letters beyond ASCII (8BITMIME)".to_owned()));
        }
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    for address in asked.iter().skip(AT_ONCE) {
        not_taken.push(refused(address, false, "it is next".to_owned()));
    }
    asked.truncate(AT_ONCE);
    if asked.is_empty() {
        return Ok(Spoken { not_taken, reusable: true });
    }
    say(connection, Mail::new(from.cloned(), options), limit).await.map_err(|error| of_sender(&error))?;
    let (mut taken, mut of_us) = (0, Vec::new());
    for address in asked {
        match say(connection, Rcpt::new(address.clone(), Vec::new()), limit).await {
            Ok(()) => taken += 1,
            Err(Said::Answer(error)) if is_of_recipient(&error) => {
                of_us.extend(Some(told(&error)).filter(|text| is_of_us(text)));
                not_taken.push(refused(address, error.is_permanent(), told(&error)));
            }
            Err(error) => return Err(of_session(&error)),
        }
    }
    if taken == 0 && !of_us.is_empty() && of_us.len() == not_taken.len() {
        // Each is refused for who we are: settings can be corrected, and nobody is out of the question.
        let _ = say(connection, Rset, limit).await;
        return Err(Failed::later(format!("the sender: {}", of_us.swap_remove(0))));
    }
    if taken == 0 {
        let reusable = say(connection, Rset, limit).await.is_ok();
        return Ok(Spoken { not_taken, reusable });
    }
    say(connection, Data, limit).await.map_err(|error| of_message(&error))?;
    match connection.message(message).await {
        Ok(_) => Ok(Spoken { not_taken, reusable: !connection.has_broken() }),
        Err(error) => Err(of_message(&Said::Answer(error))),
    }
}

/// What came instead of a good answer.
enum Said {
    Answer(SmtpError),
    Nothing(Duration),
}

impl Said {
    fn code(&self) -> Option<u16> {
        match self {
            Self::Answer(error) => error.status().map(u16::from),
            Self::Nothing(_) => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Answer(error) => told(error),
            Self::Nothing(limit) => format!("no answer within {limit:?}"),
        }
    }

    fn is_permanent(&self) -> bool {
        matches!(self, Self::Answer(error) if error.is_permanent())
    }
}

async fn say(connection: &mut AsyncSmtpConnection, command: impl Display, limit: Duration) -> Result<(), Said> {
    match tokio::time::timeout(limit, connection.command(command)).await {
        Ok(answer) => answer.map(drop).map_err(Said::Answer),
        Err(_) => Err(Said::Nothing(limit)),
    }
}

fn refused(address: &Address, for_good: bool, text: String) -> NotTaken {
    NotTaken { address: address.to_string(), text, for_good }
}

/// Whether an answer to RCPT is about the recipient, and not about who talks to the server, or how.
fn is_of_recipient(error: &SmtpError) -> bool {
    let code = error.status().map(u16::from);
    code.is_some_and(|code| !matches!(code, 421 | 500 | 502 | 503 | 504 | 530 | 534 | 535 | 538))
}

/// Whether an answer to RCPT is about the sender or the client after all: Postfix says at RCPT what it has against them. By its
/// enhanced code (RFC 3463): policy, and the sender's address.
fn is_of_us(text: &str) -> bool {
    let enhanced = text.split_whitespace().nth(1).unwrap_or_default();
    enhanced.starts_with("5.7.") || matches!(enhanced, "5.1.7" | "5.1.8")
}

/// What every e-mail would be told.
fn of_session(said: &Said) -> Failed {
    match said.code() {
        Some(421 | 530 | 534 | 535 | 538) => Failed::unreachable(said.text()),
        Some(_) => Failed::later(said.text()),
        // It may be the server, and it may be the message: others wait, and the attempt counts.
        None => Failed::broken(said.text()),
    }
}

/// An answer to MAIL: another sender may do, and settings can be corrected while it is tried again.
fn of_sender(said: &Said) -> Failed {
    let failed = of_session(said);
    if said.is_permanent() { Failed { text: format!("the sender: {}", failed.text), ..failed } } else { failed }
}

/// An answer to the message itself.
fn of_message(said: &Said) -> Failed {
    match said.code() {
        Some(421 | 500 | 502 | 503 | 504 | 530 | 534 | 535 | 538) | None => of_session(said),
        Some(_) if said.is_permanent() => Failed::refused(said.text()),
        Some(_) => Failed::later(said.text()),
    }
}

/// What lettre says, or rather what the server has said.
pub(super) fn told(error: &SmtpError) -> String {
    let text = match (error.status(), std::error::Error::source(error)) {
        (Some(code), Some(said)) => format!("{code} {said}"),
        _ => error.to_string(),
    };
    shown(&text)
}

/// One line without links: what servers quote of a message is nobody's.
pub(super) fn shown(text: &str) -> String {
    let words = text.split_whitespace().map(|word| if word.contains("://") { "(link)" } else { word });
    // The outbox takes no control characters.
    words.collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).take(500).collect()
}

/// A text for the log, which has no recipients.
pub(super) fn without_addresses(text: &str) -> String {
    let words = text.split_whitespace().map(|word| if word.contains('@') { "(address)" } else { word });
    words.collect::<Vec<_>>().join(" ")
}
