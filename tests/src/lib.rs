//! Shared helpers of the test suites.
//!
//! - [`databases`]: scratch databases on SQLite, PostgreSQL and MySQL.
//! - [`lab`], [`rest`]: an app of a few models on each of them, inside the test's own process.
//! - [`person`]: a model of another crate, for models of the tests to extend.
//! - [`server`]: programs of the workspace, started on a free port.
//! - [`raw`]: a connection that stays open, [`proxy`]: a database that goes away.
//! - [`browser`]: a real browser, over WebDriver.
//! - [`http`]: a plain HTTP/1.1 client that hides nothing.
//! - [`xml`]: XML as a tree.
//! - [`swagger`]: what of a Swagger document counts.
//! - [`scenario`], [`compare`], [`replay`]: recorded answers of LoopBack, and how ours are held against them.
//!
//! A helper that cannot do its work panics: that is how a test fails.

#![allow(clippy::expect_used)]

pub mod browser;
pub mod compare;
pub mod databases;
pub mod http;
pub mod lab;
pub mod person;
pub mod proxy;
pub mod raw;
pub mod replay;
pub mod rest;
pub mod scenario;
pub mod server;
pub mod swagger;
pub mod xml;

use std::io::Write as _;

/// Prints a line that shows up even when the test harness keeps the output of tests that pass.
pub fn say(line: &str) {
    // The harness captures `println!` and `eprintln!`, not the stream itself. Nobody to tell when that fails.
    let _ = writeln!(std::io::stderr(), "{line}");
}
