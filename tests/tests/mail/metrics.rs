//! How many e-mails wait, and how many are dead, for who watches the app.

use crate::house::{House, mail};
use crate::smtp::{Manner, Smtp};
use loopback::prelude::*;
use loopback_tests::http::Request;
use loopback_tests::lab::Place;
use std::time::Duration;

loopback_tests::place_cases! {
    the_outbox_is_among_the_metrics
}

async fn the_outbox_is_among_the_metrics(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::Chooses);
    let house = House::with(place, mail(&smtp), |builder| builder.metrics(true)).await;
    for to in ["nobody1@shop.test", "nobody2@shop.test", "later@shop.test", "ann@shop.test"] {
        Email::new(to, "Hello", "text").send(&house.ctx).await.unwrap();
    }
    let shows = async |lines: [&str; 2]| {
        let end = tokio::time::Instant::now() + Duration::from_secs(120);
        loop {
            let text = house.send(Request::new("GET", "/metrics")).await.text();
            if lines.iter().all(|line| text.lines().any(|found| found == *line || found == format!("{line}.0"))) {
                assert!(text.contains("# TYPE mail_outbox_emails gauge"), "{text}");
                return;
            }
            assert!(tokio::time::Instant::now() < end, "{text}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    shows([r#"mail_outbox_emails{state="waiting"} 1"#, r#"mail_outbox_emails{state="dead"} 2"#]).await;
    smtp.be(Manner::Takes);
    house.app.mail().unwrap().resend_all(&house.ctx).await.unwrap();
    shows([r#"mail_outbox_emails{state="waiting"} 0"#, r#"mail_outbox_emails{state="dead"} 0"#]).await;
    house.stop().await;
}
