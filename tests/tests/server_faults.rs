//! What goes wrong around a running app: it is stopped under load, clients are slow, idle or deaf by the thousand, the
//! database goes away and comes back. Others must not notice. `--nocapture` shows the figures.

#![allow(clippy::expect_used, clippy::unwrap_used)]
// A program of one's own: its models are `pub` because models are written so, not because somebody imports them.
#![allow(unreachable_pub)]

use futures_util::{StreamExt as _, stream};
use loopback::ConnectOptions;
use loopback::app::Running;
use loopback::prelude::*;
use loopback::sea_orm::{ConnectionTrait as _, DbBackend, TransactionTrait as _};
use loopback_tests::databases::{Kind, Scratch};
use loopback_tests::http::{Client, Request};
use loopback_tests::proxy::{Proxy, State};
use loopback_tests::raw::Raw;
use loopback_tests::say;
use loopback_tests::server::Server;
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

#[model]
pub struct Note {
    #[property(id, generated)]
    pub id: i64,
    pub text: String,
}

#[model]
impl Note {
    /// A statement of the application's own that takes so many seconds, inside a transaction or not.
    #[remote_method(get, "/sleep")]
    async fn sleep(ctx: &Ctx, seconds: i64, transaction: Option<bool>) -> Result<bool> {
        let sql = match ctx.db().get_database_backend() {
            DbBackend::Postgres => format!("SELECT pg_sleep({seconds})"),
            _ => format!("SELECT SLEEP({seconds})"),
        };
        if transaction == Some(true) {
            return ctx
                .transaction(async |tx| {
                    Note::create(&tx, set!(Note { text: "asleep" })).await?;
                    tx.with_db(async |db| db.execute_unprepared(&sql).await.map_err(Error::internal)).await?;
                    Ok(true)
                })
                .await;
        }
        ctx.db().execute_unprepared(&sql).await.map_err(Error::internal)?;
        Ok(true)
    }
}

const LIMIT: Duration = Duration::from_secs(60);

/// Each of these tests measures, and is a load of its own: one at a time.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A server that stops may close a connection on which nothing has come for 250 ms.
const LINGER: Duration = Duration::from_millis(200);

