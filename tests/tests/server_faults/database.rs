//! A database that goes away and comes back, is waited for at the start, or has locks.

use super::{ALONE, LIMIT};
use loopback::ConnectOptions;
use loopback::app::Running;
use loopback::prelude::*;
use loopback::sea_orm::{ConnectionTrait as _, DbBackend, TransactionTrait as _};
use loopback_tests::databases::{Kind, Scratch};
use loopback_tests::http::{Client, Request};
use loopback_tests::proxy::{Proxy, State};
use loopback_tests::raw::Raw;
use loopback_tests::say;
use serde_json::json;
use std::net::SocketAddr;
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
