//! Mail as a data source of LoopBack's `datasources.json`. Answers to loopback `lib/connectors/mail.js` (`transports`,
//! `transport`, `alias`, the default transport) and to the settings of nodemailer's SMTP transport.

use super::options::{MailOptions, MailTransport};
use super::smtp::{CaSource, SmtpMechanism, SmtpOptions, SmtpTls};
use crate::error::Error;
use crate::suggest::did_you_mean;
use serde_json::{Map, Value as Json};
use std::fmt;
use std::time::Duration;

/// What is wrong in the settings of a mail data source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFault {
    /// Where: `transports[0].port`; empty: the whole.
    pub path: String,
    /// What; it has no password in it.
    pub message: String,
}

impl fmt::Display for MailFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

impl From<MailFault> for Error {
    fn from(fault: MailFault) -> Self {
        Self::configuration(format!("mail: {fault}"))
    }
}

const TOP: [&str; 9] =
    ["name", "connector", "transports", "transport", "defaultTransport", "from", "templates", "dataSource", "pages"];
const SMTP: [&str; 18] = [
    "type",
    "alias",
    "host",
    "port",
    "secure",
    "secureConnection",
    "auth",
    "authMethod",
    "ignoreTLS",
    "requireTLS",
    "tls",
    "name",
    "service",
    "pool",
    "maxConnections",
    "connectionTimeout",
    "greetingTimeout",
    "socketTimeout",
];

/// Settings of nodemailer's that change nothing here.
const WITHOUT_EFFECT: [&str; 9] = [
    "maxMessages",
    "logger",
    "debug",
    "rateDelta",
    "rateLimit",
    "transactionLog",
    "dnsTimeout",
    "disableFileAccess",
    "disableUrlAccess",
];

/// What of Node's TLS is decided by the TLS library here, which takes nothing old.
const TLS_WITHOUT_EFFECT: [&str; 4] = ["minVersion", "maxVersion", "ciphers", "secureProtocol"];

/// Settings that an app relies on, and that would be missing in silence.
const MISSING: [(&str, &str); 3] = [
    ("dkim", "e-mails are not signed here: let the mail server sign them"),
    ("proxy", "there is no way through a proxy here"),
    ("localAddress", "the address that connections come from is the system's to choose"),
];

/// Keys that LoopBack's data sources have in common.
const COMMON: [&str; 10] =
    ["url", "host", "port", "database", "username", "user", "password", "adapter", "lazyConnect", "defaultForType"];

/// Servers that nodemailer knows by name: those that are asked for.
const SERVICES: [(&str, &str, u16); 8] = [
    ("gmail", "smtp.gmail.com", 465),
    ("sendgrid", "smtp.sendgrid.net", 587),
    ("mailgun", "smtp.mailgun.org", 465),
    ("postmark", "smtp.postmarkapp.com", 2525),
    ("mailjet", "in-v3.mailjet.com", 587),
    ("mandrill", "smtp.mandrillapp.com", 587),
    ("outlook365", "smtp.office365.com", 587),
    ("fastmail", "smtp.fastmail.com", 465),
];

impl MailOptions {
    /// The mail data source of a `datasources.json`:
    /// `{"connector": "mail", "transports": [{"type": "smtp", "host": "mail.shop.example", "port": 587, "secure": false,
    /// "auth": {"user": "shop", "pass": ".."}, "alias": "main"}], "defaultTransport": "main"}`, or with one `transport`. Times
    /// are milliseconds, as nodemailer's. Beside LoopBack's keys there are `from`, `templates`, `dataSource`, `pages`, and
    /// the types `file` (with `path`) and `sendmail` (with `path`).
    ///
    /// Without a transport it is the stub, as in LoopBack.
    ///
    /// # Errors
    /// All that is wrong, each with its place.
    pub fn from_json(settings: &Json) -> Result<Self, Vec<MailFault>> {
        let mut read = Reading { faults: Vec::new(), notices: Vec::new() };
        let options = read.options(settings);
        match options {
            Some(options) if read.faults.is_empty() => Ok(Self { notices: read.notices, ..options }),
            _ => Err(read.faults),
        }
    }
}

struct Reading {
    faults: Vec<MailFault>,
    notices: Vec<MailFault>,
}

