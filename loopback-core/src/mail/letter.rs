//! An e-mail as the outbox keeps it, and as the message that it becomes.

use crate::error::{Error, Result};
use crate::models::Email;
use chrono::{DateTime, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Mailboxes, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

/// Recipients of one e-mail.
const MOST_RECIPIENTS: usize = 1_000;

/// Headers that the framework writes itself.
const OWN: [&str; 12] = [
    "from",
    "sender",
    "to",
    "cc",
    "bcc",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "return-path",
    "content-type",
    "content-transfer-encoding",
];

/// What an e-mail says and to whom.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Letter {
    from: String,
    to: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cc: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bcc: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<String>,
    pub(super) subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) html: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<(String, String)>,
    /// Addresses that it has not reached yet; `None`: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left: Option<Vec<String>>,
    /// Addresses that were refused for good while others are still tried, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refused: Vec<(String, String)>,
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(422, message.into()).with_code("INVALID_EMAIL")
}

/// Whether a text can stand in a header: nothing in it ends the line.
fn one_line(what: &str, text: &str) -> Result<()> {
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(invalid(format!("the {what} of an e-mail is one line, without control characters")));
    }
    Ok(())
}

fn addresses(what: &str, text: &str) -> Result<Vec<Mailbox>> {
    one_line(what, text)?;
    let list = Mailboxes::from_str(text.trim())
        .map_err(|_| invalid(format!("`{what}` is no list of addresses: `ann@shop.test` or `Ann <ann@shop.test>`")))?;
    list.into_iter().map(|one| in_ascii(what, one)).collect()
}

/// The same with its domain as servers write it: `müller.example` is `xn--mller-kva.example`.
fn in_ascii(what: &str, mailbox: Mailbox) -> Result<Mailbox> {
    let domain = mailbox.email.domain();
    if domain.is_ascii() {
        return Ok(mailbox);
    }
    let no_domain = || invalid(format!("`{what}`: `{}` is no domain", domain.escape_debug()));
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| no_domain())?;
    let email = Address::new(mailbox.email.user(), ascii).map_err(|_| no_domain())?;
    Ok(Mailbox { email, ..mailbox })
}

fn address(what: &str, text: &str) -> Result<Mailbox> {
    let mut list = addresses(what, text)?;
    match (list.pop(), list.is_empty()) {
        (Some(one), true) => Ok(one),
        _ => Err(invalid(format!("`{what}` is one address"))),
    }
}

/// Whether a text is the address of one recipient, and nothing else.
pub(super) fn is_one_address(text: &str) -> bool {
    Address::from_str(text).is_ok()
}

/// The domain of an address, for a `Message-ID`.
pub(super) fn domain_of(sender: &str) -> Result<String> {
    Ok(address("from", sender)?.email.domain().to_owned())
}

