//! The reference app against the recorded answers of LoopBack 3.28, on every database; and the same app as data, without
//! a line of Rust of its own, against those that need none of its code.

#![allow(clippy::expect_used)]

use loopback_tests::databases::Kind;
use loopback_tests::replay::play;
use loopback_tests::scenario::{Scenario, load};
use loopback_tests::server::Server;
use loopback_tests::swagger::take_replication;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Steps that are answered otherwise on purpose, as `docs/differences.md` says under "Relations": scenario, step, what
/// LoopBack does. One that is answered alike must not stand here.
const DIFFERS: &[(&str, &str, &str)] = &[
    ("filter-include", "s013", "leaves out the key of a relation through another model without rows, beside `fields`"),
    ("filter-include", "s027", "spreads the characters of an embedded object's text over an object"),
    ("filter-include", "s028", "ignores the condition on the id in the scope of a `referencesMany`"),
];

/// Steps that the app as data does not play, for they are about code: scenario, step, why.
const CODE: &[(&str, &str, &str)] = &[
    ("crud-validation", "s027", "a validation that is a function"),
    ("crud-validation", "s028", "counts ids after s027"),
];

/// Steps whose recorded Swagger document has routes of replication, and how many. Those routes are not compared, and
/// everything else is.
const WITH_REPLICATION: &[(&str, &str, usize)] = &[("middleware", "s017", 26), ("middleware", "s024", 8)];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/scenarios")
}

fn scenarios() -> Result<Vec<Scenario>, Vec<String>> {
    let mut scenarios = load(&folder())?;
    for scenario in &mut scenarios {
        for step in &mut scenario.steps {
            let here = WITH_REPLICATION.iter().any(|(name, id, _)| *name == scenario.name && *id == step.id);
            if here {
                take_replication(&mut step.expect.body);
            }
        }
    }
    Ok(scenarios)
}

#[test]
fn every_scenario_file_parses() {
    let scenarios = scenarios().unwrap_or_else(|faults| panic!("{}", faults.join("\n")));
    assert!(!scenarios.is_empty());
    for (name, step, _) in DIFFERS.iter().chain(CODE) {
        let exists = scenarios.iter().any(|s| s.name == *name && s.steps.iter().any(|s| s.id == *step));
        assert!(exists, "there is no step {name}/{step}");
    }
}

/// What `scenarios` takes out of the recordings is routes of replication, in the two steps that list some.
#[test]
fn only_two_steps_list_routes_of_replication() {
    let mut found = Vec::new();
    let all = load(&folder()).expect("scenario files that parse");
    for (scenario, step) in all.iter().flat_map(|scenario| scenario.steps.iter().map(move |step| (scenario, step))) {
        let mut body = step.expect.body.clone();
        let recorded = body.as_object().map_or(0, serde_json::Map::len);
        if step.compare.transform.is_none() {
            continue;
        }
        let taken = take_replication(&mut body);
        assert_eq!(recorded - taken.len(), body.as_object().map_or(0, serde_json::Map::len), "{}", step.id);
        for route in &taken {
            let id = step.expect.body[route]["operationId"].as_str().unwrap_or_default();
            let (model, method) = id.split_once('.').unwrap_or_default();
            let replicates = ["diff", "changes", "checkpoint", "createUpdates", "bulkUpdate", "currentCheckpoint"];
            let is_last = ["findLastChange", "updateLastChange"].contains(&method);
            assert!(model == "Note-change" || replicates.contains(&method) || is_last, "{route} is {id}");
        }
        if !taken.is_empty() {
            found.push((scenario.name.as_str(), step.id.as_str(), taken.len()));
        }
    }
    assert_eq!(found, WITH_REPLICATION);
}

/// The folder has all recordings that there are, but for those of replication, as they were recorded. Where the whole set
/// is, which is not part of this repository, the folder is held against it.
#[test]
fn every_public_scenario_is_here_but_replication() {
    let public = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/wire/scenarios");
    if !public.is_dir() {
        loopback_tests::say("skipped: the whole set of recordings is not here");
        return;
    }
    let files = |folder: &Path| -> BTreeSet<String> {
        let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        entries.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.ends_with(".json")).collect()
    };
    let wanted: BTreeSet<String> =
        files(&public).into_iter().filter(|name| !name.starts_with("replication-")).collect();
    assert_eq!(files(&folder()), wanted);
    for name in wanted {
        let read = |folder: &Path| std::fs::read(folder.join(&name)).expect("a file");
        assert!(read(&folder()) == read(&public), "{name} is not as it was recorded");
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
    play_all(kind, "data-app", &[("LOOPBACK_APP", file)], about_data, CODE);
}

fn conform(kind: Kind) {
    play_all(kind, "reference-app", &[], |_| true, &[]);
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
        let mut outcome = play(scenario, server.client(), &server.base(), |step| left_out(&step.id));
        for (_, step, theirs) in DIFFERS.iter().filter(|(name, ..)| *name == scenario.name) {
            let before = outcome.failures.len();
            outcome.failures.retain(|failure| !failure.step.starts_with(&format!("{}/{step} ", scenario.name)));
            if outcome.failures.len() == before {
                failed += 1;
                report.push(format!("{}/{step} is answered as by LoopBack, which {theirs}", scenario.name));
            } else {
                outcome.steps -= 1;
            }
        }
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
