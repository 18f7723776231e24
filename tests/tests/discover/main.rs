//! `discover`: models for the tables of a database, on every kind of database.
//!
//! `sqlite.sql`, `postgres.sql` and `mysql.sql` make tables as people make them. What the command writes for them stands
//! beside, `sqlite.rs` and so on: it is compared, it is compiled here, and the models fit the tables. To write it anew:
//! `UPDATE_SNAPSHOTS=1 cargo test -p loopback-tests --test discover`.

#![allow(clippy::expect_used, missing_docs, unreachable_pub)]

mod command;
mod hand_made;
mod round_trip;

use loopback_tests::databases::{Kind, Scratch};
use loopback_tests::server::built;
use std::process::{Command, Output};

/// A program that has run with arguments.
struct Ran {
    out: String,
    err: String,
    code: Option<i32>,
}

impl Ran {
    /// What it has written; it must have ended well.
    fn fine(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self.out
    }

    /// What it has said; it must have found fault, and written nothing else.
    fn wrong(self) -> String {
        assert_eq!((self.code, self.out.as_str()), (Some(1), ""), "{}", self.err);
        self.err
    }
}

/// Runs a program of the workspace on a database.
fn run(program: &str, database: &str, args: &[&str], environment: &[(&str, &str)]) -> Ran {
    let output: Output = Command::new(built(program))
        .args(args)
        .env_remove("LOOPBACK_MIGRATE")
        .env_remove("LOOPBACK_ENV")
        .env("DATABASE_URL", database)
        .envs(environment.iter().copied())
        .output()
        .expect("a program that runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { out: text(&output.stdout), err: text(&output.stderr), code: output.status.code() }
}

/// `discover` of a program that has a model of its own, which none of these databases has a table of.
fn discover(database: &Scratch, args: &[&str]) -> Ran {
    run("quickstart", database.url(), &[&["discover"], args].concat(), &[])
}

/// Runs statements, each ended by `;` at the end of a line.
fn execute(database: &Scratch, script: &str) {
    let mut statement = String::new();
    for line in script.lines() {
        statement.push_str(line);
        statement.push('\n');
        if line.ends_with(';') {
            database.execute(&statement);
            statement.clear();
        }
    }
    assert!(statement.trim().is_empty(), "{statement}");
}

/// The databases that there are servers for.
fn databases() -> impl Iterator<Item = Scratch> {
    Kind::ALL.into_iter().filter_map(Kind::scratch)
}
