//! What goes wrong around a running app: it is stopped under load, clients are slow, idle or deaf by the thousand, the
//! database goes away and comes back. Others must not notice. `--nocapture` shows the figures.

#![allow(clippy::expect_used, clippy::unwrap_used)]
// A program of one's own: its models are `pub` because models are written so, not because somebody imports them.
#![allow(unreachable_pub)]

mod clients;
mod database;
mod stop;

use futures_util::{StreamExt as _, stream};
use loopback_tests::databases::{Kind, Scratch};
use loopback_tests::raw::Raw;
use loopback_tests::server::Server;
use std::net::SocketAddr;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// Each of these tests measures, and is a load of its own: one at a time.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A server that stops may close a connection on which nothing has come for 250 ms.
const LINGER: Duration = Duration::from_millis(200);

/// The reference app on a SQLite database of its own.
fn server(environment: &[(&str, &str)]) -> (Server, Scratch) {
    let database = Kind::Sqlite.scratch().unwrap();
    let mut all = vec![("DATABASE_URL", database.url())];
    all.extend_from_slice(environment);
    (Server::start("reference-app", &all).unwrap(), database)
}

fn address(server: &Server) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], server.port()))
}

/// The middle, the 99th percentile and the greatest, in milliseconds.
fn figures(mut times: Vec<Duration>) -> (f64, f64, f64) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    (at(0.5), at(0.99), at(1.0))
}

/// Clients that ask for a long list and take nothing of it. Some of them are being answered by then.
async fn deaf(address: SocketAddr, count: usize) -> Vec<Raw> {
    let mut all = Vec::new();
    for _ in 0..count {
        let mut raw = Raw::connect(address).await.unwrap();
        raw.send("GET /api/Patients HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
        all.push(raw);
    }
    let answered = stream::iter(&all).map(Raw::is_answered).buffer_unordered(count).take(4);
    let answered = tokio::time::timeout(LIMIT, answered.collect::<Vec<_>>()).await.expect("some lists begin");
    assert!(answered.into_iter().all(|answered| answered.is_ok()));
    all
}

/// More than a client that takes nothing has in its buffers, many times over.
fn many_rows(kind: Kind) -> String {
    let digits = "(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION \
                  SELECT 7 UNION SELECT 8 UNION SELECT 9)";
    let insured = if kind == Kind::Postgres { "true" } else { "1" };
    let name = "a name that fills a row ".repeat(10);
    format!(
        "INSERT INTO patient (name, insured) SELECT '{name}', {insured} FROM {digits} a, {digits} b, {digits} c, {digits} d, \
         (SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3) e"
    )
}
