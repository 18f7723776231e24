//! The reference app against the recorded answers of LoopBack 3.28, on every database; and the same app as data, without
//! a line of Rust of its own, against those that need none of its code.

#![allow(clippy::expect_used)]

use loopback_tests::databases::Kind;
use loopback_tests::replay::play;
use loopback_tests::scenario::{Scenario, load};
use loopback_tests::server::Server;
use std::path::Path;

/// Steps that are not played: scenario, step, why.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("crud-strict", "s010", "filters by a path into a property of no model (`extra.deep`), a matter of the full where"),
    (
        "filter-include",
        "s013",
        "LoopBack leaves out an empty relation through another model, here beside `fields` alone",
    ),
    ("filter-include", "s027", "LoopBack spreads the characters of an embedded object's text over an object"),
    ("filter-include", "s028", "LoopBack ignores the condition of the scope where it is one on the id"),
];

/// Steps that the app as data does not play, for they are about code: scenario, step, why.
const CODE: &[(&str, &str, &str)] = &[
    ("crud-validation", "s027", "a validation that is a function"),
    ("crud-validation", "s028", "counts ids after s027"),
];

fn scenarios() -> Result<Vec<Scenario>, Vec<String>> {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/scenarios"))
}

#[test]
fn every_scenario_file_parses() {
    let scenarios = scenarios().unwrap_or_else(|faults| panic!("{}", faults.join("\n")));
    assert!(!scenarios.is_empty());
    for (name, step, _) in LEFT_OUT.iter().chain(CODE) {
        let exists = scenarios.iter().any(|s| s.name == *name && s.steps.iter().any(|s| s.id == *step));
        assert!(exists, "{name}/{step} is left out, but there is no such step");
    }
}

#[test]
fn sqlite() {
    conform(Kind::Sqlite);
}

#[test]
fn postgres() {
    conform(Kind::Postgres);
}

#[test]
fn mysql() {
    conform(Kind::MySql);
}

#[test]
fn data_sqlite() {
    conform_as_data(Kind::Sqlite);
}

#[test]
fn data_postgres() {
    conform_as_data(Kind::Postgres);
}

#[test]
fn data_mysql() {
    conform_as_data(Kind::MySql);
}

/// The app as data: its models are made of JSON at its start.
fn conform_as_data(kind: Kind) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data-app/app.json");
    let file = file.to_str().expect("a path of text");
    let about_data = |name: &str| ["crud-", "filter-", "rel-"].iter().any(|of| name.starts_with(of));
    play_all(kind, "data-app", &[("LOOPBACK_APP", file)], about_data, &[LEFT_OUT, CODE].concat());
}

fn conform(kind: Kind) {
    play_all(kind, "reference-app", &[], |_| true, LEFT_OUT);
}

/// Plays scenarios, each against a fresh start of the server. The starts share one database: that a start resets
/// what was there before is part of what is tested.
fn play_all(
    kind: Kind,
    program: &str,
    environment: &[(&str, &str)],
    wanted: impl Fn(&str) -> bool,
    left_out: &[(&str, &str, &str)],
) {
    let Some(database) = kind.scratch() else { return };
    let scenarios = scenarios().expect("scenario files that parse");
    let (mut steps, mut failed, mut report) = (0, 0, Vec::new());
    for scenario in scenarios.iter().filter(|scenario| wanted(&scenario.name)) {
        let mut server = match Server::start(program, &[environment, &[("DATABASE_URL", database.url())]].concat()) {
            Ok(server) => server,
            Err(error) => panic!("{}, before {}: {error}", kind.name(), scenario.name),
        };
        let left_out = |id: &str| left_out.iter().any(|(name, step, _)| *name == scenario.name && *step == id);
        let outcome = play(scenario, server.client(), &server.base(), |step| left_out(&step.id));
        steps += outcome.steps;
        failed += outcome.failures.len();
        report.extend(outcome.failures.iter().map(ToString::to_string));
        // What it printed helps with an answer of 500, and says why when it is gone.
        if !server.is_running() {
            report.push(format!("the server ended during {}:\n{}", scenario.name, server.output()));
            failed = failed.max(1);
        } else if outcome.failures.iter().any(|failure| failure.differences.iter().any(|d| d.got == "500")) {
            report.push(format!("the server's output during {}:\n{}", scenario.name, server.output()));
        }
    }
    loopback_tests::say(&format!("conformance of {program}, {}: {} of {steps} steps", kind.name(), steps - failed));
    assert!(report.is_empty(), "{failed} of {steps} steps failed on {}:\n{}", kind.name(), report.join("\n"));
}
