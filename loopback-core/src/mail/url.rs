//! Mail by a URL: what `MAIL_URL` says.

use super::options::{MailOptions, MailTransport};
use super::smtp::{SmtpOptions, SmtpTls};
use crate::access::percent_decoded;
use crate::error::{Error, Result};
use crate::suggest::did_you_mean;
use std::time::Duration;

const FORMS: &str = "`smtp://user:password@host:587`, `smtps://..`, `sendmail:`, `file:folder`, `stub:`";

impl MailOptions {
    /// Mail by a URL:
    ///
    /// | URL | meaning |
    /// |---|---|
    /// | `smtp://user:password@host:587` | an SMTP server; with a password STARTTLS is required, unless it is on this machine |
    /// | `smtps://user:password@host` | an SMTP server with TLS from the first byte on, port 465 |
    /// | `sendmail:`, `sendmail:/usr/sbin/sendmail` | the program |
    /// | `file:mail` | files in a folder |
    /// | `stub:` | nothing leaves |
    ///
    /// Characters of user and password that a URL takes for its own are percent-encoded. After a `?` there may be, for
    /// servers: `tls` (`required`, `opportunistic`, `none`), `ca` (a PEM file to trust beside the usual ones), `timeout` and
    /// `connections`; and for all, `from`.
    ///
    /// # Errors
    /// It is none of these; the message has no password in it.
    pub fn from_url(url: &str) -> Result<Self> {
        let wrong = |what: String| Error::configuration(format!("the URL of the mail {what}: {FORMS}"));
        let (scheme, rest) = url.split_once(':').ok_or_else(|| wrong("has no scheme".to_owned()))?;
        let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
        let path = place.trim_start_matches("//");
        let mut smtp = None;
        let mut options = match scheme {
            "smtp" | "smtps" => {
                smtp = Some(server(scheme, path).map_err(|what| wrong(what.to_owned()))?);
                Self::stub()
            }
            "sendmail" if path.is_empty() => Self::sendmail(),
            // Absolute: `sendmail:/usr/sbin/sendmail`, `sendmail:///usr/sbin/sendmail`.
            "sendmail" => Self::new(MailTransport::Sendmail(path.into())),
            "file" => Self::file(if path.is_empty() { "mail" } else { path }),
            "stub" => Self::stub(),
            other => {
                let hint = did_you_mean(other, ["smtp", "smtps", "sendmail", "file", "stub"]);
                return Err(wrong(format!("has the unknown scheme `{other}`{hint}")));
            }
        };
        for part in query.into_iter().flat_map(|query| query.split('&')).filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let value = percent_decoded(value).ok_or_else(|| wrong(format!("has a broken `{key}`")))?;
            let number = || value.parse::<u32>().ok().filter(|number| *number > 0);
            match (key, smtp.take()) {
                ("from", server) => {
                    options = options.from(&value);
                    smtp = server;
                }
                ("tls", Some(server)) => {
                    let tls = match value.as_str() {
                        "required" => SmtpTls::Required,
                        "opportunistic" => SmtpTls::Opportunistic,
                        "none" => SmtpTls::None,
                        _ => return Err(wrong("has a `tls` that is not `required`, `opportunistic` or `none`".into())),
                    };
                    if scheme == "smtps" {
                        return Err(wrong("says `smtps` and `tls`".to_owned()));
                    }
                    smtp = Some(server.tls(tls));
                }
                ("timeout", Some(server)) => {
                    let seconds =
                        number().ok_or_else(|| wrong("has a `timeout` that is no number of seconds".into()))?;
                    smtp = Some(server.timeout(Duration::from_secs(seconds.into())));
                }
                ("connections", Some(server)) => {
                    let count = number().ok_or_else(|| wrong("has `connections` that are no number".to_owned()))?;
                    smtp = Some(server.connections(count));
                }
                ("ca", Some(server)) if !value.is_empty() => smtp = Some(server.trust(&value)),
                (other, _) => {
                    let hint = did_you_mean(other, ["from", "tls", "ca", "timeout", "connections"]);
                    return Err(wrong(format!("has the unknown setting `{other}`{hint}")));
                }
            }
        }
        if let Some(smtp) = smtp {
            options.transports[0].1 = MailTransport::Smtp(smtp);
        }
        Ok(options)
    }
}

