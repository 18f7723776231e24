//! The command line.

use super::discover::Wanted;
use super::mail::MailCommand;
use crate::error::{Error, Result};
use crate::suggest::did_you_mean;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches};

/// What a program was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) enum Command {
    Serve,
    Help(String),
    AclExplain(Option<String>),
    Routes { model: Option<String>, json: bool },
    Migrate { what: Migration, json: bool },
    OpenApi { swagger: bool },
    Check { json: bool },
    ConfigShow { json: bool },
    Mail(MailCommand),
    Discover(Wanted),
}

/// What `migrate` is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Migration {
    /// Says what would be done.
    Plan,
    /// Does it.
    Apply,
    /// Says whether there is something to do.
    Status,
}

/// The words that a command line of ours begins with.
const WORDS: &[&str] = &["serve", "routes", "migrate", "discover", "acl", "openapi", "check", "config", "mail", "help"];

impl Command {
    /// Reads the arguments of the program. Those that begin with no word of ours are the application's own; what looks like a
    /// word of ours with a slip in it is an error.
    ///
    /// # Errors
    /// The command is none, with what there is.
    pub(in crate::app) fn of(args: impl IntoIterator<Item = String>) -> Result<Self> {
        let args: Vec<String> = args.into_iter().collect();
        let Some(first) = args.first() else { return Ok(Self::Serve) };
        match first.as_str() {
            // What follows is the application's own.
            "serve" => return Ok(Self::Serve),
            "--help" | "-h" => return Ok(Self::Help(line().render_help().to_string())),
            first if !WORDS.contains(&first) => {
                let hint = did_you_mean(first, WORDS.iter().copied());
                if hint.is_empty() || first.starts_with('-') {
                    return Ok(Self::Serve);
                }
                return Err(Error::configuration(format!("unknown command `{first}`{hint}")));
            }
            _ => {}
        }
        match line().try_get_matches_from(&args) {
            Ok(matches) => Ok(read(&matches)),
            Err(error) if !error.use_stderr() => Ok(Self::Help(error.render().to_string())),
            Err(error) => {
                let text = error.render().to_string();
                let text = text.trim().trim_start_matches("error: ").to_owned();
                Err(Error::configuration(text))
            }
        }
    }
}

fn read(matches: &ArgMatches) -> Command {
    let text = |matches: &ArgMatches, name: &str| matches.get_one::<String>(name).cloned();
    match matches.subcommand() {
        Some(("routes", of)) => Command::Routes { model: text(of, "model"), json: of.get_flag("json") },
        Some(("migrate", of)) => {
            let what = match text(of, "what").as_deref() {
                Some("apply") => Migration::Apply,
                Some("status") => Migration::Status,
                _ => Migration::Plan,
            };
            Command::Migrate { what, json: of.get_flag("json") }
        }
        Some(("discover", of)) => Command::Discover(Wanted {
            tables: of.get_many::<String>("table").into_iter().flatten().cloned().collect(),
            all: of.get_flag("all"),
            data_source: text(of, "data-source"),
            json: of.get_flag("json"),
        }),
        Some(("acl", of)) => Command::AclExplain(of.subcommand().and_then(|(_, of)| text(of, "model"))),
        Some(("openapi", of)) => Command::OpenApi { swagger: of.get_flag("swagger") },
        Some(("mail", of)) => super::mail::read(of).map_or(Command::Serve, Command::Mail),
        Some(("check", of)) => Command::Check { json: of.get_flag("json") },
        Some(("config", of)) => {
            Command::ConfigShow { json: of.subcommand().is_some_and(|(_, of)| of.get_flag("json")) }
        }
        _ => Command::Serve,
    }
}

/// The commands, as clap has them.
fn line() -> clap::Command {
    let command = |name: &'static str, about: &'static str| clap::Command::new(name).about(about);
    let json = || Arg::new("json").long("json").action(ArgAction::SetTrue).help("Write JSON");
    clap::Command::new("app")
        .bin_name(crate::app::program())
        .no_binary_name(true)
        .about("Without a command the app is served.")
        .after_help("A command ends with 0, or with 1 when something is wrong.")
        .subcommand_required(true)
        .disable_version_flag(true)
        .subcommand(command("serve", "Serve the app; arguments after it are the application's own"))
        .subcommand(
            command("routes", "List the routes of the REST API, and who may call them")
                .arg(Arg::new("model").value_name("MODEL").help("Those of a model"))
                .arg(json()),
        )
        .subcommand(
            command("migrate", "Bring the schema of the databases to what the models need; nothing is ever dropped")
                .arg(
                    Arg::new("what")
                        .required(true)
                        .value_name("WHAT")
                        .value_parser(PossibleValuesParser::new(["plan", "apply", "status"]))
                        .help(
                            "plan: say what would be done; apply: do it; status: 0 when there is nothing to do, else 1",
                        ),
                )
                .arg(json()),
        )
        .subcommand(
            command("discover", "Write models for the tables that a database has, as Rust; it is only read")
                .arg(
                    Arg::new("table")
                        .value_name("TABLE")
                        .num_args(0..)
                        .help("These tables; without any, those that no model has"),
                )
                .arg(Arg::new("all").long("all").action(ArgAction::SetTrue).help("Also tables that a model has"))
                .arg(
                    Arg::new("data-source")
                        .long("data-source")
                        .value_name("NAME")
                        .help("Of another data source than the default one"),
                )
                .arg(
                    Arg::new("json")
                        .long("json")
                        .action(ArgAction::SetTrue)
                        .help("Write LoopBack's model-definition JSON instead"),
                ),
        )
        .subcommand(
            command("acl", "Who may call what").subcommand_required(true).subcommand(
                command("explain", "Say who may call what, and which rule says so").arg(
                    Arg::new("model").value_name("MODEL[.METHOD]").help("A model, or one of its methods: Order.find"),
                ),
            ),
        )
        .subcommand(
            command("openapi", "Write the OpenAPI 3.1 document").arg(
                Arg::new("swagger").long("swagger").action(ArgAction::SetTrue).help("Write the Swagger 2.0 document"),
            ),
        )
        .subcommand(
            command("config", "What the app is configured with").subcommand_required(true).subcommand(
                command("show", "Say every value, and where it comes from; secrets are hidden").arg(json()),
            ),
        )
        .subcommand(super::mail::line())
        .subcommand(
            command("check", "Look for what is wrong: models, data sources, schema, access control, mail").arg(json()),
        )
}