impl Reading {
    fn fault(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.faults.push(MailFault { path: path.into(), message: message.into() });
    }

    fn notice(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.notices.push(MailFault { path: path.into(), message: message.into() });
    }

    fn object<'j>(&mut self, path: &str, json: &'j Json) -> Option<&'j Map<String, Json>> {
        let object = json.as_object();
        if object.is_none() {
            self.fault(path, "an object is needed");
        }
        object
    }

    /// A text; an empty one is none. What comes of a variable may look like a number: a password of digits.
    fn text(&mut self, of: &Map<String, Json>, path: &str, key: &str) -> Option<String> {
        match of.get(key) {
            None | Some(Json::Null) => None,
            Some(Json::String(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
            Some(Json::Number(number)) => Some(number.to_string()),
            Some(Json::Bool(flag)) => Some(flag.to_string()),
            Some(_) => {
                self.fault(at(path, key), "a text is needed");
                None
            }
        }
    }

    fn flag(&mut self, of: &Map<String, Json>, path: &str, key: &str) -> Option<bool> {
        match of.get(key) {
            None | Some(Json::Null) => None,
            Some(Json::Bool(flag)) => Some(*flag),
            Some(Json::String(text)) if text.is_empty() => None,
            Some(Json::String(text)) if matches!(text.as_str(), "true" | "false") => Some(text == "true"),
            Some(Json::Number(number)) if matches!(number.as_u64(), Some(0 | 1)) => Some(number.as_u64() == Some(1)),
            Some(_) => {
                self.fault(at(path, key), "`true` or `false` is needed");
                None
            }
        }
    }

    /// A whole number; a text of digits is one, as in nodemailer.
    fn number(&mut self, of: &Map<String, Json>, path: &str, key: &str, most: u64) -> Option<u64> {
        let number = match of.get(key) {
            None | Some(Json::Null) => return None,
            Some(Json::String(text)) if text.is_empty() => return None,
            Some(Json::Number(number)) => number.as_u64(),
            Some(Json::String(digits)) => digits.parse().ok(),
            Some(_) => None,
        };
        let number = number.filter(|number| (1..=most).contains(number));
        if number.is_none() {
            self.fault(at(path, key), format!("a whole number from 1 to {most} is needed"));
        }
        number
    }

    fn known(&mut self, of: &Map<String, Json>, path: &str, known: &[&str]) {
        self.known_or_idle(of, path, known, &[]);
    }

    /// What is neither known nor `idle`, which is known to change nothing, is a fault.
    fn known_or_idle(&mut self, of: &Map<String, Json>, path: &str, known: &[&str], idle: &[&str]) {
        for (key, value) in of.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
            let is = |list: &[&str]| list.contains(&key.as_str());
            let missing = MISSING.iter().find(|(name, _)| name == key).map(|(_, why)| *why);
            match missing {
                _ if value.is_null() => {}
                Some(why) => self.fault(at(path, key), why),
                // Generators of LoopBack leave keys that a mail data source has no use for.
                None if is(idle) || (path.is_empty() && is(&COMMON)) => self.notice(at(path, key), "has no effect"),
                None => {
                    let hint = did_you_mean(key, known.iter().chain(idle).copied());
                    let hint = if hint.is_empty() { format!("; there are {}", known.join(", ")) } else { hint };
                    self.fault(at(path, key), format!("there is no such setting{hint}"));
                }
            }
        }
    }

    fn options(&mut self, settings: &Json) -> Option<MailOptions> {
        let settings = self.object("", settings)?;
        self.known_or_idle(settings, "", &TOP, &["debug"]);
        let list: Vec<(String, &Json)> = match (settings.get("transports"), settings.get("transport")) {
            (Some(Json::Array(list)), _) => {
                list.iter().enumerate().map(|(at, one)| (format!("transports[{at}]"), one)).collect()
            }
            (Some(Json::Null) | None, Some(one)) if !one.is_null() => vec![("transport".to_owned(), one)],
            (Some(Json::Null) | None, _) => Vec::new(),
            (Some(_), _) => {
                self.fault("transports", "a list is needed");
                return None;
            }
        };
        let mut transports: Vec<(String, MailTransport)> = Vec::new();
        for (path, one) in list {
            let Some((name, transport)) = self.transport(&path, one) else { continue };
            // As LoopBack, which knows the last of a name by it, and the first as the default.
            if transports.iter().any(|(known, _)| *known == name) {
                self.fault(at(&path, "alias"), format!("there is a transport `{name}` already: give each its `alias`"));
            }
            transports.push((name, transport));
        }
        if transports.is_empty() && self.faults.is_empty() {
            self.notice("", "has no transport: e-mails are kept in memory and do not leave");
            transports.push((super::options::UNNAMED.to_owned(), MailTransport::Stub));
        }
        let mut options = MailOptions::of_transports(transports);
        if let Some(name) = self.text(settings, "", "defaultTransport") {
            options = options.default_transport(&name);
            if self.faults.is_empty() && options.named(None).is_none() {
                let hint = did_you_mean(&name, options.transports.iter().map(|(known, _)| known.as_str()));
                self.fault("defaultTransport", format!("there is no transport `{name}`{hint}"));
            }
        }
        options.from = self.text(settings, "", "from");
        options.templates = self.text(settings, "", "templates").map(Into::into);
        options.data_source = self.text(settings, "", "dataSource");
        options.pages = self.flag(settings, "", "pages").unwrap_or(true);
        Some(options)
    }

    fn transport(&mut self, path: &str, json: &Json) -> Option<(String, MailTransport)> {
        let of = self.object(path, json)?;
        let kind = self.text(of, path, "type");
        // One with a host is a server, whether it says so or not; LoopBack takes one without a type for the stub.
        let kind = kind.unwrap_or_else(|| {
            if of.contains_key("host") || of.contains_key("service") { "smtp".to_owned() } else { "stub".to_owned() }
        });
        let name = self.text(of, path, "alias").unwrap_or_else(|| kind.clone());
        let transport = match kind.to_lowercase().as_str() {
            "smtp" => MailTransport::Smtp(self.smtp(path, of)?),
            "sendmail" => {
                self.known(of, path, &["type", "alias", "path"]);
                MailTransport::Sendmail(self.text(of, path, "path").unwrap_or_else(|| "sendmail".to_owned()).into())
            }
            "file" => {
                self.known(of, path, &["type", "alias", "path"]);
                MailTransport::File(self.text(of, path, "path").unwrap_or_else(|| "mail".to_owned()).into())
            }
            "stub" => {
                // A server's settings stay where the type says `stub` for a while.
                let idle: Vec<&str> = SMTP.into_iter().chain(WITHOUT_EFFECT).collect();
                self.known_or_idle(of, path, &["type", "alias", "error"], &idle);
                MailTransport::Stub
            }
            other => {
                let hint = did_you_mean(other, ["smtp", "sendmail", "file", "stub"]);
                self.fault(
                    at(path, "type"),
                    format!(
                        "there is no transport `{other}`{hint}; `smtp`, `sendmail`, `file` and `stub` are there, and \
                         providers have SMTP servers"
                    ),
                );
                return None;
            }
        };
        Some((name, transport))
    }

    fn smtp(&mut self, path: &str, of: &Map<String, Json>) -> Option<SmtpOptions> {
        self.known_or_idle(of, path, &SMTP, &WITHOUT_EFFECT);
        let mut service = None;
        if let Some(name) = self.text(of, path, "service") {
            service = SERVICES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(&name));
            if service.is_none() && !of.contains_key("host") {
                let hint = did_you_mean(&name, SERVICES.iter().map(|(known, ..)| *known));
                self.fault(at(path, "service"), format!("no server is known by this name{hint}; write its `host`"));
                return None;
            }
        }
        let host = self.text(of, path, "host").or_else(|| service.map(|(_, host, _)| (*host).to_owned()));
        // nodemailer's.
        let host = host.unwrap_or_else(|| "localhost".to_owned());
        if host.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/') {
            self.fault(at(path, "host"), "it is no name of a host");
        }
        let mut smtp = SmtpOptions::new(host);
        let port = self.number(of, path, "port", 65_535).and_then(|port| u16::try_from(port).ok());
        smtp.port = port.or_else(|| service.map(|(.., port)| *port));
        smtp.tls = self.encryption(path, of);
        self.log_in(path, of, &mut smtp);
        smtp.hello = self.text(of, path, "name");
        if let Some(tls) = of.get("tls").filter(|tls| !tls.is_null()) {
            self.certificates(&at(path, "tls"), tls, &mut smtp);
        }
        if self.flag(of, path, "pool") == Some(false) {
            smtp.connections = 1;
        }
        if let Some(most) = self.number(of, path, "maxConnections", 1_000) {
            smtp.connections = u32::try_from(most).unwrap_or(u32::MAX);
        }
        let times = ["connectionTimeout", "greetingTimeout", "socketTimeout"];
        // One time counts for each answer here: the longest of them.
        let longest = times.iter().filter_map(|key| self.number(of, path, key, 86_400_000)).max();
        if let Some(time) = longest {
            smtp = smtp.timeout(Duration::from_millis(time));
        }
        Some(smtp)
    }

    fn encryption(&mut self, path: &str, of: &Map<String, Json>) -> Option<SmtpTls> {
        let secure = self.flag(of, path, "secure");
        let secure = secure.or_else(|| self.flag(of, path, "secureConnection"));
        let ignore = self.flag(of, path, "ignoreTLS") == Some(true);
        let require = self.flag(of, path, "requireTLS") == Some(true);
        match (secure, ignore, require) {
            (_, true, true) => {
                self.fault(at(path, "ignoreTLS"), "`requireTLS` says the opposite");
                None
            }
            (Some(true), _, _) => Some(SmtpTls::Wrapper),
            (_, true, _) => Some(SmtpTls::None),
            (_, _, true) => Some(SmtpTls::Required),
            _ => None,
        }
    }

    fn log_in(&mut self, path: &str, of: &Map<String, Json>, smtp: &mut SmtpOptions) {
        let mut mechanism = self.text(of, path, "authMethod");
        if let Some(auth) = of.get("auth").filter(|auth| !auth.is_null()) {
            let path = at(path, "auth");
            if let Some(auth) = self.object(&path, auth) {
                self.known(auth, &path, &["user", "pass", "type", "accessToken"]);
                smtp.user = self.text(auth, &path, "user");
                smtp.password = self.text(auth, &path, "pass");
                if self.text(auth, &path, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("oauth2")) {
                    mechanism = Some("XOAUTH2".to_owned());
                    smtp.password = self.text(auth, &path, "accessToken");
                }
                if smtp.user.is_some() != smtp.password.is_some() {
                    self.fault(&path, "`user` and `pass` are needed, or neither");
                }
            }
        }
        if let Some(name) = mechanism {
            match name.to_uppercase().as_str() {
                "PLAIN" => smtp.mechanism = Some(SmtpMechanism::Plain),
                "LOGIN" => smtp.mechanism = Some(SmtpMechanism::Login),
                "XOAUTH2" => smtp.mechanism = Some(SmtpMechanism::XOAuth2),
                _ => self.fault(at(path, "authMethod"), "`PLAIN`, `LOGIN` and `XOAUTH2` are there"),
            }
        }
    }

    fn certificates(&mut self, path: &str, tls: &Json, smtp: &mut SmtpOptions) {
        let Some(tls) = self.object(path, tls) else { return };
        self.known_or_idle(tls, path, &["rejectUnauthorized", "servername", "ca"], &TLS_WITHOUT_EFFECT);
        if self.flag(tls, path, "rejectUnauthorized") == Some(false) {
            smtp.accept_invalid_certs = true;
        }
        smtp.server_name = self.text(tls, path, "servername");
        // nodemailer's is the certificate itself, or several; a path is easier to write.
        let source =
            |ca: String| if ca.contains("-----BEGIN") { CaSource::Text(ca) } else { CaSource::File(ca.into()) };
        match tls.get("ca") {
            Some(Json::Array(list)) => {
                for (index, one) in list.iter().enumerate() {
                    match one.as_str() {
                        Some(ca) => smtp.ca.push(source(ca.to_owned())),
                        None => self.fault(format!("{path}.ca[{index}]"), "a text is needed"),
                    }
                }
            }
            _ => smtp.ca.extend(self.text(tls, path, "ca").map(source)),
        }
    }
}

