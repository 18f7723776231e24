//! Stops: under load, by a second signal, and what the log has said by then.

use super::{ALONE, LIMIT, LINGER, address, deaf, many_rows, server};
use loopback_tests::databases::Kind;
use loopback_tests::http::Request;
use loopback_tests::raw::Raw;
use loopback_tests::say;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

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
