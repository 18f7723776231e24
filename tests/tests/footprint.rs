//! What an app takes when it does nothing: the time from its start to its first answer, and its memory at rest.
//!
//! The promise is one about a program that is built for release, on a machine that has time for it. That build takes
//! minutes, so the test of it is run by hand:
//!
//! ```text
//! cargo test --workspace --test footprint -- --ignored
//! ```

#![allow(clippy::expect_used)]

use loopback_tests::databases::Kind;
use loopback_tests::say;
use loopback_tests::server::{Server, built};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Starts of a program, each on a database that is not there yet. What else a machine does is in every one of them, and
/// in the fastest the least.
const STARTS: usize = 5;

/// What a program took.
struct Footprint {
    /// From the start to the first answer, the fastest.
    start: Duration,
    /// In RAM after some requests, the most, in KiB. `None`: the system does not say.
    memory: Option<u64>,
}

fn footprint(program: &Path) -> Footprint {
    let (mut starts, mut memories) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let database = Kind::Sqlite.scratch().expect("SQLite is always there");
        let mut command = Command::new(program);
        command.env("DATABASE_URL", database.url());
        let begin = Instant::now();
        let server = Server::launch(command).expect("a server");
        let first = server.client().get("/api/CoffeeShops");
        starts.push(begin.elapsed());
        assert_eq!((first.status, first.text().as_str()), (200, "[]"));
        for _ in 0..20 {
            assert_eq!(server.client().get("/api/CoffeeShops/count").status, 200);
        }
        memories.push(server.memory());
    }
    let took = Footprint {
        start: starts.iter().min().copied().expect("a start"),
        memory: memories.iter().copied().max().flatten(),
    };
    let all: Vec<String> = starts.iter().map(|start| format!("{start:.1?}")).collect();
    let memory = took.memory.map_or("unknown".to_owned(), |kib| format!("{:.1} MiB", kib as f64 / 1024.0));
    say(&format!("{}: start to first answer {}; memory at rest {memory}", program.display(), all.join(", ")));
    took
}

/// Bounds for a build without optimization on a machine that is busy: what goes past them has gone wrong by a lot, a start
/// that waits for something or a table that is filled at start, for example.
#[test]
fn a_debug_build_starts_in_seconds_and_takes_little_memory() {
    let took = footprint(&built("quickstart"));
    assert!(took.start < Duration::from_secs(5), "{:?}", took.start);
    assert!(took.memory.is_none_or(|kib| kib < 64 * 1024), "{:?} KiB", took.memory);
}

#[test]
#[ignore = "builds for release, which takes minutes, and wants the machine for itself"]
fn a_release_build_answers_within_50_ms_and_takes_less_than_25_mib() {
    let took = footprint(&released("quickstart"));
    assert!(took.start < Duration::from_millis(50), "{:?}", took.start);
    assert!(took.memory.is_none_or(|kib| kib < 25 * 1024), "{:?} KiB", took.memory);
}

/// A program as its users build it: for release, with its own features.
fn released(program: &str) -> PathBuf {
    // target/<profile>/deps/<test>
    let test = std::env::current_exe().expect("the path of the running test");
    let target = test.ancestors().nth(3).expect("a test in a target folder");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--release", "--package", program, "--bin", program, "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(status.is_ok_and(|status| status.success()), "cargo build --release -p {program}");
    target.join("release").join(format!("{program}{}", std::env::consts::EXE_SUFFIX))
}
