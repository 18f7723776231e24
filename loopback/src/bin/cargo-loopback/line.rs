//! The command line.

use crate::command::{Acl, Command, Database, Model, New, Relation, RemoteMethod, When};
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches};
use std::path::PathBuf;

/// What the program is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Help(String),
    Run { command: Box<Command>, folder: Option<PathBuf>, dry_run: bool },
    Wrong(String),
}

/// The arguments of the program, without its name. Called as `cargo loopback ..` the first is `loopback`.
pub(crate) fn read(args: impl IntoIterator<Item = String>) -> Line {
    let mut args: Vec<String> = args.into_iter().collect();
    if args.first().is_some_and(|first| first == "loopback") {
        args.remove(0);
    }
    if args.is_empty() || args == ["help"] {
        return Line::Help(line().render_help().to_string());
    }
    match line().try_get_matches_from(&args) {
        Ok(matches) => match command(&matches) {
            Some((command, of)) => Line::Run {
                command: Box::new(command),
                folder: text(of, "path").map(PathBuf::from),
                dry_run: of.get_flag("dry-run"),
            },
            None => Line::Help(line().render_help().to_string()),
        },
        Err(error) if !error.use_stderr() => Line::Help(error.render().to_string()),
        Err(error) => {
            let message = error.render().to_string();
            let message = message.trim().trim_start_matches("error: ").to_owned();
            let example = args.iter().find_map(|arg| EXAMPLES.iter().find(|(name, _)| name == arg));
            let example = example.map(|(_, examples)| format!("\n\nExample: {}", examples[0])).unwrap_or_default();
            Line::Wrong(message + &example)
        }
    }
}

/// Each command with what it looks like.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("new", &["cargo loopback new coffee-shops", "cargo loopback new coffee-shops --database postgres --users"]),
    (
        "model",
        &[
            "cargo loopback model CoffeeShop name:string:required city:string rating:number:default=0",
            "cargo loopback model Customer --base User",
        ],
    ),
    ("property", &["cargo loopback property CoffeeShop openedAt:date:default=now seats:i32"]),
    (
        "relation",
        &[
            "cargo loopback relation CoffeeShop reviews hasMany Review",
            "cargo loopback relation Physician patients hasMany Patient --through Appointment",
        ],
    ),
    (
        "acl",
        &[
            "cargo loopback acl CoffeeShop --deny '$everyone' --access WRITE",
            "cargo loopback acl CoffeeShop --allow admin --method deleteById",
        ],
    ),
    (
        "remote-method",
        &[
            "cargo loopback remote-method CoffeeShop greet who:string:required --verb get --returns text:string",
            "cargo loopback remote-method CoffeeShop open --instance --returns open:boolean",
        ],
    ),
    ("hook", &["cargo loopback hook CoffeeShop before_save"]),
    ("remote-hook", &["cargo loopback remote-hook CoffeeShop create --after"]),
    ("datasource", &["cargo loopback datasource archive --url 'sqlite://archive.db?mode=rwc'"]),
    ("middleware", &["cargo loopback middleware audit --phase auth:after"]),
    ("boot-script", &["cargo loopback boot-script sample-data --order 10"]),
];

fn text(matches: &ArgMatches, name: &str) -> Option<String> {
    matches.get_one::<String>(name).cloned()
}

fn texts(matches: &ArgMatches, name: &str) -> Vec<String> {
    matches.get_many::<String>(name).into_iter().flatten().cloned().collect()
}

/// The kind of a relation as LoopBack writes it: clap takes it in any case, and hands it on as it was typed.
fn kind(given: &str) -> String {
    let known = crate::generate::KINDS.into_iter().find(|kind| kind.eq_ignore_ascii_case(given));
    known.unwrap_or(given).to_owned()
}

