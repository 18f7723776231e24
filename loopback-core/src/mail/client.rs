//! Talking to an SMTP server, with lettre. Connections that are good are kept; one on which something has gone wrong is
//! never used again. lettre's own pool would take a connection back whose answer was not waited for, and its answers would
//! then be taken for those of the next e-mail.

use super::conversation::{speak, told};
use super::smtp::{CaSource, SmtpMechanism, SmtpOptions, SmtpTls};
use super::transport::{Failed, NotTaken};
use crate::error::{Error, Result};
use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a connection is kept that nobody uses: servers close them after a few minutes.
const IDLE: Duration = Duration::from_secs(60);

/// How long a server may take for its part of a goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

pub(super) struct SmtpClient {
    options: SmtpOptions,
    hello: ClientId,
    tls: Option<TlsParameters>,
    credentials: Option<Credentials>,
    mechanisms: Vec<Mechanism>,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

/// Without the credentials.
impl fmt::Debug for SmtpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpClient({:?})", self.options)
    }
}

impl SmtpClient {
    /// # Errors
    /// A certificate cannot be read.
    pub(super) fn new(options: SmtpOptions) -> Result<Self> {
        let tls = match options.encryption() {
            SmtpTls::None => None,
            _ => Some(certificates(&options)?),
        };
        let mechanisms = match options.mechanism {
            None => DEFAULT_MECHANISMS.to_vec(),
            Some(SmtpMechanism::Plain) => vec![Mechanism::Plain],
            Some(SmtpMechanism::Login) => vec![Mechanism::Login],
            Some(SmtpMechanism::XOAuth2) => vec![Mechanism::Xoauth2],
        };
        let credentials = options.user.clone().zip(options.password.clone());
        Ok(Self {
            hello: options.hello.clone().map(ClientId::Domain).unwrap_or_default(),
            tls,
            credentials: credentials.map(|(user, password)| Credentials::new(user, password)),
            mechanisms,
            idle: Mutex::new(Vec::new()),
            options,
        })
    }

    /// Hands a message over; gives the recipients who have not got it.
    ///
    /// # Errors
    /// It is not taken, or nobody knows whether it was.
    pub(super) async fn send(
        &self,
        from: Option<&Address>,
        to: &[Address],
        message: &[u8],
    ) -> std::result::Result<Vec<NotTaken>, Failed> {
        // Here and not in a pool: dropped on any error, and when nobody waits for it any more.
        let mut connection = self.connection().await?;
        match speak(&mut connection, from, to, message, self.options.timeout).await {
            Ok(spoken) => {
                if spoken.reusable {
                    self.keep(connection);
                }
                Ok(spoken.not_taken)
            }
            Err(failed) => {
                // Who was answered says goodbye.
                if !failed.pause {
                    drop(tokio::time::timeout(GOODBYE, connection.abort()).await);
                }
                Err(failed)
            }
        }
    }

    async fn connection(&self) -> std::result::Result<AsyncSmtpConnection, Failed> {
        let limit = self.options.timeout;
        while let Some(mut kept) = self.kept() {
            if tokio::time::timeout(limit, kept.test_connected()).await == Ok(true) {
                return Ok(kept);
            }
        }
        let place = format!("{}:{}", self.options.host, self.options.port_number());
        match tokio::time::timeout(limit, self.connect()).await {
            Ok(done) => done.map_err(|error| Failed::unreachable(format!("{place}: {}", self.advised(&error)))),
            Err(_) => Err(Failed::unreachable(format!("{place}: no connection within {limit:?}"))),
        }
    }

    /// What is wrong with a connection, and what to do about it when that is a matter of settings.
    fn advised(&self, error: &SmtpError) -> String {
        let text = told(error);
        let has = |part: &str| text.contains(part);
        let advice = if has("invalid peer certificate: certificate not valid for name") || has("NotValidForName") {
            "the certificate is of another name: write that as `host`, or as `tls.servername` \
             (`SmtpOptions::server_name`)"
        } else if has("invalid peer certificate") && has("xpired") {
            "the certificate is out of date: the server needs a new one"
        } else if has("invalid peer certificate") {
            "the certificate is none that is trusted: name the one of its authority, `tls.ca` in the data source, \
             `?ca=` in MAIL_URL or `SmtpOptions::trust`"
        } else if has("InvalidContentType") {
            "the server does not begin with TLS on this port: STARTTLS is `secure: false` and `smtp:`, on the port 587 as a \
             rule"
        } else if has("STARTTLS is not supported") {
            "the server does not offer encryption, so that it gets nothing: use its port for TLS (`secure: true`, \
             `smtps:`), or take it as it is with `ignoreTLS` or `tls=none`"
        } else if error.status().is_some_and(|code| matches!(u16::from(code), 534 | 535 | 538)) {
            "the server does not take the log-in: look at user and password"
        } else if has("No compatible authentication mechanism") {
            "the server does not offer to log in that way, or not on this port"
        } else {
            return text;
        };
        format!("{text}; {advice}")
    }

    async fn connect(&self) -> std::result::Result<AsyncSmtpConnection, SmtpError> {
        let (server, tls) = ((self.options.host.as_str(), self.options.port_number()), self.options.encryption());
        let wrapped = self.tls.clone().filter(|_| tls == SmtpTls::Wrapper);
        let limit = Some(self.options.timeout);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, limit, &self.hello, wrapped, None).await?;
        let upgrades = match tls {
            SmtpTls::Required => true,
            SmtpTls::Opportunistic => connection.can_starttls(),
            SmtpTls::Wrapper | SmtpTls::None => false,
        };
        if let Some(tls) = self.tls.clone().filter(|_| upgrades) {
            connection.starttls(tls, &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&self.mechanisms, credentials).await?;
        }
        Ok(connection)
    }

    fn kept(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < IDLE);
        idle.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if !connection.has_broken() && idle.len() < self.options.connections as usize {
            idle.push((connection, Instant::now()));
        }
    }

    /// Says goodbye on the connections that are kept.
    pub(super) async fn close(&self) {
        while let Some(mut connection) = self.kept() {
            // A server that does not answer to it is left.
            drop(tokio::time::timeout(GOODBYE, connection.quit()).await);
        }
    }
}

/// How a certificate begins.
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// # Errors
/// The certificate cannot be read, or is none.
fn certificates(options: &SmtpOptions) -> Result<TlsParameters> {
    let wrong = |what: String| Error::configuration(format!("mail: {what}"));
    let name = options.server_name.clone().unwrap_or_else(|| options.host.clone());
    let mut tls = TlsParameters::builder(name);
    if options.accept_invalid_certs {
        tls = tls.dangerous_accept_invalid_certs(true);
    }
    for ca in &options.ca {
        let (pem, place) = match ca {
            CaSource::Text(pem) => (pem.clone().into_bytes(), "the certificate in the settings".to_owned()),
            CaSource::File(path) => {
                let place = format!("the certificate {}", path.display());
                (std::fs::read(path).map_err(|error| wrong(format!("{place}: {error}")))?, place)
            }
        };
        // lettre takes a file without one for no certificate at all.
        if !pem.windows(BEGIN.len()).any(|part| part == BEGIN) {
            return Err(wrong(format!("{place}: it is none in PEM, `-----BEGIN CERTIFICATE-----`")));
        }
        let certificate = Certificate::from_pem(&pem).map_err(|error| wrong(format!("{place}: {error}")))?;
        tls = tls.add_root_certificate(certificate);
    }
    tls.build_rustls().map_err(|error| wrong(format!("TLS to {}: {error}", options.host)))
}
