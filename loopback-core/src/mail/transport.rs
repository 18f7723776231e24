//! The ways out, made of the settings.

use super::client::SmtpClient;
use super::letter::Letter;
use super::options::MailTransport;
use super::sendmail;
use crate::error::{Error, Result};
use lettre::{Address, Message};
use std::collections::VecDeque;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// E-mails that the stub remembers.
const REMEMBERED: usize = 1_000;

/// Why an e-mail did not go out.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) text: String,
    /// It is refused for good.
    pub(super) for_good: bool,
    /// The transport is of no use to others either, for now.
    pub(super) pause: bool,
    /// The server has had its hand in.
    pub(super) counts: bool,
}

impl Failed {
    /// The server cannot be reached, or does not let us in.
    pub(super) fn unreachable(text: String) -> Self {
        Self { text, for_good: false, pause: true, counts: false }
    }

    /// The conversation has broken off.
    pub(super) fn broken(text: String) -> Self {
        Self { text, for_good: false, pause: true, counts: true }
    }

    /// The server does not take it now.
    pub(super) fn later(text: String) -> Self {
        Self { text, for_good: false, pause: false, counts: true }
    }

    /// The server does not take it.
    pub(super) fn refused(text: String) -> Self {
        Self { text, for_good: true, pause: false, counts: true }
    }
}

/// A recipient whom an e-mail has not reached, while it may have reached others.
#[derive(Debug)]
pub(super) struct NotTaken {
    pub(super) address: String,
    pub(super) text: String,
    /// It is refused for good.
    pub(super) for_good: bool,
}

/// An e-mail that a stub has kept.
#[derive(Clone)]
pub struct SentEmail {
    /// All recipients, the hidden ones too.
    pub to: Vec<String>,
    /// The sender.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: Option<String>,
    /// The text as HTML.
    pub html: Option<String>,
    /// The message as it would have gone out.
    pub message: String,
}

/// Without what it says: links are secrets.
impl fmt::Debug for SentEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentEmail").field("to", &self.to).field("subject", &self.subject).finish_non_exhaustive()
    }
}

pub(super) enum Transport {
    Smtp(Box<SmtpClient>),
    Sendmail(PathBuf),
    File(PathBuf),
    Stub(Mutex<VecDeque<SentEmail>>),
}

impl Transport {
    /// # Errors
    /// A certificate cannot be read.
    pub(super) fn new(options: &MailTransport) -> Result<Self> {
        Ok(match options {
            MailTransport::Smtp(smtp) => Self::Smtp(Box::new(SmtpClient::new(smtp.clone())?)),
            MailTransport::Sendmail(path) => Self::Sendmail(path.clone()),
            MailTransport::File(folder) => Self::File(folder.clone()),
            MailTransport::Stub => Self::Stub(Mutex::default()),
        })
    }

    /// Hands a message over to those of its recipients who have not got it yet, within a time; gives those whom it has not
    /// reached, while it has reached the others.
    ///
    /// # Errors
    /// It is not taken, or nobody knows whether it was.
    pub(super) async fn send(
        &self,
        letter: &Letter,
        message: Message,
        limit: Duration,
    ) -> std::result::Result<Vec<NotTaken>, Failed> {
        let to = letter.addressees(&message);
        if to.is_empty() {
            return Ok(Vec::new());
        }
        tokio::time::timeout(limit, self.hand_over(letter, message, &to))
            .await
            .unwrap_or_else(|_| Err(Failed::broken(format!("it took more than {limit:?}"))))
    }

    async fn hand_over(
        &self,
        letter: &Letter,
        message: Message,
        to: &[Address],
    ) -> std::result::Result<Vec<NotTaken>, Failed> {
        match self {
            Self::Smtp(client) => client.send(message.envelope().from(), to, &message.formatted()).await,
            Self::Sendmail(program) => {
                sendmail::send(program, message.envelope().from(), to, &message.formatted()).await?;
                Ok(Vec::new())
            }
            Self::File(folder) => {
                let folder = folder.clone();
                let written = tokio::task::spawn_blocking(move || write(&folder, &message.formatted())).await;
                match written {
                    Ok(Ok(())) => Ok(Vec::new()),
                    Ok(Err(error)) => Err(Failed::unreachable(error)),
                    Err(error) => Err(Failed::broken(error.to_string())),
                }
            }
            Self::Stub(kept) => {
                tracing::info!(recipients = to.len(), "mail: the stub has kept an e-mail");
                let email = SentEmail {
                    to: to.iter().map(ToString::to_string).collect(),
                    from: letter.from().to_owned(),
                    subject: letter.subject.clone(),
                    text: letter.text.clone(),
                    html: letter.html.clone(),
                    message: String::from_utf8_lossy(&message.formatted()).into_owned(),
                };
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() == REMEMBERED {
                    kept.pop_front();
                }
                kept.push_back(email);
                Ok(Vec::new())
            }
        }
    }

    /// What a stub has kept.
    pub(super) fn kept(&self) -> Vec<SentEmail> {
        match self {
            Self::Stub(kept) => kept.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect(),
            _ => Vec::new(),
        }
    }

    pub(super) async fn close(&self) {
        if let Self::Smtp(client) = self {
            client.close().await;
        }
    }
}

/// Writes a message into a folder, for its owner alone: links in it are secrets. The names are in the order of time.
fn write(folder: &Path, message: &[u8]) -> std::result::Result<(), String> {
    let told = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(told)?;
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let name = format!("{millis}-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);
    write_as(folder, &name, message).map_err(told)
}

/// A file that is there is whole.
fn write_as(folder: &Path, name: &str, message: &[u8]) -> std::io::Result<()> {
    let (unfinished, done) = (folder.join(format!("{name}.tmp")), folder.join(format!("{name}.eml")));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    let written = file.write_all(message).and_then(|()| std::fs::rename(&unfinished, &done));
    if written.is_err() {
        // It is tried again, under another name: what has begun is of no use, and has links in it.
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}

/// # Errors
/// The name is none of a transport.
pub(super) fn unknown_transport(name: &str, known: &[(String, MailTransport)]) -> Error {
    let hint = crate::suggest::did_you_mean(name, known.iter().map(|(known, _)| known.as_str()));
    Error::new(422, format!("there is no transport `{name}` of e-mails{hint}")).with_code("INVALID_EMAIL")
}

#[cfg(test)]
mod tests {
    use super::write_as;

    #[test]
    fn a_write_that_fails_leaves_nothing_behind() {
        let folder = std::env::temp_dir().join(format!("lb_mail_{}", uuid::Uuid::new_v4()));
        // A file cannot take the place of a folder.
        std::fs::create_dir_all(folder.join("1.eml")).unwrap();
        assert!(write_as(&folder, "1", b"x").is_err());
        write_as(&folder, "2", b"x").unwrap();
        let mut names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["1.eml", "2.eml"]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