fn command(matches: &ArgMatches) -> Option<(Command, &ArgMatches)> {
    let (name, of) = matches.subcommand()?;
    // clap has made sure that what is required is there.
    let given = |name: &str| text(of, name).unwrap_or_default();
    let command = match name {
        "new" => Command::New(New {
            name: given("name"),
            database: match given("database").as_str() {
                "postgres" => Database::Postgres,
                "mysql" => Database::MySql,
                _ => Database::Sqlite,
            },
            users: of.get_flag("users"),
            json: of.get_flag("json"),
            empty: of.get_flag("empty"),
            loopback: text(of, "loopback").map(PathBuf::from),
        }),
        "model" => Command::Model(Model {
            name: given("name"),
            specs: texts(of, "property"),
            base: text(of, "base"),
            plural: text(of, "plural"),
            http_path: text(of, "http-path"),
            table: text(of, "table"),
            file: text(of, "file"),
            data_source: text(of, "data-source"),
            description: text(of, "description"),
            no_public: of.get_flag("no-public"),
            transient: of.get_flag("transient"),
        }),
        "property" => Command::Property { model: given("model"), specs: texts(of, "property") },
        "relation" => Command::Relation(Relation {
            model: given("model"),
            name: given("name"),
            kind: kind(&given("type")),
            target: given("target"),
            through: text(of, "through"),
            foreign_key: text(of, "foreign-key"),
            required: of.get_flag("required"),
        }),
        "acl" => Command::Acl(Acl {
            model: given("model"),
            allow: of.contains_id("allow"),
            principal: text(of, "allow").or_else(|| text(of, "deny")).unwrap_or_default(),
            access: text(of, "access"),
            method: text(of, "method"),
        }),
        "remote-method" => Command::RemoteMethod(RemoteMethod {
            model: given("model"),
            name: given("name"),
            instance: of.get_flag("instance"),
            verb: given("verb"),
            http_path: text(of, "http-path"),
            specs: texts(of, "argument"),
            returns: text(of, "returns"),
        }),
        "hook" => Command::Hook { model: given("model"), phase: given("phase"), name: text(of, "name") },
        "remote-hook" => Command::RemoteHook {
            model: given("model"),
            method: given("method"),
            when: if of.get_flag("before") {
                When::Before
            } else if of.get_flag("after") {
                When::After
            } else {
                When::AfterError
            },
            name: text(of, "name"),
        },
        "datasource" => Command::DataSource { name: given("name"), url: given("url") },
        "middleware" => Command::Middleware { name: given("name"), phase: text(of, "phase") },
        "boot-script" => Command::BootScript { name: given("name"), order: of.get_one::<i64>("order").copied() },
        _ => return None,
    };
    Some((command, of))
}

/// The commands, as clap has them.
fn line() -> clap::Command {
    let mut all = String::from("Examples:\n");
    for (_, examples) in EXAMPLES {
        all.push_str(&format!("  {}\n", examples[0]));
    }
    all.push_str("\nA command writes all of its files, or none. It ends with 0, or with 1 when something is wrong.");
    let line =
        clap::Command::new("loopback")
            .bin_name("cargo loopback")
            .no_binary_name(true)
            .about("Writes applications of LoopBack for Rust, and adds to them.")
            .after_help(all)
            .version(loopback::VERSION)
            .subcommand_required(true)
            .arg(
                Arg::new("path").long("path").value_name("DIR").global(true).help(
                    "The folder of the application, or for `new` the one to make it in; without it the current one",
                ),
            )
            .arg(
                Arg::new("dry-run")
                    .long("dry-run")
                    .global(true)
                    .action(ArgAction::SetTrue)
                    .help("Print what would be written, and write nothing"),
            );
    commands().into_iter().fold(line, clap::Command::subcommand)
}

fn commands() -> Vec<clap::Command> {
    vec![
        new(),
        model(),
        property(),
        relation(),
        acl(),
        remote_method(),
        hook(),
        remote_hook(),
        data_source(),
        middleware(),
        boot_script(),
    ]
}

fn sub(name: &'static str, about: &'static str) -> clap::Command {
    let examples = EXAMPLES.iter().find(|(known, _)| *known == name).map(|(_, examples)| *examples).unwrap_or_default();
    let heading = if examples.len() == 1 { "Example:" } else { "Examples:" };
    let examples: String = examples.iter().map(|example| format!("\n  {example}")).collect();
    clap::Command::new(name).about(about).after_help(format!("{heading}{examples}"))
}

fn positional(name: &'static str, shown: &'static str, help: &'static str) -> Arg {
    Arg::new(name).value_name(shown).required(true).help(help)
}

