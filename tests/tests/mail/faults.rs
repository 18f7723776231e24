//! The mail server is dead, slow, refuses, breaks off: nobody who registers notices, and e-mails arrive when it is back.

use crate::house::{House, mail, quick, server};
use crate::smtp::{Manner, Smtp};
use loopback::prelude::*;
use loopback_tests::lab::Place;
use std::time::{Duration, Instant};

loopback_tests::place_cases! {
    a_dead_server_keeps_nobody_waiting_and_loses_nothing
    a_silent_server_keeps_nobody_waiting_and_loses_nothing
    what_is_not_taken_now_is_taken_later
    what_is_refused_for_good_is_kept_and_can_be_sent_again
    an_email_that_was_read_and_not_taken_is_sent_again_with_the_same_id
    after_too_many_attempts_an_email_is_given_up
    a_server_that_lets_nobody_in_costs_no_email
    one_that_is_slow_holds_up_no_other
    what_is_being_sent_when_the_app_stops_is_finished
}

/// Registers some, and says how long the quickest answer took: the machine may have kept others waiting.
async fn registrations(house: &House, count: usize) -> Duration {
    let mut quickest = Duration::MAX;
    for at in 0..count {
        let start = Instant::now();
        house.register(&format!("ann{at}@shop.test")).await;
        quickest = quickest.min(start.elapsed());
    }
    quickest
}

/// What the app waits for a server that says nothing, and far more than a registration needs.
const PATIENCE: Duration = Duration::from_secs(2);

async fn a_dead_server_keeps_nobody_waiting_and_loses_nothing(place: &Place) {
    let mut smtp = Smtp::start().await;
    smtp.die().await;
    let house = House::of(place, mail(&smtp)).await;
    registrations(&house, 5).await;
    let tried = |row: &OutboxEmail| row.state == OutboxState::Waiting && (row.error.is_some() || row.attempts == 0);
    house.outbox_when(tried).await;
    smtp.come_back().await;
    let mut to: Vec<String> = smtp.wait_for(5).await.into_iter().flat_map(|email| email.to).collect();
    to.sort();
    assert_eq!(to, (0..5).map(|at| format!("ann{at}@shop.test")).collect::<Vec<_>>());
    // What never reached a server has cost no attempt but the last.
    let rows = house.outbox_when(|row| row.state == OutboxState::Sent).await;
    assert!(rows.iter().all(|row| row.attempts == 1), "{rows:?}");
    house.stop().await;
}

async fn a_silent_server_keeps_nobody_waiting_and_loses_nothing(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::Silent);
    let house = House::of(place, quick(MailOptions::smtp(server(&smtp).timeout(PATIENCE)))).await;
    let quickest = registrations(&house, 5).await;
    assert!(quickest < PATIENCE, "{quickest:?}");
    let end = Instant::now() + Duration::from_secs(60);
    while smtp.connections() == 0 {
        assert!(Instant::now() < end, "nobody has tried");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    smtp.be(Manner::Takes);
    assert_eq!(smtp.wait_for(5).await.len(), 5);
    house.stop().await;
}

async fn what_is_not_taken_now_is_taken_later(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::Later);
    let house = House::of(place, mail(&smtp)).await;
    registrations(&house, 2).await;
    let rows = house.outbox_when(|row| row.error.is_some()).await;
    assert!(rows.iter().all(|row| row.attempts > 0 && row.state == OutboxState::Waiting), "{rows:?}");
    let error = rows[0].error.clone().unwrap();
    assert!(error.contains("451") && error.contains("not now") && !error.contains("token"), "{error}");
    smtp.be(Manner::Takes);
    smtp.wait_for(2).await;
    let rows = house.outbox_when(|row| row.state == OutboxState::Sent).await;
    assert!(rows.iter().all(|row| row.error.is_none() && row.letter.is_none()), "{rows:?}");
    house.stop().await;
}

async fn what_is_refused_for_good_is_kept_and_can_be_sent_again(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::Refuses);
    let house = House::of(place, mail(&smtp)).await;
    house.register("ann@shop.test").await;
    let rows = house.outbox_when(|row| row.state == OutboxState::Dead).await;
    assert_eq!((rows.len(), rows[0].attempts), (1, 1));
    assert!(rows[0].letter.is_some() && rows[0].error.clone().unwrap().contains("550"), "{rows:?}");
    let (mail, ctx) = (house.app.mail().unwrap(), &house.ctx);
    assert_eq!(mail.count(ctx, OutboxState::Dead).await.unwrap(), 1);
    assert!(mail.message(ctx, rows[0].id).await.unwrap().unwrap().contains("To: ann@shop.test\r\n"));
    smtp.be(Manner::Takes);
    mail.resend(ctx, rows[0].id).await.unwrap();
    let email = smtp.wait_for(1).await.remove(0);
    assert_eq!(email.header("Message-ID"), rows[0].message_id);
    assert_eq!(house.open(&email.link()).await.status, 302);
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    assert_eq!(mail.resend(ctx, rows[0].id).await.unwrap_err().status(), 409);
    assert_eq!(mail.resend(ctx, 4711).await.unwrap_err().status(), 404);
    assert_eq!(mail.message(ctx, rows[0].id).await.unwrap(), None);
    house.stop().await;
}

