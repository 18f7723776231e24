//! A list of 100,000 rows is sent while it is read: the server's memory does not grow with it, also when the client
//! takes its time.

#![allow(clippy::expect_used)]

use loopback_tests::databases::Kind;
use loopback_tests::say;
use loopback_tests::server::Server;
use std::io::{Read, Write};
use std::net::TcpStream;

const ROWS: usize = 100_000;
/// The list is 17 MB. What the server may take for it is a few chunks and what a driver reads ahead.
const MAY_GROW: usize = 14 * 1024;

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
    let Some(database) = kind.scratch() else { return };
    let server = Server::start("reference-app", &[("DATABASE_URL", database.url())])
        .unwrap_or_else(|error| panic!("{}: {error}", kind.name()));
    let numbers = format!("WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {ROWS})");
    let name = "a name that fills its row: ".repeat(4);
    let statement = match kind {
        // MySQL limits recursion, and MariaDB calls the limit otherwise.
        Kind::MySql => {
            let digits = "(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION \
                          SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
            format!(
                "INSERT INTO patient (name, insured) SELECT '{name}', 1 FROM {digits} a, {digits} b, {digits} c, \
                 {digits} d, {digits} e"
            )
        }
        Kind::Postgres => format!("{numbers} INSERT INTO patient (name, insured) SELECT '{name}', true FROM s"),
        Kind::Sqlite => format!("{numbers} INSERT INTO patient (name, insured) SELECT '{name}', 1 FROM s"),
    };
    database.execute(&statement);

    // Once for what is made once: connections, prepared statements.
    list(&server.base(), 1);
    let Some(before) = peak(server.id()) else { return say("skipped: no /proc here to read a process's memory from") };
    let rows = list(&server.base(), usize::MAX);
    let after = peak(server.id()).expect("it was there before");
    assert!(rows >= ROWS, "{rows} rows");
    let grown = after - before;
    assert!(grown < MAY_GROW, "{}: the server's memory grew by {grown} KiB", kind.name());
}

/// Reads the list, or the beginning of it, in small pieces; counts the rows.
fn list(base: &str, pieces: usize) -> usize {
    let address = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let request = format!("GET /api/Patients HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("a request");
    let (mut piece, mut rows) = (vec![0; 16 * 1024], 0);
    for _ in 0..pieces {
        match stream.read(&mut piece).expect("an answer") {
            0 => break,
            read => rows += piece[..read].iter().filter(|byte| **byte == b'}').count(),
        }
    }
    rows
}

/// The most memory that a process has had, in KiB.
fn peak(process: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