/// `user:password@host:587`.
fn server(scheme: &str, place: &str) -> std::result::Result<SmtpOptions, &'static str> {
    let place = place.strip_suffix('/').unwrap_or(place);
    // The last one: a password may have one, though it ought to be encoded.
    let (log_in, place) = place.rsplit_once('@').map_or((None, place), |(log_in, place)| (Some(log_in), place));
    let (host, port) = match place.rsplit_once(':') {
        // An address of the newer kind stands in brackets.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (place, None),
    };
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '#' | '@');
    if host.is_empty() || host.contains(odd) {
        return Err("has no host");
    }
    let mut smtp = SmtpOptions::new(host.trim_start_matches('[').trim_end_matches(']'));
    if let Some(port) = port {
        smtp.port = Some(port.parse().ok().filter(|port| *port > 0).ok_or("has a port that is no number up to 65535")?);
    }
    if let Some(log_in) = log_in {
        let (user, password) = log_in.split_once(':').ok_or("has a user without a password")?;
        let decoded = |text: &str| percent_decoded(text).ok_or("has a user or a password with a broken `%`");
        smtp = smtp.credentials(decoded(user)?, decoded(password)?);
    }
    if scheme == "smtps" {
        smtp.tls = Some(SmtpTls::Wrapper);
    }
    Ok(smtp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(url: &str) -> SmtpOptions {
        match MailOptions::from_url(url).unwrap().transports.remove(0).1 {
            MailTransport::Smtp(smtp) => smtp,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn servers_are_read() {
        let server = smtp("smtp://me%40shop.example:p%3Aa@ss@mail.shop.example:2525?tls=none&timeout=3");
        assert_eq!((server.host.as_str(), server.port_number()), ("mail.shop.example", 2525));
        assert_eq!(server.user.as_deref(), Some("me@shop.example"));
        assert_eq!(server.password.as_deref(), Some("p:a@ss"));
        assert_eq!((server.encryption(), server.timeout), (SmtpTls::None, Duration::from_secs(3)));
        assert_eq!(smtp("smtps://mail.shop.example/").port_number(), 465);
        let local = smtp("smtp://[::1]:1025");
        assert_eq!((local.host.as_str(), local.port_number()), ("::1", 1025));
    }

    #[test]
    fn other_ways_out_are_read() {
        let way = |url: &str| MailOptions::from_url(url).unwrap().transports[0].1.to_string();
        assert_eq!(way("sendmail:"), "sendmail sendmail");
        assert_eq!(way("sendmail:/usr/sbin/sendmail"), "sendmail /usr/sbin/sendmail");
        assert_eq!(way("file:out/mail"), "files in out/mail");
        assert_eq!(way("file:///tmp/mail"), "files in /tmp/mail");
        assert_eq!(way("stub:"), "stub: nothing leaves");
        assert_eq!(MailOptions::from_url("stub:?from=a%40b.test").unwrap().from.as_deref(), Some("a@b.test"));
    }

    #[test]
    fn what_is_none_is_told_without_the_password() {
        for (url, part) in [
            ("mail.shop.example", "no scheme"),
            ("smpt://a", "did you mean `smtp`"),
            ("smtp://", "no host"),
            ("smtp://a:hunter2@", "no host"),
            ("smtp://hunter2@host", "without a password"),
            ("smtp://a:hunter2@host:x", "port"),
            ("smtp://a:hunter2%@host", "broken"),
            ("smtp://a:hunter2@host?tsl=none", "did you mean `tls`"),
            ("smtps://host?tls=none", "smtps"),
            ("stub:?tls=none", "unknown setting"),
        ] {
            let error = MailOptions::from_url(url).unwrap_err().to_string();
            assert!(error.contains(part), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