/// The reference app on a SQLite database of its own.
fn server(environment: &[(&str, &str)]) -> (Server, loopback_tests::databases::Scratch) {
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

/// What became of requests that were sent while the server was stopped.
#[derive(Debug, Default)]
struct Tally {
    answered: AtomicUsize,
    failed: AtomicUsize,
    lost: AtomicUsize,
    refused: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_loses_no_request() {
    let _alone = ALONE.lock().await;
    for round in 0..3 {
        let (mut server, _database) = tokio::task::spawn_blocking(|| server(&[])).await.unwrap();
        let address = address(&server);
        let (kept, fresh) = (Arc::new(Tally::default()), Arc::new(Tally::default()));
        let mut tasks = Vec::new();
        for client in 0..16 {
            let tally = kept.clone();
            tasks.push(tokio::spawn(async move {
                let mut raw = Raw::connect(address).await.unwrap();
                let mut sent = Instant::now();
                for turn in 0.. {
                    let before = std::mem::replace(&mut sent, Instant::now());
                    let answer = match (client + turn) % 4 {
                        0 => raw.post("/api/Categories", r#"{"name":"load"}"#).await,
                        1 => raw.get("/api/Categories/count").await,
                        _ => raw.get("/api/Categories?filter[limit]=5").await,
                    };
                    match answer {
                        Ok(answer) => {
                            tally.answered.fetch_add(1, SeqCst);
                            if answer.status != 200 {
                                tally.failed.fetch_add(1, SeqCst);
                            }
                            if answer.is_last() {
                                return;
                            }
                        }
                        // This client had no processor for so long that its connection was idle.
                        Err(_) if sent - before > LINGER => return,
                        Err(error) => {
                            say(&format!("lost on an open connection: {error}"));
                            tally.lost.fetch_add(1, SeqCst);
                            return;
                        }
                    }
                }
            }));
        }
        for _ in 0..4 {
            let tally = fresh.clone();
            tasks.push(tokio::spawn(async move {
                loop {
                    let begin = Instant::now();
                    let Ok(mut raw) = Raw::connect(address).await else {
                        tally.refused.fetch_add(1, SeqCst);
                        return;
                    };
                    match raw.get("/api/Categories/count").await {
                        Ok(answer) => {
                            tally.answered.fetch_add(1, SeqCst);
                            if answer.status != 200 {
                                tally.failed.fetch_add(1, SeqCst);
                            }
                        }
                        Err(_) if begin.elapsed() > LINGER => {}
                        Err(error) => {
                            say(&format!("lost on a new connection: {error}"));
                            tally.lost.fetch_add(1, SeqCst);
                            return;
                        }
                    }
                }
            }));
        }
        let end = Instant::now() + LIMIT;
        while kept.answered.load(SeqCst) < 300 || fresh.answered.load(SeqCst) < 50 {
            assert!(Instant::now() < end, "{kept:?} {fresh:?}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let begin = Instant::now();
        server.terminate();
        for task in tasks {
            tokio::time::timeout(LIMIT, task).await.expect("clients end").unwrap();
        }
        let code = tokio::task::spawn_blocking(move || (server.wait(LIMIT), server.output())).await.unwrap();
        say(&format!("stop under load, round {round}: {kept:?}, new connections: {fresh:?}, {:?}", begin.elapsed()));
        assert_eq!(code.0, Some(0), "{}", code.1);
        for tally in [&kept, &fresh] {
            assert_eq!((tally.failed.load(SeqCst), tally.lost.load(SeqCst)), (0, 0), "{tally:?}");
        }
        // Each of them came to the closed door.
        assert_eq!(fresh.refused.load(SeqCst), 4);
    }
}

/// A short list.
const SHORT: &str = "/api/Categories?filter[limit]=5";

/// A request on an open connection, many times, from a few clients.
async fn measure(address: SocketAddr, count: usize) -> Vec<Duration> {
    let clients = (0..4).map(|_| async move {
        let mut raw = Raw::connect(address).await.unwrap();
        let mut times = Vec::new();
        for _ in 0..count / 4 {
            let begin = Instant::now();
            let answer = raw.get(SHORT).await.unwrap();
            assert_eq!(answer.status, 200);
            times.push(begin.elapsed());
        }
        times
    });
    futures_util::future::join_all(clients).await.concat()
}

/// The figures of the first of three measurements that are good, or of the last.
async fn measured(address: SocketAddr, good: impl Fn((f64, f64, f64)) -> bool) -> (f64, f64, f64) {
    let mut found = figures(measure(address, 1_000).await);
    for _ in 0..2 {
        if good(found) {
            break;
        }
        found = figures(measure(address, 1_000).await);
    }
    found
}

/// That the quickest of three tries is quick: whoever waits for a place waits for 5 seconds, each time.
async fn is_quick(what: &str, mut ask: impl AsyncFnMut() -> u16) {
    let mut quickest = Duration::MAX;
    for _ in 0..3 {
        let begin = Instant::now();
        let status = ask().await;
        assert!(matches!(status, 200 | 401), "{what}: {status}");
        quickest = quickest.min(begin.elapsed());
    }
    assert!(quickest < Duration::from_secs(3), "{what}: {quickest:?}");
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

async fn deaf_clients_keep_nobody_waiting(kind: Kind) {
    let Some(database) = kind.scratch() else { return };
    let url = database.url().to_owned();
    let start = move || Server::start("reference-app", &[("DATABASE_URL", &url)]).unwrap();
    let server = tokio::task::spawn_blocking(start).await.unwrap();
    let address = address(&server);
    database.execute(&many_rows(kind));
    measure(address, 400).await;
    let before = figures(measure(address, 1_000).await);

    let mut raw = Raw::connect(address).await.unwrap();
    let begin = Instant::now();
    assert_eq!(raw.get("/api/Patients").await.unwrap().status, 200);
    let alone = begin.elapsed();

    let crowd = deaf(address, 12).await;
    let name = kind.name();
    // Whether they are an admin is read for each of them.
    for user in ["alice", "bob", "carol", "dave", "erin"] {
        let token = format!("{user}-token-{}", "x".repeat(64 - "-token-".len() - user.len()));
        let target = format!("/api/Customers/count?access_token={token}");
        is_quick(&format!("{name} {user}"), async || raw.get(&target).await.unwrap().status).await;
    }
    let body = r#"{"name":"written meanwhile"}"#;
    is_quick(&format!("{name} a write"), async || raw.post("/api/Categories", body).await.unwrap().status).await;
    // A list without a limit that is short needs no place of theirs.
    is_quick(&format!("{name} a short list"), async || raw.get("/api/Categories").await.unwrap().status).await;
    let with_deaf = measured(address, |found| found.2 < 3_000.0).await;
    say(&format!("{name}: median, p99, max in ms: {before:.2?} alone, {with_deaf:.2?} with 12 deaf clients"));
    assert!(with_deaf.2 < 3_000.0, "{name} {with_deaf:?}");

    // Gone, they need nothing any more.
    drop(crowd);
    let begin = Instant::now();
    let list = tokio::time::timeout(LIMIT, raw.get("/api/Patients")).await.expect("a list").unwrap();
    say(&format!("{}: a list of {} bytes after them in {:.1?}", kind.name(), list.body.len(), begin.elapsed()));
    assert_eq!(list.status, 200);
    let bound = alone * 3 + Duration::from_secs(4);
    assert!(begin.elapsed() < bound, "{name} a list: {:?}, alone {alone:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deaf_clients_keep_nobody_waiting_for_sqlite() {
    let _alone = ALONE.lock().await;
    deaf_clients_keep_nobody_waiting(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deaf_clients_keep_nobody_waiting_for_postgres() {
    let _alone = ALONE.lock().await;
    deaf_clients_keep_nobody_waiting(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deaf_clients_keep_nobody_waiting_for_mysql() {
    let _alone = ALONE.lock().await;
    deaf_clients_keep_nobody_waiting(Kind::MySql).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_of_bad_clients_harms_nobody() {
    let _alone = ALONE.lock().await;
    raise_the_limit_of_open_files();
    let (server, database) = tokio::task::spawn_blocking(|| server(&[])).await.unwrap();
    let address = address(&server);
    // Long rows: what a client that takes nothing has in its buffers is soon full.
    let rows = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 10000) INSERT INTO patient (name, \
                insured) SELECT replace(hex(zeroblob(2000)), '0', 'x'), 1 FROM s";
    database.execute(rows);
    measure(address, 400).await;
    let before = figures(measure(address, 1_000).await);
    let memory = server.memory();

    let mut idle = Vec::new();
    for _ in 0..2_000 {
        idle.push(Raw::connect(address).await.unwrap());
    }
    let with_idle = measured(address, |found| found.1 < 100.0).await;
    let memory_with_idle = server.memory();
    let mut half = Vec::new();
    for _ in 0..50 {
        let mut raw = Raw::connect(address).await.unwrap();
        raw.send("GET /api/Categories/count HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
        raw.half_close().await.unwrap();
        half.push(raw);
    }
    for raw in &mut half {
        assert_eq!(raw.answer().await.unwrap().status, 200);
    }
    let mut drips = Vec::new();
    for client in 0..100 {
        let mut raw = Raw::connect(address).await.unwrap();
        drips.push(tokio::spawn(async move {
            if client % 2 == 0 {
                let head = "POST /api/Categories HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";
                raw.send(format!("{head}Content-Length: 1000\r\n\r\n")).await.unwrap();
            }
            // A byte a second, of a head or of a body, as long as it is taken.
            while raw.send("x").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }));
    }
    // More than SQLite reads long lists at a time.
    let _deaf = deaf(address, 12).await;
    let with_all = measured(address, |found| found.1 < 400.0).await;
    let memory_with_all = server.memory();
    say(&format!(
        "median, p99, max in ms: {before:.2?} alone, {with_idle:.2?} with 2,000 idle connections, {with_all:.2?} with 100 slow, \
         50 half closed and 12 deaf clients as well; memory in KiB {memory:?}, {memory_with_idle:?}, {memory_with_all:?}"
    ));
    // While the deaf ones are given what they do not take, the processors have work of theirs, in a debug build much of it.
    assert!(with_idle.1 < (before.1 * 5.0).max(1_000.0), "{before:?} {with_idle:?}");
    assert!(with_all.1 < (before.1 * 10.0).max(1_000.0), "{before:?} {with_all:?}");
    if let (Some(before), Some(idle), Some(all)) = (memory, memory_with_idle, memory_with_all) {
        assert!(idle.saturating_sub(before) < 12 * 1024, "{before} KiB, then {idle} KiB");
        // A list that stands still takes 1.5 MiB. The pages of SQLite's file that it has seen count as well, for each list anew.
        assert!(all.saturating_sub(before) < 64 * 1024, "{before} KiB, then {all} KiB");
    }
    for task in drips {
        task.abort();
    }
    // Those that never sent anything are closed by now, or soon.
    let mut first = idle.swap_remove(0);
    assert_eq!(tokio::time::timeout(LIMIT, first.rest()).await.expect("closed in time"), b"");
}

#[cfg(unix)]
fn raise_the_limit_of_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum.or(Some(8192)), maximum: limit.maximum }).unwrap();
}

#[cfg(not(unix))]
fn raise_the_limit_of_open_files() {}

/// Sends requests of all sorts at once; gives their statuses and the longest time one took.
async fn storm(client: Client) -> (Vec<u16>, Duration) {
    let requests = (0..24).map(|at| {
        tokio::task::spawn_blocking(move || {
            let request = match at % 4 {
                0 => Request::new("POST", "/api/Notes").json(&json!({ "text": "storm" })),
                1 => Request::new("PATCH", "/api/Notes/1").json(&json!({ "text": "changed" })),
                2 => Request::new("GET", "/api/Notes/1"),
                _ => Request::new("GET", "/api/Notes?filter[limit]=3"),
            };
            let begin = Instant::now();
            let answer = client.answer(&request);
            if answer.status != 200 {
                assert_eq!(answer.status, 503, "{answer}");
                assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
            }
            (answer.status, begin.elapsed())
        })
    });
    let answers = futures_util::future::join_all(requests).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    (answers.iter().map(|(status, _)| *status).collect(), answers.iter().map(|(_, time)| *time).max().unwrap())
}

async fn database_goes_and_comes_back(kind: Kind) {
    let Some(database) = kind.scratch() else { return };
    let (proxy, url) = Proxy::before_url(database.url()).await;
    let options = ConnectOptions {
        acquire_timeout: Duration::from_secs(3),
        statement_timeout: Some(Duration::from_secs(4)),
        ..ConnectOptions::new(url)
    };
    let app = App::builder().models([Note::DEF]).data_source("db", options).host("127.0.0.1").port(0);
    let app = app.build().await.unwrap();
    let server = app.start().await.unwrap();
    let client = Client::local(server.local_addr().unwrap().port()).patient(LIMIT);
    let fine = |statuses: &[u16]| statuses.iter().all(|status| *status == 200);
    let (name, mut stored) = (kind.name(), 0);
    let mut count = |statuses: &[u16]| {
        stored += statuses.iter().step_by(4).filter(|status| **status == 200).count();
        stored
    };
    let first = tokio::task::spawn_blocking(move || client.json("POST", "/api/Notes", &json!({ "text": "first" })));
    assert_eq!(first.await.unwrap().status, 200);
    let (statuses, _) = storm(client).await;
    assert!(fine(&statuses), "{statuses:?}");
    count(&statuses);
    for state in [State::Down, State::Silent, State::Down] {
        proxy.turn(state).await;
        for round in 0..2 {
            let (statuses, longest) = storm(client).await;
            say(&format!("{name} {state:?}, round {round}: {statuses:?}, the longest {longest:.1?}"));
            assert!(statuses.iter().all(|status| *status == 503), "{name} {state:?}: {statuses:?}");
            // A silent one takes the time of a statement, or of a connection and another try.
            let bound = if state == State::Silent { 20 } else { 10 };
            assert!(longest < Duration::from_secs(bound), "{name} {state:?}: {longest:?}");
        }
        proxy.turn(State::Up).await;
        let begin = Instant::now();
        loop {
            let (statuses, _) = storm(client).await;
            count(&statuses);
            if fine(&statuses) {
                break;
            }
            assert!(begin.elapsed() < LIMIT, "{name} after {state:?}: {statuses:?}");
        }
        say(&format!("{name} after {state:?}: everything works again after {:.1?}", begin.elapsed()));
        for _ in 0..3 {
            let (statuses, _) = storm(client).await;
            count(&statuses);
            assert!(fine(&statuses), "{name} after {state:?}: {statuses:?}");
        }
    }
    // What was answered 200 is there. A 503 may have been written: nobody could tell.
    let rows = Note::count(&app.ctx(), Note::props().text.eq("storm")).await.unwrap();
    assert!(rows >= count(&[]) as u64, "{rows} rows of {}", count(&[]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_goes_away_and_comes_back() {
    let _alone = ALONE.lock().await;
    database_goes_and_comes_back(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mysql_goes_away_and_comes_back() {
    let _alone = ALONE.lock().await;
    database_goes_and_comes_back(Kind::MySql).await;
}

/// Who waits for another that is cut off after 4 seconds waits for longer.
const FREE: Duration = Duration::from_secs(2);

/// An app whose requests may take 4 seconds, with two notes.
async fn hurried(kind: Kind, connections: u32) -> Option<(Scratch, App, Running, SocketAddr)> {
    let database = kind.scratch()?;
    let options = ConnectOptions { max_connections: Some(connections), ..ConnectOptions::new(database.url()) };
    let app = App::builder().models([Note::DEF]).data_source("db", options).host("127.0.0.1").port(0);
    let app = app.request_timeout(Duration::from_secs(4)).build().await.unwrap();
    for text in ["locked", "free"] {
        Note::create(&app.ctx(), set!(Note { text: text.to_owned() })).await.unwrap();
    }
    let running = app.start().await.unwrap();
    let address = running.local_addr().unwrap();
    Some((database, app, running, address))
}

/// Sends requests at once, each on a connection of its own; gives their statuses.
async fn at_once(address: SocketAddr, count: usize, target: &str) -> Vec<u16> {
    let requests = (0..count).map(|_| async move {
        let mut raw = Raw::connect(address).await.unwrap();
        if target.starts_with("/api/Notes/1") {
            raw.send(format!("PATCH {target} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"))
                .await
                .unwrap();
            raw.send("Content-Length: 14\r\n\r\n{\"text\":\"new\"}").await.unwrap();
            return raw.answer().await.unwrap().status;
        }
        raw.get(target).await.unwrap().status
    });
    futures_util::future::join_all(requests).await
}

/// Many requests, one after the other, none of which takes long.
async fn all_is_well(address: SocketAddr, what: &str, target: &str) {
    let mut raw = Raw::connect(address).await.unwrap();
    for round in 0..10 {
        let begin = Instant::now();
        let answer = raw.get(target).await.unwrap();
        assert_eq!(answer.status, 200, "{what}, {target}, round {round}: {answer:?}");
        assert!(begin.elapsed() < FREE, "{what}, {target}: {:?}", begin.elapsed());
    }
}

async fn who_is_cut_off_leaves_no_busy_connection(kind: Kind) {
    for way in ["false", "true"] {
        let Some((_database, _app, _running, address)) = hurried(kind, 2).await else { return };
        let slow = format!("/api/Notes/sleep?seconds=20&transaction={way}");
        assert_eq!(at_once(address, 2, &slow).await, [503, 503], "{}", kind.name());
        let quick = format!("/api/Notes/sleep?seconds=0&transaction={way}");
        all_is_well(address, kind.name(), &quick).await;
        all_is_well(address, kind.name(), "/api/Notes/2").await;
        all_is_well(address, kind.name(), "/api/Notes").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_cut_off_leaves_no_busy_connection_of_postgres() {
    let _alone = ALONE.lock().await;
    who_is_cut_off_leaves_no_busy_connection(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_cut_off_leaves_no_busy_connection_of_mysql() {
    let _alone = ALONE.lock().await;
    who_is_cut_off_leaves_no_busy_connection(Kind::MySql).await;
}

async fn who_waits_for_a_lock_keeps_nobody_else_waiting(kind: Kind, waiters: usize) {
    let Some((database, app, _running, address)) = hurried(kind, 10).await else { return };
    let other = loopback::sea_orm::Database::connect(database.url()).await.unwrap();
    let lock = other.begin().await.unwrap();
    lock.execute_unprepared("UPDATE note SET text = 'held' WHERE id = 1").await.unwrap();
    let locked = tokio::spawn(async move { at_once(address, waiters, "/api/Notes/1").await });
    let mut writer = Raw::connect(address).await.unwrap();
    while !locked.is_finished() {
        let begin = Instant::now();
        let head = "PATCH /api/Notes/2 HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";
        writer.send(format!("{head}Content-Length: 14\r\n\r\n{{\"text\":\"new\"}}")).await.unwrap();
        assert_eq!(writer.answer().await.unwrap().status, 200, "{}", kind.name());
        assert!(begin.elapsed() < FREE, "{}: {:?}", kind.name(), begin.elapsed());
        all_is_well(address, kind.name(), "/api/Notes/2").await;
    }
    assert_eq!(locked.await.unwrap(), vec![503; waiters]);
    all_is_well(address, kind.name(), "/api/Notes/2").await;
    let mut raw = Raw::connect(address).await.unwrap();
    for _ in 0..10 {
        let begin = Instant::now();
        assert_eq!(raw.post("/api/Notes", r#"{"text":"written"}"#).await.unwrap().status, 200);
        assert!(begin.elapsed() < FREE, "{}: {:?}", kind.name(), begin.elapsed());
    }
    lock.rollback().await.unwrap();
    other.close().await.unwrap();
    // Nothing that was cut off has the lock.
    let cx = app.ctx();
    let changed = Note::update_all(&cx, Note::props().id.eq(1), set!(Note { text: "again" }));
    tokio::time::timeout(LIMIT, changed).await.expect("the lock is free").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_lock_keeps_nobody_else_waiting_for_postgres() {
    let _alone = ALONE.lock().await;
    // More than there are connections.
    who_waits_for_a_lock_keeps_nobody_else_waiting(Kind::Postgres, 30).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_lock_keeps_nobody_else_waiting_for_mysql() {
    let _alone = ALONE.lock().await;
    who_waits_for_a_lock_keeps_nobody_else_waiting(Kind::MySql, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_waits_for_its_database() {
    let _alone = ALONE.lock().await;
    let Some(database) = Kind::Postgres.scratch() else { return };
    let (proxy, url) = Proxy::before_url(database.url()).await;
    proxy.turn(State::Down).await;
    let mut options = ConnectOptions { start_timeout: Duration::from_millis(300), ..ConnectOptions::new(url) };
    let build = |options: &ConnectOptions| {
        App::builder().models([Note::DEF]).data_source("db", options.clone()).host("127.0.0.1").port(0).build()
    };
    let fault = build(&options).await.map(drop).unwrap_err().to_string();
    assert!(fault.starts_with("PostgreSQL at 127.0.0.1:") && fault.contains("does not answer"), "{fault}");
    options.start_timeout = LIMIT;
    let building = tokio::spawn(build(&options));
    proxy.turn(State::Up).await;
    let app = building.await.unwrap().unwrap();
    assert_eq!(Note::count(&app.ctx(), ()).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_the_process_whatever_it_waits_for() {
    let _alone = ALONE.lock().await;
    let (mut server, database) = tokio::task::spawn_blocking(|| server(&[])).await.unwrap();
    database.execute(&many_rows(Kind::Sqlite));
    let _deaf = deaf(address(&server), 4).await;
    // They are one press of a key.
    server.terminate_twice();
    let end = Instant::now() + LIMIT;
    while !server.output().contains("waiting for") {
        assert!(Instant::now() < end, "{}", server.output());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let begin = Instant::now();
    server.terminate();
    let (code, output) = tokio::task::spawn_blocking(move || (server.wait(LIMIT), server.output())).await.unwrap();
    // The grace period is longer.
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    assert_eq!(code, Some(143), "{output}");
    assert!(output.contains("SIGTERM again"), "{output}");
}

#[test]
fn a_request_is_a_line_of_the_log_without_secrets() {
    let _alone = ALONE.blocking_lock();
    let (mut server, _database) = server(&[("LOOPBACK_LOG", "json")]);
    assert_eq!(server.client().get("/api/Categories/count").status, 200);
    let request = Request::new("GET", "/api/Categories/1?access_token=sesame-open-42&filter[fields][id]=true")
        .header("Authorization", "sesame-header-42")
        .header("Cookie", "authorization=sesame-cookie-42");
    server.client().answer(&request);
    server.client().get("/sesame-path-42");
    server.terminate();
    assert_eq!(server.wait(LIMIT), Some(0), "{}", server.output());
    let log = server.output();
    let lines: Vec<Json> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of =
        |route: &str| lines.iter().find(|line| line["route"] == *route).unwrap_or_else(|| panic!("{route}\n{log}"));
    let line = of("/api/Categories/{id}");
    assert_eq!((&line["target"], &line["method"]), (&json!("loopback::request"), &json!("GET")), "{line}");
    assert!(line["status"].is_u64() && line["ms"].is_f64(), "{line}");
    assert_eq!(of("(none)")["status"], 404);
    assert!(!log.contains("sesame"), "{log}");
}
