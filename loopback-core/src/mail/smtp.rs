//! The settings of an SMTP server.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// How the connection to an SMTP server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// From the first byte on: the port 465, `secure: true` in LoopBack.
    Wrapper,
    /// By STARTTLS; a server that does not offer it gets nothing.
    Required,
    /// By STARTTLS where the server offers it. Who sits between can take the offer away.
    Opportunistic,
    /// Not at all.
    None,
}

/// An SMTP server, and how to talk to it.
#[derive(Clone)]
pub struct SmtpOptions {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) tls: Option<SmtpTls>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) mechanism: Option<SmtpMechanism>,
    pub(crate) hello: Option<String>,
    pub(crate) ca: Vec<CaSource>,
    pub(crate) accept_invalid_certs: bool,
    pub(crate) server_name: Option<String>,
    pub(crate) connections: u32,
    pub(crate) timeout: Duration,
}

/// A certificate in PEM.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "mail"), allow(dead_code, reason = "read where mail is sent"))]
pub(crate) enum CaSource {
    File(PathBuf),
    Text(String),
}

/// How a log-in at an SMTP server goes: nodemailer's `authMethod`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpMechanism {
    /// PLAIN.
    Plain,
    /// LOGIN.
    Login,
    /// XOAUTH2; the password is the token.
    XOAuth2,
}

/// Without the password.
impl fmt::Debug for SmtpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpOptions")
            .field("host", &self.host)
            .field("port", &self.port_number())
            .field("tls", &self.encryption())
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "***"))
            .finish_non_exhaustive()
    }
}

impl SmtpOptions {
    /// A server.
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: None,
            tls: None,
            user: None,
            password: None,
            mechanism: None,
            hello: None,
            ca: Vec::new(),
            accept_invalid_certs: false,
            server_name: None,
            connections: 4,
            timeout: Duration::from_secs(20),
        }
    }

    /// The TCP port; without one 465 with [`SmtpTls::Wrapper`], else 587.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// How the connection is encrypted. Unless set: [`SmtpTls::Required`] with a password, [`SmtpTls::Opportunistic`] without
    /// one or to this machine.
    ///
    /// Differs from nodemailer, which hands a password over a line that is not encrypted when the server does not offer
    /// STARTTLS.
    #[must_use]
    pub fn tls(mut self, tls: SmtpTls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// The name and the password to log in with.
    #[must_use]
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self.password = Some(password.into());
        self
    }

    /// How to log in; what the server offers unless set.
    #[must_use]
    pub fn mechanism(mut self, mechanism: SmtpMechanism) -> Self {
        self.mechanism = Some(mechanism);
        self
    }

    /// How this machine is called in `EHLO`; its host name unless set.
    #[must_use]
    pub fn hello(mut self, name: impl Into<String>) -> Self {
        self.hello = Some(name.into());
        self
    }

    /// A certificate authority beside those that everybody trusts: a PEM file, read at the start. nodemailer's `tls.ca`.
    #[must_use]
    pub fn trust(mut self, pem: impl Into<PathBuf>) -> Self {
        self.ca.push(CaSource::File(pem.into()));
        self
    }

    /// As [`trust`](Self::trust), with the text of the file.
    #[must_use]
    pub fn trust_pem(mut self, pem: impl Into<String>) -> Self {
        self.ca.push(CaSource::Text(pem.into()));
        self
    }

    /// The name that the certificate is to have; the host unless set. nodemailer's `tls.servername`.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// Takes any certificate: LoopBack's `tls.rejectUnauthorized: false`. Whoever sits between can read everything, the
    /// password too.
    #[must_use]
    pub fn accept_invalid_certificates(mut self) -> Self {
        self.accept_invalid_certs = true;
        self
    }

    /// How many connections are kept open; 4 unless set.
    #[must_use]
    pub fn connections(mut self, count: u32) -> Self {
        self.connections = count.max(1);
        self
    }

    /// How long the server may take for each of its answers; 20 seconds unless set.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time.max(Duration::from_millis(10));
        self
    }

    pub(crate) fn port_number(&self) -> u16 {
        self.port.unwrap_or(if self.tls == Some(SmtpTls::Wrapper) { 465 } else { 587 })
    }

    pub(crate) fn encryption(&self) -> SmtpTls {
        self.tls.unwrap_or_else(|| {
            if self.port == Some(465) {
                SmtpTls::Wrapper
            } else if self.password.is_some() && !self.is_local() {
                SmtpTls::Required
            } else {
                SmtpTls::Opportunistic
            }
        })
    }

    /// Whether the server is on this machine.
    fn is_local(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_go_over_an_open_line_unless_it_is_asked_to() {
        let smtp = SmtpOptions::new("mail.shop.example");
        assert_eq!((smtp.port_number(), smtp.encryption()), (587, SmtpTls::Opportunistic));
        let smtp = smtp.credentials("shop", "secret");
        assert_eq!((smtp.port_number(), smtp.encryption()), (587, SmtpTls::Required));
        assert_eq!(smtp.clone().port(465).encryption(), SmtpTls::Wrapper);
        assert_eq!(smtp.tls(SmtpTls::None).encryption(), SmtpTls::None);
        assert_eq!(SmtpOptions::new("127.0.0.1").credentials("a", "b").encryption(), SmtpTls::Opportunistic);
    }

    #[test]
    fn a_password_is_not_printed() {
        let smtp = SmtpOptions::new("mail.shop.example").credentials("shop", "hunter2-secret");
        assert!(!format!("{smtp:?} {:?}", super::super::MailOptions::smtp(smtp.clone())).contains("hunter2"));
    }
}