async fn an_email_that_was_read_and_not_taken_is_sent_again_with_the_same_id(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::BreaksOff);
    let house = House::of(place, mail(&smtp)).await;
    registrations(&house, 1).await;
    house.outbox_when(|row| row.error.is_some()).await;
    smtp.be(Manner::Takes);
    let email = smtp.wait_for(1).await.remove(0);
    let dropped = smtp.dropped();
    assert!(!dropped.is_empty());
    assert!(dropped.iter().all(|one| one.header("Message-ID") == email.header("Message-ID")));
    // Nobody knows whether that one was taken: it may come twice, as one and the same.
    smtp.be(Manner::TakesAndBreaksOff);
    house.register("bob@shop.test").await;
    smtp.wait_for(3).await;
    smtp.be(Manner::Takes);
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    let mut ids: Vec<String> = smtp.received().iter().skip(1).map(|one| one.header("Message-ID")).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    house.stop().await;
}

async fn after_too_many_attempts_an_email_is_given_up(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::Later);
    let house = House::of(place, mail(&smtp).give_up_after(3, Duration::from_secs(600))).await;
    house.register("ann@shop.test").await;
    let rows = house.outbox_when(|row| row.state == OutboxState::Dead).await;
    assert_eq!(rows[0].attempts, 3);
    smtp.be(Manner::Takes);
    assert_eq!(house.app.mail().unwrap().resend_all(&house.ctx).await.unwrap(), 1);
    smtp.wait_for(1).await;
    house.stop().await;
}

async fn a_server_that_lets_nobody_in_costs_no_email(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::LetsNobodyIn);
    let server = SmtpOptions::new("127.0.0.1").port(smtp.port).credentials("shop", "hunter2-secret");
    let house = House::of(place, quick(MailOptions::smtp(server)).give_up_after(1, Duration::from_secs(600))).await;
    house.register("ann@shop.test").await;
    let rows = house.outbox_when(|row| row.error.is_some() && row.claim.is_none()).await;
    assert_eq!((rows[0].state, rows[0].attempts), (OutboxState::Waiting, 0));
    assert!(!rows[0].error.clone().unwrap().contains("hunter2"));
    smtp.be(Manner::Takes);
    let email = smtp.wait_for(1).await.remove(0);
    assert!(email.auth.unwrap().starts_with("AUTH PLAIN "));
    house.stop().await;
}

async fn one_that_is_slow_holds_up_no_other(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::Holds);
    let house = House::of(place, mail(&smtp)).await;
    house.register("slow@shop.test").await;
    smtp.holds().await;
    smtp.be(Manner::Takes);
    house.register("quick@shop.test").await;
    assert_eq!(smtp.wait_for(1).await[0].to, ["quick@shop.test"]);
    smtp.let_go();
    smtp.wait_for(2).await;
    house.stop().await;
}

async fn what_is_being_sent_when_the_app_stops_is_finished(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::Holds);
    let house = House::of(place, mail(&smtp)).await;
    house.register("ann@shop.test").await;
    smtp.holds().await;
    let (app, ctx) = (house.app.clone(), house.ctx.clone());
    let stopping = app.clone();
    let stop = tokio::spawn(house.stop());
    stopping.stopping().await;
    assert!(!stop.is_finished(), "it waits for what is being sent");
    smtp.let_go();
    stop.await.unwrap();
    assert_eq!(smtp.received().len(), 1);
    assert_eq!(app.mail().unwrap().count(&ctx, OutboxState::Sent).await.unwrap(), 1);
    // Nothing sends any more: what is written now waits for the next start.
    Email::new("bob@shop.test", "Later", "text").send(&ctx).await.unwrap();
    smtp.be(Manner::Takes);
    assert_eq!(smtp.received().len(), 1);
    let delivered = app.mail().unwrap().send_due(&ctx).await.unwrap();
    assert_eq!((delivered.sent, smtp.received().len()), (1, 2));
}