fn option(name: &'static str, shown: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(shown).help(help)
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

const SPEC: &str = "name:type, and behind it :required :index :unique :hidden :protected :id :generated :default=VALUE; \
    types are string number integer boolean date day decimal uuid geopoint buffer object array any, [string], and Rust's";

fn new() -> clap::Command {
    sub("new", "Make an application")
        .arg(positional("name", "NAME", "Its name, and that of its folder"))
        .arg(
            option("database", "DATABASE", "Where its rows are")
                .value_parser(PossibleValuesParser::new(["sqlite", "postgres", "mysql"]))
                .default_value("sqlite"),
        )
        .arg(flag("users", "With users who log in, and rules of access control"))
        .arg(flag("json", "A LoopBack app that is data: JSON files in `server` and `common/models`"))
        .arg(flag("empty", "Without a first model"))
        .arg(option("loopback", "DIR", "A checkout of LoopBack for Rust to depend on"))
}

fn model() -> clap::Command {
    sub("model", "Add a model")
        .arg(positional("name", "NAME", "CoffeeShop"))
        .arg(Arg::new("property").value_name("PROPERTY").num_args(0..).help(SPEC))
        .arg(option(
            "base",
            "MODEL",
            "The model that it extends: User, one of the application, `Model` for none with a table",
        ))
        .arg(option("plural", "NAME", "The plural, which is also the path"))
        .arg(option(
            "http-path",
            "PATH",
            "The path below the REST API; without it the plural in kebab-case, `coffee-shops`",
        ))
        .arg(option("table", "NAME", "The table; without it the name in snake_case"))
        .arg(option("file", "NAME", "The file, without its ending; without it the name in snake_case"))
        .arg(option("data-source", "NAME", "Where its rows are; without it the first data source"))
        .arg(option("description", "TEXT", "What it is, for OpenAPI"))
        .arg(flag("no-public", "Without endpoints"))
        .arg(flag("transient", "Without a table: what other models embed"))
}

fn property() -> clap::Command {
    sub("property", "Add properties to a model")
        .arg(positional("model", "MODEL", "The model"))
        .arg(positional("property", "PROPERTY", SPEC).num_args(1..))
}

fn relation() -> clap::Command {
    sub("relation", "Relate a model to another")
        .arg(positional("model", "MODEL", "The model that has the relation"))
        .arg(positional("name", "NAME", "The name of the relation"))
        .arg(
            positional("type", "TYPE", "The kind")
                .value_parser(PossibleValuesParser::new(crate::generate::KINDS))
                .ignore_case(true),
        )
        .arg(positional("target", "TARGET", "The other model"))
        .arg(option("through", "MODEL", "The model between the two"))
        .arg(option("foreign-key", "NAME", "The key, `ownerId`"))
        .arg(flag("required", "belongsTo: never without the other"))
}

fn acl() -> clap::Command {
    let principal = "A role in single quotes ('$everyone', '$authenticated', '$unauthenticated', '$owner', '$related', 'admin'), user=ID, app=ID";
    sub("acl", "Add a rule of access control")
        .arg(positional("model", "MODEL", "The model"))
        .arg(option("allow", "PRINCIPAL", principal))
        .arg(option("deny", "PRINCIPAL", principal))
        .group(ArgGroup::new("permission").args(["allow", "deny"]).required(true))
        .arg(
            option("access", "ACCESS", "Calls that are seen so")
                .value_parser(PossibleValuesParser::new(["READ", "WRITE", "EXECUTE"]))
                .ignore_case(true),
        )
        .arg(
            option("method", "NAME", "One method: find, deleteById, one of the model's own, a relation")
                .conflicts_with("access"),
        )
}

fn remote_method() -> clap::Command {
    sub("remote-method", "Add a method that is called over REST")
        .arg(positional("model", "MODEL", "The model"))
        .arg(positional("name", "NAME", "The method"))
        .arg(
            Arg::new("argument")
                .value_name("ARGUMENT")
                .num_args(0..)
                .help("name:type, and behind it :required or :default=VALUE"),
        )
        .arg(flag("static", "Of the model: this is how it is without --instance").conflicts_with("instance"))
        .arg(flag("instance", "Of a row: its path begins with the id"))
        .arg(
            option("verb", "VERB", "How it is called")
                .value_parser(PossibleValuesParser::new(["get", "head", "post", "put", "patch", "delete", "all"]))
                .ignore_case(true)
                .default_value("post"),
        )
        .arg(option("http-path", "PATH", "The path below the model's, or the row's; without it the name in kebab-case"))
        .arg(option("returns", "NAME:TYPE", "What it answers with; without it nothing, 204"))
}

fn hook() -> clap::Command {
    sub("hook", "Add an operation hook")
        .arg(positional("model", "MODEL", "The model"))
        .arg(positional(
            "phase",
            "PHASE",
            "access, before_save, persist, loaded, after_save, before_delete, after_delete",
        ))
        .arg(option("name", "NAME", "The function"))
}

fn remote_hook() -> clap::Command {
    sub("remote-hook", "Add a hook around a remote method")
        .arg(positional("model", "MODEL", "The model"))
        .arg(positional("method", "METHOD", "create, findById, one of the model's own, 'prototype.open', '*', '**'"))
        .arg(flag("before", "Before the method: its arguments are read"))
        .arg(flag("after", "After the method: its answer is there"))
        .arg(flag("after-error", "After it has failed"))
        .group(ArgGroup::new("when").args(["before", "after", "after-error"]).required(true))
        .arg(option("name", "NAME", "The function"))
}

fn data_source() -> clap::Command {
    sub("datasource", "Add a data source")
        .arg(positional("name", "NAME", "Its name, for `--data-source` of models"))
        .arg(
        option(
            "url",
            "URL",
            "sqlite://.., postgres://.., mysql://..; '${ARCHIVE_URL:-sqlite://archive.db?mode=rwc}' reads a variable",
        )
        .required(true),
    )
}

fn middleware() -> clap::Command {
    sub("middleware", "Add middleware")
        .arg(positional("name", "NAME", "Its function; in a JSON app the name of what is built in"))
        .arg(option(
            "phase",
            "PHASE",
            "initial, session, auth, parse, routes, files, final, each with :before or :after",
        ))
}

fn boot_script() -> clap::Command {
    sub("boot-script", "Add a function that runs at the start")
        .arg(positional("name", "NAME", "The function, and its file"))
        .arg(
            option("order", "N", "Which runs first: the lower one, 0 without it")
                .value_parser(clap::value_parser!(i64))
                .allow_negative_numbers(true),
        )
}

#[cfg(test)]
mod tests {
    use super::{EXAMPLES, Line, commands, line, read};
    use crate::command::{Command, Model};

    fn of(text: &str) -> Line {
        read(text.split_whitespace().map(|word| word.trim_matches('\'').to_owned()))
    }

    #[test]
    fn the_command_line_is_sound() {
        line().debug_assert();
    }

    #[test]
    fn every_command_has_an_example_that_it_understands() {
        for command in commands() {
            let (_, examples) = EXAMPLES.iter().find(|(name, _)| *name == command.get_name()).unwrap();
            for example in *examples {
                let line = of(example.trim_start_matches("cargo "));
                assert!(matches!(line, Line::Run { .. }), "{example}: {line:?}");
            }
        }
    }

    #[test]
    fn it_is_called_by_cargo_or_itself() {
        let model =
            Box::new(Command::Model(Model { name: "Shop".into(), specs: vec!["a:b".into()], ..Model::default() }));
        for text in ["loopback model Shop a:b --path x --dry-run", "--path x --dry-run model Shop a:b"] {
            let run = Line::Run { command: model.clone(), folder: Some("x".into()), dry_run: true };
            assert_eq!(of(text), run, "{text}");
        }
    }

    #[test]
    fn kinds_of_relations_are_taken_in_any_case() {
        for (typed, meant) in [("HasMany", "hasMany"), ("belongsto", "belongsTo"), ("embedsOne", "embedsOne")] {
            let Line::Run { command, .. } = of(&format!("relation Shop reviews {typed} Review")) else {
                panic!("{typed}")
            };
            let Command::Relation(relation) = *command else { panic!("{typed}") };
            assert_eq!(relation.kind, meant);
        }
    }

    #[test]
    fn help_has_every_command_and_its_example() {
        for text in ["", "help", "--help", "loopback help"] {
            let Line::Help(help) = of(text) else { panic!("{text}") };
            for (name, examples) in EXAMPLES {
                assert!(help.contains(name) && help.contains(examples[0]), "{name}: {help}");
            }
        }
        let Line::Help(help) = of("help relation") else { panic!() };
        assert!(help.contains("--through Appointment") && help.contains("hasAndBelongsToMany"), "{help}");
    }

    #[test]
    fn a_slip_is_told_with_what_was_meant_and_an_example() {
        for (text, hints) in [
            ("modle Shop", &["model"][..]),
            ("model", &["<NAME>", "Example: cargo loopback model CoffeeShop"]),
            ("relation A b hasmnay C", &["hasMany", "Example: cargo loopback relation"]),
            ("acl Shop", &["--allow", "--deny"]),
            ("acl Shop --allow a --deny b", &["--deny"]),
            ("remote-hook Shop create", &["--before"]),
            ("datasource x", &["--url"]),
            ("model Shop --plurl x", &["--plural"]),
        ] {
            let Line::Wrong(message) = of(text) else { panic!("{text}") };
            for hint in hints {
                assert!(message.contains(hint), "{text}: {message}");
            }
        }
    }
}
