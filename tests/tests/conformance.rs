//! The reference app against the recorded answers of LoopBack 3.28, on every database.

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

fn scenarios() -> Result<Vec<Scenario>, Vec<String>> {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/scenarios"))
}

#[test]
fn every_scenario_file_parses() {
    let scenarios = scenarios().unwrap_or_else(|faults| panic!("{}", faults.join("\n")));
    assert!(!scenarios.is_empty());
    for (name, step, _) in LEFT_OUT {
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

/// Plays all scenarios, each against a fresh start of the server. The starts share one database: that a start resets
/// what was there before is part of what is tested.
fn conform(kind: Kind) {
    let Some(database) = kind.scratch() else { return };
    let scenarios = scenarios().expect("scenario files that parse");
    let (mut steps, mut failed, mut report) = (0, 0, Vec::new());
    for scenario in &scenarios {
        let mut server = match Server::start("reference-app", &[("DATABASE_URL", database.url())]) {
            Ok(server) => server,
            Err(error) => panic!("{}, before {}: {error}", kind.name(), scenario.name),
        };
        let left_out = |id: &str| LEFT_OUT.iter().any(|(name, step, _)| *name == scenario.name && *step == id);
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
    loopback_tests::say(&format!("conformance {}: {} of {steps} steps", kind.name(), steps - failed));
    assert!(report.is_empty(), "{failed} of {steps} steps failed on {}:\n{}", kind.name(), report.join("\n"));
}