impl Letter {
    /// The letter of an e-mail; `from` is the sender when it has none.
    ///
    /// # Errors
    /// 422: it cannot be sent.
    pub(super) fn of(email: Email, from: &str) -> Result<Self> {
        let headers = match email.headers {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::Object(headers)) => headers
                .into_iter()
                .map(|(name, value)| match value {
                    Json::String(value) => Ok((name, value)),
                    Json::Number(value) => Ok((name, value.to_string())),
                    _ => Err(invalid(format!("the header `{name}` of an e-mail is a text"))),
                })
                .collect::<Result<_>>()?,
            Some(_) => return Err(invalid("`headers` of an e-mail is an object")),
        };
        let letter = Self {
            from: email.from.unwrap_or_else(|| from.to_owned()),
            to: email.to,
            cc: email.cc.filter(|list| !list.trim().is_empty()),
            bcc: email.bcc.filter(|list| !list.trim().is_empty()),
            reply_to: email.reply_to,
            subject: email.subject,
            text: email.text,
            html: email.html,
            headers,
            left: None,
            refused: Vec::new(),
        };
        letter.message("<check@localhost>", Utc::now())?;
        Ok(letter)
    }

    pub(super) fn from(&self) -> &str {
        &self.from
    }

    /// All recipients, for who looks at the outbox.
    pub(super) fn recipients(&self) -> String {
        let rest = [&self.cc, &self.bcc].into_iter().flatten();
        rest.fold(self.to.clone(), |all, more| format!("{all}, {more}"))
    }

    /// The head that matters to a person, and the text; the HTML when there is no other.
    pub(super) fn legible(&self) -> String {
        let lines = [
            ("From", Some(&self.from)),
            ("To", Some(&self.to)),
            ("Cc", self.cc.as_ref()),
            ("Bcc", self.bcc.as_ref()),
            ("Reply-To", self.reply_to.as_ref()),
            ("Subject", Some(&self.subject)),
        ];
        let mut all: String =
            lines.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}\n", value?))).collect();
        for (name, value) in &self.headers {
            all.push_str(&format!("{name}: {value}\n"));
        }
        all.push('\n');
        all.push_str(self.text.as_deref().or(self.html.as_deref()).unwrap_or_default());
        all
    }

    /// Of a message's recipients, each once, those that are still to get it: first those whose turn is next.
    pub(super) fn addressees(&self, message: &Message) -> Vec<Address> {
        let mut wanted: Vec<Address> = Vec::new();
        for address in message.envelope().to() {
            if !wanted.contains(address) {
                wanted.push(address.clone());
            }
        }
        let Some(left) = &self.left else { return wanted };
        let turn = |address: &Address| left.iter().position(|one| *one == address.to_string());
        wanted.retain(|address| turn(address).is_some());
        wanted.sort_by_key(turn);
        wanted
    }

    /// Whether some have it already, or are out of the question.
    pub(super) fn is_partly_done(&self) -> bool {
        self.left.is_some()
    }

    /// Some have it now: those that have not, tried again or refused for good, with the reason.
    pub(super) fn reached_but(&mut self, left: Vec<String>, refused: Vec<(String, String)>) {
        self.left = Some(left);
        self.refused.extend(refused);
    }

    /// Nobody is tried any more: who has not got it is who gets it when it is sent after all. Gives their addresses.
    pub(super) fn end(&mut self) -> Vec<String> {
        let mut missed: Vec<String> =
            std::mem::take(&mut self.refused).into_iter().map(|(address, _)| address).collect();
        missed.extend(self.left.take().unwrap_or_default());
        if !missed.is_empty() {
            self.left = Some(missed.clone());
        }
        missed
    }

    /// Who was refused for good, and why.
    pub(super) fn refused(&self) -> &[(String, String)] {
        &self.refused
    }

    /// Who has not got it yet.
    pub(super) fn missing(&self) -> Vec<String> {
        let refused = self.refused.iter().map(|(address, _)| address);
        self.left.iter().flatten().chain(refused).cloned().collect()
    }

    /// The message.
    ///
    /// # Errors
    /// 422: it cannot be sent.
    pub(super) fn message(&self, message_id: &str, date: DateTime<Utc>) -> Result<Message> {
        one_line("subject", &self.subject)?;
        let mut builder = Message::builder()
            .from(address("from", &self.from)?)
            .subject(self.subject.clone())
            .message_id(Some(message_id.to_owned()))
            .date(system_time(date));
        let mut count = 0;
        type Add = fn(MessageBuilder, Mailbox) -> MessageBuilder;
        let lists: [(&str, Option<&str>, Add); 3] = [
            ("to", Some(&self.to), MessageBuilder::to),
            ("cc", self.cc.as_deref(), MessageBuilder::cc),
            ("bcc", self.bcc.as_deref(), MessageBuilder::bcc),
        ];
        for (what, text, add) in lists {
            for one in text.map(|text| addresses(what, text)).transpose()?.unwrap_or_default() {
                count += 1;
                builder = add(builder, one);
            }
            if what == "to" && count == 0 {
                return Err(invalid("`to` is empty"));
            }
        }
        if count > MOST_RECIPIENTS {
            return Err(invalid(format!("an e-mail has at most {MOST_RECIPIENTS} recipients")));
        }
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(address("replyTo", reply_to)?);
        }
        for (name, value) in &self.headers {
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            {
                return Err(invalid(format!("`{}` is no name of a header", name.escape_default())));
            }
            let lower = name.to_lowercase();
            // LoopBack's own example; every message has it.
            if lower == "mime-version" && value == "1.0" {
                continue;
            }
            if OWN.contains(&lower.as_str()) || lower == "mime-version" {
                return Err(invalid(format!("the header `{name}` is written by the framework")));
            }
            one_line(&format!("header `{}`", name.escape_default()), value)?;
            let name = HeaderName::new_from_ascii(name.clone())
                .map_err(|_| invalid(format!("`{}` is no name of a header", name.escape_default())))?;
            builder = builder.raw_header(HeaderValue::new(name, value.clone()));
        }
        for body in [&self.text, &self.html].into_iter().flatten() {
            if body.contains('\0') {
                return Err(invalid("an e-mail has no NUL"));
            }
        }
        let message = match (&self.text, &self.html) {
            (Some(text), Some(html)) => {
                builder.multipart(MultiPart::alternative_plain_html(text.clone(), html.clone()))
            }
            (None, Some(html)) => builder.singlepart(SinglePart::html(html.clone())),
            (text, None) => builder.singlepart(SinglePart::plain(text.clone().unwrap_or_default())),
        };
        message.map_err(|error| invalid(format!("it is no e-mail: {error}")))
    }
}

