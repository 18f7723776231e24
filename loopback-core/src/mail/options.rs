//! What an app says about its mail: where it goes out, and how stubborn the outbox is.

use super::json::MailFault;
use super::smtp::SmtpOptions;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// The name of a transport that has none.
pub(crate) const UNNAMED: &str = "default";

/// The mail of an app: [`AppBuilder::mail`](crate::app::AppBuilder::mail). The transports of LoopBack's mail data source, the
/// sender, the templates, and the outbox.
///
/// ```ignore
/// App::from_env()?.mail(MailOptions::smtp(SmtpOptions::new("mail.shop.example").credentials("shop", secret)).from("Shop <shop@shop.example>"))
/// ```
///
/// It never prints a password.
#[derive(Clone, Debug)]
pub struct MailOptions {
    /// Each with its name; never empty.
    pub(crate) transports: Vec<(String, MailTransport)>,
    /// The name of the one that is taken when an e-mail names none.
    pub(crate) default_transport: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) templates: Option<PathBuf>,
    pub(crate) data_source: Option<String>,
    pub(crate) pages: bool,
    pub(crate) outbox: OutboxOptions,
    /// What was read and has no effect.
    pub(crate) notices: Vec<MailFault>,
}

/// How the outbox sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutboxOptions {
    pub(crate) first_retry: Duration,
    pub(crate) longest_retry: Duration,
    pub(crate) attempts: u32,
    pub(crate) give_up_after: Duration,
    pub(crate) poll: Duration,
    pub(crate) concurrency: usize,
    pub(crate) send_timeout: Duration,
    pub(crate) keep_sent: Duration,
    pub(crate) keep_dead: Duration,
}

/// The longest time between two looks, and for one e-mail.
const A_DAY: Duration = Duration::from_secs(86_400);

/// A way out: LoopBack's `transports`, by their `type`.
#[derive(Clone, Debug)]
pub enum MailTransport {
    /// An SMTP server.
    Smtp(SmtpOptions),
    /// The program `sendmail`, by its path.
    Sendmail(PathBuf),
    /// A folder, which gets an `.eml` file for each e-mail; any mail program opens them. For development.
    File(PathBuf),
    /// Nothing leaves: e-mails are kept in memory, the last thousand, for tests: [`Mail::sent_emails`](super::Mail::sent_emails).
    Stub,
}

/// Without a password.
impl fmt::Display for MailTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp(smtp) => write!(f, "smtp {}:{}", smtp.host, smtp.port_number()),
            Self::Sendmail(path) => write!(f, "sendmail {}", path.display()),
            Self::File(folder) => write!(f, "files in {}", folder.display()),
            Self::Stub => f.write_str("stub: nothing leaves"),
        }
    }
}

impl From<SmtpOptions> for MailTransport {
    fn from(smtp: SmtpOptions) -> Self {
        Self::Smtp(smtp)
    }
}

impl MailOptions {
    /// Mail that goes out by a transport.
    pub fn new(transport: impl Into<MailTransport>) -> Self {
        Self::of_transports(vec![(UNNAMED.to_owned(), transport.into())])
    }

    pub(super) fn of_transports(transports: Vec<(String, MailTransport)>) -> Self {
        Self {
            transports,
            default_transport: None,
            from: None,
            templates: None,
            data_source: None,
            pages: true,
            notices: Vec::new(),
            outbox: OutboxOptions {
                first_retry: Duration::from_secs(5),
                longest_retry: Duration::from_secs(3_600),
                attempts: 20,
                give_up_after: Duration::from_secs(3 * 86_400),
                poll: Duration::from_secs(5),
                concurrency: 4,
                send_timeout: Duration::from_secs(60),
                keep_sent: Duration::from_secs(7 * 86_400),
                keep_dead: Duration::from_secs(30 * 86_400),
            },
        }
    }

    /// Mail by an SMTP server.
    pub fn smtp(smtp: SmtpOptions) -> Self {
        Self::new(smtp)
    }

    /// Mail by the program `sendmail` of this machine.
    pub fn sendmail() -> Self {
        Self::new(MailTransport::Sendmail("sendmail".into()))
    }

    /// Mail as files in a folder.
    pub fn file(folder: impl Into<PathBuf>) -> Self {
        Self::new(MailTransport::File(folder.into()))
    }

