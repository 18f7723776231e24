//! Very many log-ins at once: some are told to come again, nobody else notices.

use crate::house::*;
use loopback::ConnectOptions;
use loopback_tests::lab::Place;
use loopback_tests::say;
use serde_json::json;
use std::time::{Duration, Instant};

on_every_database!(two_thousand_log_ins_at_once_hold_nobody_up);

const LOG_INS: usize = 2_000;
const ACCOUNTS: usize = 40;

async fn two_thousand_log_ins_at_once_hold_nobody_up(place: &Place) {
    // Reads stand in line for a connection with all the log-ins.
    let house = House::with(place, |builder| {
        let patient = ConnectOptions { acquire_timeout: Duration::from_secs(120), ..ConnectOptions::new(&*place.url) };
        builder.data_source("db", patient).auth(|auth| auth.password_workers(1, 32))
    })
    .await;
    for at in 0..ACCOUNTS {
        house.register("Customers", &format!("user{at}@shop.test")).await;
    }
    let mut storm = futures_util::stream::FuturesUnordered::new();
    for at in 0..LOG_INS {
        let rest = house.rest().clone();
        let body = json!({ "email": format!("user{}@shop.test", at % ACCOUNTS), "password": PASSWORD });
        storm.push(tokio::spawn(async move { rest.json("POST", "/api/Customers/login", body).await }));
    }
    let reading = async {
        let mut slowest = Duration::ZERO;
        let mut reads = 0;
        loop {
            let begun = Instant::now();
            let answer = house.rest().get("/api/Profiles").await;
            assert_eq!(answer.status, 200, "{answer}");
            slowest = slowest.max(begun.elapsed());
            reads += 1;
            tokio::task::yield_now().await;
            if reads >= 20 {
                return (reads, slowest);
            }
        }
    };
    let answering = async {
        use futures_util::StreamExt as _;
        let (mut let_in, mut held_off) = (0, 0);
        while let Some(answer) = storm.next().await {
            let answer = answer.expect("an answer");
            match answer.status {
                200 => let_in += 1,
                429 | 503 => {
                    assert!(answer.header("retry-after").is_some(), "{answer}");
                    held_off += 1;
                }
                _ => panic!("{answer}"),
            }
        }
        (let_in, held_off)
    };
    let ((reads, slowest), (let_in, held_off)) = soon(async { tokio::join!(reading, answering) }).await;
    assert_eq!(let_in + held_off, LOG_INS);
    assert!(let_in > 0 && held_off > 0, "{let_in} let in, {held_off} told to come again");
    assert_eq!(house.sessions().await, i64::try_from(let_in).unwrap(), "a session for each that was let in");
    say(&format!(
        "{LOG_INS} log-ins at once ({:?}): {let_in} let in, {held_off} told to come again; the slowest of {reads} reads \
         took {slowest:?}",
        place.database
    ));
    assert!(house.can_log_in("user0@shop.test", PASSWORD).await);
}