fn system_time(date: DateTime<Utc>) -> SystemTime {
    let seconds = u64::try_from(date.timestamp()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(email: Email) -> Result<String> {
        let letter = Letter::of(email, "Shop <shop@shop.test>")?;
        let stored = serde_json::to_string(&letter).unwrap();
        let letter: Letter = serde_json::from_str(&stored).unwrap();
        let message = letter.message("<1@shop.test>", DateTime::UNIX_EPOCH)?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn an_email_becomes_a_message_that_does_not_show_its_bcc() {
        let email = Email::new("Ann <ann@shop.test>, bob@shop.test", "Grüße", "Hello")
            .with_html("<p>Hello</p>")
            .with_cc("cc@shop.test")
            .with_bcc("secret@shop.test")
            .with_reply_to("help@shop.test")
            .with_header("X-Campaign", "spring");
        let letter = Letter::of(email.clone(), "Shop <shop@shop.test>").unwrap();
        let message = letter.message("<1@shop.test>", DateTime::UNIX_EPOCH).unwrap();
        let to: Vec<String> = message.envelope().to().iter().map(ToString::to_string).collect();
        assert_eq!(to, ["ann@shop.test", "bob@shop.test", "cc@shop.test", "secret@shop.test"]);
        let text = text(email).unwrap();
        for part in [
            "From: Shop <shop@shop.test>\r\n",
            "To: Ann <ann@shop.test>, bob@shop.test\r\n",
            "Cc: cc@shop.test\r\n",
            "Reply-To: help@shop.test\r\n",
            "Message-ID: <1@shop.test>\r\n",
            "X-Campaign: spring\r\n",
            "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n",
            "multipart/alternative",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("secret@shop.test"), "{text}");
    }

    #[test]
    fn nothing_of_an_email_makes_a_second_header_or_recipient() {
        let plain = || Email::new("ann@shop.test", "Hello", "text");
        let wrong = [
            Email::new("ann@shop.test\r\nBcc: evil@shop.test", "Hello", "text"),
            Email::new("ann@shop.test\nBcc: evil@shop.test", "Hello", "text"),
            Email::new("ann@shop.test evil@shop.test", "Hello", "text"),
            Email::new("ann@shop.test <evil@shop.test", "Hello", "text"),
            Email::new("", "Hello", "text"),
            Email::new(",", "Hello", "text"),
            Email::new("ann", "Hello", "text"),
            Email::new("ann@shop.test", "Hello\r\nBcc: evil@shop.test", "text"),
            Email::new("ann@shop.test", "Hello\u{2028}x", "text"),
            Email::new("ann@shop.test", "Hello", "nul\0"),
            plain().with_from("a@shop.test, b@shop.test"),
            plain().with_from("a@shop.test\r\nX: y"),
            plain().with_reply_to("x\r\ny"),
            plain().with_cc("a@shop.test\r\n.\r\nMAIL FROM:<x@y>"),
            plain().with_bcc("no address"),
            plain().with_header("X-A", "1\r\nX-B: 2"),
            plain().with_header("X-A\r\nX-B", "2"),
            plain().with_header("X A", "2"),
            plain().with_header("To", "evil@shop.test"),
            plain().with_header("bcc", "evil@shop.test"),
            plain().with_header("Content-Type", "text/html"),
        ];
        for email in wrong {
            let shown = format!("{email:?}");
            let error = text(email).err().unwrap_or_else(|| panic!("{shown}"));
            assert_eq!((error.status(), error.code()), (422, Some("INVALID_EMAIL")), "{shown}");
        }
        let list = Email { headers: Some(json!(["a"])), ..plain() };
        assert!(text(list).is_err());
        assert!(text(plain().with_header("Mime-Version", "1.0")).is_ok());
    }

    #[test]
    fn domains_of_other_scripts_are_written_as_servers_do() {
        let email = Email::new("Jörg <jörg@müller.test>, ann@例え.test", "Hello", "text").with_from("shop@bücher.test");
        let letter = Letter::of(email, "Shop <shop@shop.test>").unwrap();
        let message = letter.message("<1@shop.test>", DateTime::UNIX_EPOCH).unwrap();
        let to: Vec<String> = message.envelope().to().iter().map(ToString::to_string).collect();
        assert_eq!(to, ["jörg@xn--mller-kva.test", "ann@xn--r8jz45g.test"]);
        assert_eq!(message.envelope().from().unwrap().to_string(), "shop@xn--bcher-kva.test");
        assert_eq!(domain_of(letter.from()).unwrap(), "xn--bcher-kva.test");
        for wrong in ["ann@a\u{2028}b.test", "ann@\u{fffd}.test", "ann@-ü-.test"] {
            let error = text(Email::new(wrong, "Hello", "text")).unwrap_err();
            assert_eq!((error.status(), error.code()), (422, Some("INVALID_EMAIL")), "{wrong}");
        }
    }

    #[test]
    fn each_recipient_is_an_addressee_once_and_until_it_is_reached() {
        let email = Email::new("ann@shop.test, Bob <bob@shop.test>", "Hello", "text").with_cc("ann@shop.test");
        let mut letter = Letter::of(email, "shop@shop.test").unwrap();
        let message = letter.message("<1@shop.test>", DateTime::UNIX_EPOCH).unwrap();
        let to = |letter: &Letter| letter.addressees(&message).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(to(&letter), ["ann@shop.test", "bob@shop.test"]);
        letter.reached_but(vec!["ann@shop.test".into()], vec![("bob@shop.test".into(), "550 no".into())]);
        assert_eq!((to(&letter), letter.missing().len()), (vec!["ann@shop.test".to_owned()], 2));
        letter.reached_but(Vec::new(), Vec::new());
        assert_eq!(letter.end(), ["bob@shop.test"]);
        assert_eq!(to(&letter), ["bob@shop.test"]);
    }

    #[test]
    fn only_an_address_alone_is_one_address() {
        assert!(is_one_address("ann@shop.test"));
        for other in ["Ann <ann@shop.test>", "a@b.test,c@d.test", "a@b.test\r\nBcc: c@d.test", "", "ann"] {
            assert!(!is_one_address(other), "{other}");
        }
    }
}