fn at(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn loopbacks_data_source_is_read() {
        let options = MailOptions::from_json(&json!({
            "name": "mail", "connector": "mail",
            "transports": [
                {"type": "smtp", "host": "smtp.private.com", "secure": false, "port": 587, "tls": {"rejectUnauthorized": false},
                 "auth": {"user": "me@private.com", "pass": "password"}},
                {"type": "SMTP", "alias": "second", "host": "b.example", "secureConnection": true, "socketTimeout": 5000}
            ],
            "defaultTransport": "second"
        }))
        .unwrap();
        assert_eq!(options.transports[0].0, "smtp");
        let MailTransport::Smtp(first) = &options.transports[0].1 else { panic!("{options:?}") };
        assert_eq!((first.host.as_str(), first.port_number()), ("smtp.private.com", 587));
        assert_eq!(first.encryption(), SmtpTls::Required);
        assert!(first.accept_invalid_certs);
        assert_eq!(options.named(None), Some(1));
        let MailTransport::Smtp(second) = &options.transports[1].1 else { panic!("{options:?}") };
        assert_eq!((second.encryption(), second.port_number()), (SmtpTls::Wrapper, 465));
        assert_eq!(second.timeout, Duration::from_secs(5));
    }

    #[test]
    fn one_transport_or_none_as_in_loopback() {
        let one = MailOptions::from_json(&json!({ "connector": "mail", "transport": { "type": "stub" } })).unwrap();
        assert!(matches!(one.transports[0].1, MailTransport::Stub));
        let none = MailOptions::from_json(&json!({ "connector": "mail" })).unwrap();
        assert!(matches!(none.transports[0].1, MailTransport::Stub));
    }

    #[test]
    fn what_changes_nothing_is_a_notice_and_what_would_be_missed_a_fault() {
        let options = MailOptions::from_json(&json!({
            "connector": "mail", "host": "x", "debug": true,
            "transports": [{"type": "smtp", "host": "a", "rateLimit": 5, "logger": null, "tls": {"ciphers": "SSLv3"}}]
        }))
        .unwrap();
        let lines: Vec<String> = options.notices.iter().map(ToString::to_string).collect();
        let has = |path: &str| lines.contains(&format!("{path}: has no effect"));
        assert!(has("host") && has("debug"), "{lines:?}");
        assert!(has("transports[0].rateLimit") && has("transports[0].tls.ciphers"), "{lines:?}");
        assert_eq!(lines.len(), 4, "{lines:?}");
        let faults = MailOptions::from_json(&json!({
            "connector": "mail", "colour": 1,
            "transports": [{"type": "smtp", "dkim": {"privateKey": "hunter2"}, "zzz": 1}, {"type": "stub", "alias": "x", "paht": "a"}]
        }));
        let lines: Vec<String> = faults.unwrap_err().iter().map(ToString::to_string).collect();
        let all = lines.join("\n");
        for part in [
            "colour: there is no such setting; there are name, connector",
            "transports[0].dkim: e-mails are not signed here",
            "transports[0].zzz: there is no such setting; there are type, alias, host",
            "transports[1].paht: there is no such setting",
        ] {
            assert!(all.contains(part), "{part}\n{all}");
        }
        assert!(!all.contains("hunter2"), "{all}");
    }

    #[test]
    fn everything_wrong_is_told_with_its_place_and_without_the_password() {
        let faults = MailOptions::from_json(&json!({
            "connector": "mail", "transport": null, "defaultTransprot": "x",
            "transports": [{"type": "smpt"}, {"type": "smtp", "port": "x", "hots": "a", "auth": {"user": "a", "pas": "hunter2"}}, 3]
        }))
        .unwrap_err();
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let all = lines.join("\n");
        for part in [
            "defaultTransprot: there is no such setting; did you mean `defaultTransport`?",
            "transports[0].type: there is no transport `smpt`; did you mean `smtp`?",
            "transports[1].port: a whole number",
            "transports[1].hots: there is no such setting; did you mean `host`?",
            "transports[1].auth.pas: there is no such setting; did you mean `pass`?",
            "transports[1].auth: `user` and `pass`",
            "transports[2]: an object",
        ] {
            assert!(all.contains(part), "{part}\n{all}");
        }
        assert!(!all.contains("hunter2"), "{all}");
    }
}