#[cfg(test)]
mod tests {
    use super::{Command, MailCommand, Migration, Wanted, line};

    fn of(text: &str) -> Result<Command, String> {
        Command::of(text.split_whitespace().map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_is_sound() {
        line().debug_assert();
    }

    #[test]
    fn a_command_is_read_with_its_arguments() {
        for (text, command) in [
            ("", Command::Serve),
            ("serve --anything at all", Command::Serve),
            ("acl explain", Command::AclExplain(None)),
            ("acl explain Order.find", Command::AclExplain(Some("Order.find".into()))),
            ("routes", Command::Routes { model: None, json: false }),
            ("routes Order --json", Command::Routes { model: Some("Order".into()), json: true }),
            ("migrate plan", Command::Migrate { what: Migration::Plan, json: false }),
            ("migrate apply", Command::Migrate { what: Migration::Apply, json: false }),
            ("migrate status --json", Command::Migrate { what: Migration::Status, json: true }),
            ("discover", Command::Discover(Wanted::default())),
            (
                "discover book author --all --json --data-source stock",
                Command::Discover(Wanted {
                    tables: vec!["book".into(), "author".into()],
                    all: true,
                    data_source: Some("stock".into()),
                    json: true,
                }),
            ),
            ("openapi", Command::OpenApi { swagger: false }),
            ("openapi --swagger", Command::OpenApi { swagger: true }),
            ("check", Command::Check { json: false }),
            ("config show", Command::ConfigShow { json: false }),
            ("config show --json", Command::ConfigShow { json: true }),
            ("mail list", Command::Mail(MailCommand::List { state: None, limit: 50, json: false })),
            (
                "mail list --dead",
                Command::Mail(MailCommand::List { state: Some("dead".into()), limit: 50, json: false }),
            ),
            (
                "mail list --state sent --limit 3 --json",
                Command::Mail(MailCommand::List { state: Some("sent".into()), limit: 3, json: true }),
            ),
            ("mail show 7", Command::Mail(MailCommand::Show { id: 7, raw: false })),
            ("mail show 7 --raw", Command::Mail(MailCommand::Show { id: 7, raw: true })),
            ("mail resend 7 8", Command::Mail(MailCommand::Resend(vec![7, 8]))),
            ("mail resend --all", Command::Mail(MailCommand::ResendAll)),
            ("mail send-test a@b.test", Command::Mail(MailCommand::SendTest("a@b.test".into()))),
        ] {
            assert_eq!(of(text), Ok(command), "{text}");
        }
    }

    #[test]
    fn arguments_of_the_application_are_left_to_it() {
        for text in ["--port 80", "import data.csv", "-v", "--migrate"] {
            assert_eq!(of(text), Ok(Command::Serve), "{text}");
        }
    }

    #[test]
    fn a_slip_is_an_error_that_says_what_was_meant() {
        for (text, hint) in [
            ("migrat plan", "did you mean `migrate`?"),
            ("route", "did you mean `routes`?"),
            ("discovr", "did you mean `discover`?"),
            ("discover --data-source", "<NAME>"),
            ("discover --al", "--all"),
            ("acl explian", "explain"),
            ("acl", "explain"),
            ("migrate", "WHAT"),
            ("migrate pln", "plan"),
            ("openapi --swager", "--swagger"),
            ("check everything", "everything"),
            ("config", "show"),
            ("config shwo", "show"),
            ("mail", "send-test"),
            ("mail resend", "<ID>"),
            ("mail resend x", "x"),
            ("mail list --state ded", "dead"),
            ("mail list --dead --state sent", "--state"),
            ("mail list --limit 0", "0"),
            ("mail resend 7 --all", "--all"),
        ] {
            let error = of(text).unwrap_err();
            assert!(error.contains(hint), "{text}: {error}");
        }
    }

    #[test]
    fn help_lists_the_commands() {
        for text in ["help", "--help", "-h"] {
            let Ok(Command::Help(help)) = of(text) else { panic!("{text}") };
            for word in ["serve", "routes", "migrate", "discover", "acl", "openapi", "check", "config"] {
                assert!(help.contains(word), "{word}: {help}");
            }
        }
        assert!(matches!(of("help migrate"), Ok(Command::Help(help)) if help.contains("status")));
    }
}