    /// Mail that does not leave: for tests.
    pub fn stub() -> Self {
        Self::new(MailTransport::Stub)
    }

    /// A further transport, which e-mails ask for by its name: LoopBack's `alias`. A name that is there is replaced.
    #[must_use]
    pub fn transport(mut self, name: &str, transport: impl Into<MailTransport>) -> Self {
        let transport = transport.into();
        match self.transports.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = transport,
            None => self.transports.push((name.to_owned(), transport)),
        }
        self
    }

    /// The transport of e-mails that name none; the first one unless set.
    #[must_use]
    pub fn default_transport(mut self, name: &str) -> Self {
        self.default_transport = Some(name.to_owned());
        self
    }

    /// The sender of e-mails that name none: `Shop <shop@shop.example>`. Without one it is the user of the SMTP server when
    /// that is an address, else `noreply@` and the host of the app's public URL.
    #[must_use]
    pub fn from(mut self, sender: &str) -> Self {
        self.from = Some(sender.to_owned());
        self
    }

    /// The folder of the app's own templates: `verify.html`, `verify.txt`, `reset.html`, `reset.txt`, and what
    /// `template` of [`VerifyOptions`](crate::models::VerifyOptions) names. Read at the start, which says what is wrong with
    /// them.
    #[must_use]
    pub fn templates(mut self, folder: impl Into<PathBuf>) -> Self {
        self.templates = Some(folder.into());
        self
    }

    /// The data source of the outbox. Unless set it is that of the framework's other models, the default one: an e-mail
    /// commits with the data of that one.
    #[must_use]
    pub fn data_source(mut self, name: &str) -> Self {
        self.data_source = Some(name.to_owned());
        self
    }

    /// Whether there are the framework's own pages for links of e-mails, `/account/Users/confirmed` and
    /// `/account/Users/reset`; there are unless told otherwise.
    #[must_use]
    pub fn pages(mut self, on: bool) -> Self {
        self.pages = on;
        self
    }

    /// How long an e-mail waits after the first failure, and the longest that it ever waits; it doubles between. 5 seconds
    /// and an hour unless set. Half of each wait is chance, so that not all come at once.
    #[must_use]
    pub fn retry(mut self, first: Duration, longest: Duration) -> Self {
        self.outbox.first_retry = first.max(Duration::from_millis(1));
        self.outbox.longest_retry = longest.max(self.outbox.first_retry);
        self
    }

    /// After how many attempts, and how long after it was written, an e-mail is given up. Attempts are those that the server
    /// has had its hand in: one that cannot be reached costs none. 20 and three days unless set.
    #[must_use]
    pub fn give_up_after(mut self, attempts: u32, time: Duration) -> Self {
        self.outbox.attempts = attempts.max(1);
        self.outbox.give_up_after = time;
        self
    }

    /// How often the outbox is looked at for what other instances have written, and for what is to be tried again; 5 seconds
    /// unless set. What this instance writes goes out at once.
    #[must_use]
    pub fn poll(mut self, time: Duration) -> Self {
        self.outbox.poll = time.clamp(Duration::from_millis(1), A_DAY);
        self
    }

    /// How many e-mails an instance sends at the same time; 4 unless set.
    #[must_use]
    pub fn concurrency(mut self, count: usize) -> Self {
        self.outbox.concurrency = count.clamp(1, 256);
        self
    }

    /// How long sending one e-mail may take, everything included; 60 seconds unless set. Another instance takes an e-mail
    /// over when the one that sends it says nothing for twice that long: their clocks may differ by that much.
    #[must_use]
    pub fn send_timeout(mut self, time: Duration) -> Self {
        self.outbox.send_timeout = time.clamp(Duration::from_millis(10), A_DAY);
        self
    }

    /// For how long it is known that an e-mail was sent, and for how long one that was given up can be sent after all. What
    /// they say is deleted when they are sent in any case. 7 and 30 days unless set.
    #[must_use]
    pub fn keep(mut self, sent: Duration, dead: Duration) -> Self {
        self.outbox.keep_sent = sent;
        self.outbox.keep_dead = dead;
        self
    }

    /// The transport of an e-mail that asks for this name, with its name.
    pub(crate) fn named(&self, name: Option<&str>) -> Option<usize> {
        match name.or(self.default_transport.as_deref()) {
            Some(name) => self.transports.iter().position(|(known, _)| known == name),
            None => Some(0),
        }
    }
}
