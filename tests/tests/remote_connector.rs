//! npm's `loopback-connector-remote`, unmodified, as a client of the reference app: an application on LoopBack 3 can
//! take our models as its own. See `remote-connector/run.js` for what it does.

#![allow(clippy::expect_used)]

use loopback_tests::databases::Kind;
use loopback_tests::say;
use loopback_tests::server::Server;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

#[test]
fn sqlite() {
    run(Kind::Sqlite);
}

#[test]
fn postgres() {
    run(Kind::Postgres);
}

#[test]
fn mysql() {
    run(Kind::MySql);
}

fn run(kind: Kind) {
    // Once for all tests of this program, and the others wait.
    static FOLDER: LazyLock<Option<PathBuf>> = LazyLock::new(installed);
    let Some(folder) = &*FOLDER else { return };
    let Some(database) = kind.scratch() else { return };
    let server = Server::start("reference-app", &[("DATABASE_URL", database.url())])
        .unwrap_or_else(|error| panic!("{}: {error}", kind.name()));
    let output = Command::new("node")
        .args(["run.js", &server.base()])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("node starts, it has told its version");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let printed = server.output();
    assert!(
        output.status.success(),
        "run.js on {}: {}\n{out}{err}\nthe server's output:\n{printed}",
        kind.name(),
        output.status
    );
    say(&format!("{} ({})", out.lines().last().unwrap_or_default(), kind.name()));
}

/// The folder of `run.js`, with its packages installed; `None` when there is no Node.js to run it with.
fn installed() -> Option<PathBuf> {
    for program in ["node", "npm"] {
        if !answers(program) {
            let line = format!("skipped: {program} is not on PATH (remote connector)");
            // A machine that is there to test everything has to have it.
            assert!(std::env::var_os("CI").is_none(), "{line}, and this is CI");
            say(&line);
            return None;
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("remote-connector");
    // npm writes this file last, so half an installation does not pass for a whole one.
    if !folder.join("node_modules/.package-lock.json").exists() {
        let install = || {
            Command::new("npm")
                .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
                .current_dir(&folder)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .status()
                .expect("npm starts, it has told its version")
        };
        // The network may have a bad moment.
        assert!((0..3).any(|_| install().success()), "npm ci has failed three times");
    }
    Some(folder)
}

fn answers(program: &str) -> bool {
    let quiet = Command::new(program).arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}
