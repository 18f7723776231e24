//! How long an application of 50 models takes to compile, its dependencies left out: `benches/compile-time.py` measures,
//! and knows the budget. Twice of it is allowed here, as other work may go on beside.

#![allow(clippy::expect_used)]

use loopback_tests::say;
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn an_application_of_fifty_models_is_checked_within_the_budget() {
    measure("check");
}

#[test]
#[ignore = "builds the dependencies once more, for release: some minutes"]
fn an_application_of_fifty_models_is_built_within_the_budget() {
    measure("release");
}

fn measure(what: &str) {
    let quiet = Command::new("python3").arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).status();
    if !quiet.is_ok_and(|status| status.success()) {
        let line = format!("skipped: python3 is not on PATH (compile time, {what})");
        // A machine that is there to test everything has to have it.
        assert!(std::env::var_os("CI").is_none(), "{line}, and this is CI");
        say(&line);
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/compile-time.py");
    // Kept, so that the dependencies are compiled once.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile-time");
    let output = Command::new("python3")
        .arg(script)
        .args(["--only", what, "--folder"])
        .arg(folder)
        .stdin(Stdio::null())
        .output()
        .expect("python3 starts, it has told its version");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{out}{err}", output.status);
    say(&format!(
        "compile time of 50 models, {}",
        out.lines().find(|line| line.starts_with("  ")).unwrap_or(&out).trim()
    ));
}
