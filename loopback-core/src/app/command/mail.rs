//! `mail list`, `mail show`, `mail resend`, `mail send-test`: what stands in the outbox.

use crate::app::App;
use crate::error::{Error, Result};
use crate::mail::Mail;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches};
use std::sync::Arc;

/// How many e-mails are listed unless it is said.
const LISTED: u64 = 50;

/// The states, as the commands call them.
const STATES: [&str; 4] = ["waiting", "sent", "dead", "expired"];

/// What is asked of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) enum MailCommand {
    /// The newest e-mails, or those in a state.
    List { state: Option<String>, limit: u64, json: bool },
    /// One with what it says, for a person or as it goes out.
    Show { id: i64, raw: bool },
    /// Sends some after all that were given up.
    Resend(Vec<i64>),
    /// Sends all of them.
    ResendAll,
    /// Sends one at once, to see whether it works.
    SendTest(String),
}

/// The commands, as clap has them.
pub(super) fn line() -> clap::Command {
    let command = |name: &'static str, about: &'static str| clap::Command::new(name).about(about);
    let id = || Arg::new("id").value_name("ID").value_parser(clap::value_parser!(i64));
    let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    let limit =
        Arg::new("limit").long("limit").value_name("N").value_parser(clap::value_parser!(u64).range(1..=10_000));
    let state = Arg::new("state").long("state").value_name("STATE").value_parser(PossibleValuesParser::new(STATES));
    command("mail", "Look after the outbox of e-mails")
        .subcommand_required(true)
        .subcommand(
            command("list", "List the newest e-mails, with what went wrong")
                .arg(state.help("Those alone in this state"))
                .arg(flag("dead").conflicts_with("state").help("Those alone that were given up"))
                .arg(limit.help("How many, 50 unless it is said"))
                .arg(flag("json").help("As JSON")),
        )
        .subcommand(
            command("show", "Show an e-mail and what has become of it; links in it are secrets")
                .arg(id().required(true))
                .arg(flag("raw").help("As it goes out, every header and byte")),
        )
        .subcommand(
            command("resend", "Send what was given up after all")
                .arg(id().required_unless_present("all").num_args(1..))
                .arg(flag("all").conflicts_with("id").help("All of them")),
        )
        .subcommand(
            command("send-test", "Send an e-mail at once, to see whether the mail of the app works")
                .arg(Arg::new("address").value_name("ADDRESS").required(true)),
        )
}

/// What was asked for.
pub(super) fn read(matches: &ArgMatches) -> Option<MailCommand> {
    let (word, of) = matches.subcommand()?;
    Some(match word {
        "list" => MailCommand::List {
            state: of.get_one::<String>("state").cloned().or_else(|| of.get_flag("dead").then(|| "dead".to_owned())),
            limit: of.get_one("limit").copied().unwrap_or(LISTED),
            json: of.get_flag("json"),
        },
        "show" => MailCommand::Show { id: of.get_one("id").copied()?, raw: of.get_flag("raw") },
        "resend" if of.get_flag("all") => MailCommand::ResendAll,
        "resend" => MailCommand::Resend(of.get_many("id")?.copied().collect()),
        "send-test" => MailCommand::SendTest(of.get_one::<String>("address")?.clone()),
        _ => return None,
    })
}

impl MailCommand {
    /// Does it; what there is to print.
    ///
    /// # Errors
    /// The app has no mail; as the calls of [`Mail`].
    pub(in crate::app) async fn run(&self, app: &App) -> Result<String> {
        match app.mail() {
            Some(mail) => self.done(app, mail).await,
            None => Err(Error::configuration("the app has no mail: set MAIL_URL, or write `.mail(MailOptions::..)`")),
        }
    }

    #[cfg(not(feature = "mail"))]
    async fn done(&self, _: &App, mail: &Arc<Mail>) -> Result<String> {
        match **mail {}
    }

    #[cfg(feature = "mail")]
    async fn done(&self, app: &App, mail: &Arc<Mail>) -> Result<String> {
        let ctx = app.ctx();
        match self {
            Self::List { state, limit, json } => {
                let state = state.as_deref().and_then(shown::state);
                let rows = mail.list(&ctx, state, *limit).await?;
                if *json { shown::json(&rows) } else { shown::list(&rows, state, mail, &ctx).await }
            }
            Self::Show { id, raw: true } => Ok(match mail.message(&ctx, *id).await? {
                Some(message) => message,
                None => return Err(Error::configuration(shown::GONE)),
            }),
            Self::Show { id, raw: false } => shown::one(&mail.row(&ctx, *id).await?, mail),
            Self::Resend(ids) => {
                for (done, id) in ids.iter().enumerate() {
                    mail.resend(&ctx, *id).await.map_err(|error| match done {
                        0 => error,
                        _ => Error::configuration(format!("{error}; those before it wait to be sent")),
                    })?;
                }
                Ok(shown::resent(ids.len() as u64))
            }
            Self::ResendAll => Ok(match mail.resend_all(&ctx).await? {
                0 => "there is none that was given up\n".to_owned(),
                count => shown::resent(count),
            }),
            Self::SendTest(address) => shown::tested(app, mail, address).await,
        }
    }
}

#[cfg(feature = "mail")]
mod shown;
