//! The outbox: it commits with the data, several instances share it, and it keeps nothing longer than it has to.

use crate::house::{Customer, House, PASSWORD, mail, quick};
use crate::smtp::{Manner, Smtp};
use loopback::prelude::*;
use loopback_tests::lab::Place;
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;

loopback_tests::place_cases! {
    what_is_rolled_back_sends_nothing
    a_registration_that_fails_sends_nothing
    two_instances_send_each_email_once
    an_email_of_an_instance_that_has_died_is_sent_by_another
    what_was_sent_is_written_down_when_the_database_is_back
    what_has_expired_is_not_sent_and_says_nothing_any_more
    what_is_kept_long_enough_is_deleted
    an_email_of_code_is_sent_without_a_server_of_http
    observers_of_all_models_do_not_touch_the_outbox
}

async fn what_is_rolled_back_sends_nothing(place: &Place) {
    let smtp = Smtp::start().await;
    let house = House::of(place, mail(&smtp)).await;
    let done: Result<()> = house
        .ctx
        .transaction(async |tx| {
            Email::new("ann@shop.test", "Never", "text").send(&tx).await?;
            assert_eq!(OutboxEmail::count(&tx, ()).await?, 1);
            Err(Error::new(409, "no"))
        })
        .await;
    assert_eq!(done.unwrap_err().status(), 409);
    assert!(house.outbox().await.is_empty());
    house
        .ctx
        .transaction(async |tx| {
            Email::new("bob@shop.test", "Once", "text").send(&tx).await?;
            // It is no e-mail of anybody before the transaction is done.
            tokio::time::sleep(Duration::from_millis(150)).await;
            assert!(smtp.received().is_empty());
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(smtp.wait_for(1).await[0].header("Subject"), "Once");
    house.stop().await;
}

async fn a_registration_that_fails_sends_nothing(place: &Place) {
    let smtp = Smtp::start().await;
    let house = House::of(place, mail(&smtp)).await;
    let body = json!({ "email": "ann@shop.test", "password": PASSWORD, "name": "fails late" });
    assert_eq!(house.post("/api/Customers", body).await.status, 409);
    assert!(house.outbox().await.is_empty());
    assert_eq!(Customer::count(&house.ctx, ()).await.unwrap(), 0);
    // Of a list, all or none.
    let list = json!([
        { "email": "ann@shop.test", "password": PASSWORD },
        { "email": "bob@shop.test", "password": PASSWORD, "name": "fails late" }
    ]);
    assert_eq!(house.post("/api/Customers", list).await.status, 409);
    assert!(house.outbox().await.is_empty());
    let list = json!([
        { "email": "ann@shop.test", "password": PASSWORD },
        { "email": "bob@shop.test", "password": PASSWORD }
    ]);
    assert_eq!(house.post("/api/Customers", list).await.status, 200);
    assert_eq!(smtp.wait_for(2).await.len(), 2);
    house.stop().await;
}

async fn two_instances_send_each_email_once(place: &Place) {
    const COUNT: usize = 200;
    let smtp = Smtp::start().await;
    let one = House::of(place, mail(&smtp)).await;
    let other = House::beside(place, mail(&smtp)).await;
    for at in 0..COUNT {
        let house = if at % 2 == 0 { &one } else { &other };
        Email::new(format!("u{at}@shop.test"), "Hello", "text").send(&house.ctx).await.unwrap();
    }
    smtp.wait_for(COUNT).await;
    let rows = one.outbox_when(|row| row.state == OutboxState::Sent).await;
    assert_eq!(rows.len(), COUNT);
    one.stop().await;
    other.stop().await;
    let mut times: HashMap<String, usize> = HashMap::new();
    for email in smtp.received() {
        *times.entry(email.to.concat()).or_default() += 1;
    }
    assert_eq!(times.len(), COUNT);
    assert!(times.values().all(|times| *times == 1), "{times:?}");
}

async fn an_email_of_an_instance_that_has_died_is_sent_by_another(place: &Place) {
    let smtp = Smtp::start().await;
    let house = House::of(place, mail(&smtp)).await;
    let (row, now) = (OutboxEmail::props(), Utc::now());
    smtp.be(Manner::Later);
    Email::new("ann@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    house.outbox_when(|row| row.attempts > 0).await;
    let (app, ctx) = (house.app.clone(), house.ctx.clone());
    house.stop().await;
    smtp.be(Manner::Takes);
    // As it stands when its process is killed in the middle.
    let later = now + chrono_seconds(3_600);
    let claimed = set!(OutboxEmail { claim: "somebody".to_owned(), due: later, attempts: 1 });
    OutboxEmail::update_all(&ctx, row.id.gt(0), claimed).await.unwrap();
    let delivered = app.mail().unwrap().send_due(&ctx).await.unwrap();
    assert_eq!(delivered, loopback::mail::Delivered::default());
    OutboxEmail::update_all(&ctx, row.id.gt(0), set!(OutboxEmail { due: now })).await.unwrap();
    assert_eq!(app.mail().unwrap().send_due(&ctx).await.unwrap().sent, 1);
    assert_eq!(smtp.received().len(), 1);
}

async fn what_was_sent_is_written_down_when_the_database_is_back(place: &Place) {
    use loopback::sea_orm::ConnectionTrait;
    let smtp = Smtp::start().await;
    smtp.be(Manner::Holds);
    let house = House::of(place, mail(&smtp)).await;
    let sql = async |statement: &str| house.ctx.db().execute_unprepared(statement).await.map(drop);
    Email::new("ann@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    smtp.holds().await;
    // While the server reads it the table goes, and stays away for longer than anybody would try a few times.
    sql("ALTER TABLE outbox_email RENAME TO outbox_gone").await.unwrap();
    smtp.let_go();
    smtp.wait_for(1).await;
    smtp.be(Manner::Takes);
    tokio::time::sleep(Duration::from_secs(5)).await;
    // Its claim is over meanwhile: this instance knows better than to take it again.
    sql("UPDATE outbox_gone SET due = created").await.unwrap();
    sql("ALTER TABLE outbox_gone RENAME TO outbox_email").await.unwrap();
    Email::new("bob@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    let to: Vec<Vec<String>> = smtp.received().into_iter().map(|email| email.to).collect();
    assert_eq!(to, [["ann@shop.test"], ["bob@shop.test"]]);
    house.stop().await;
}

fn chrono_seconds(seconds: i64) -> loopback::chrono::TimeDelta {
    loopback::chrono::TimeDelta::seconds(seconds)
}

async fn what_has_expired_is_not_sent_and_says_nothing_any_more(place: &Place) {
    let smtp = Smtp::start().await;
    let house = House::of(place, mail(&smtp)).await;
    let past = Utc::now() - chrono_seconds(1);
    Email::new("ann@shop.test", "Too late", "text").expiring(past).send(&house.ctx).await.unwrap();
    let rows = house.outbox_when(|row| row.state == OutboxState::Expired).await;
    assert!(rows[0].letter.is_none() && smtp.received().is_empty());
    assert_eq!(house.app.mail().unwrap().resend(&house.ctx, rows[0].id).await.unwrap_err().status(), 409);
    // The e-mails of the flows have their end with the link in them.
    smtp.be(Manner::Later);
    house.register("bob@shop.test").await;
    let expires = house.outbox().await[1].expires.unwrap();
    let day = (expires - Utc::now()).num_seconds();
    assert!((86_300..=86_400).contains(&day), "{day}");
    house.stop().await;
}

async fn what_is_kept_long_enough_is_deleted(place: &Place) {
    let smtp = Smtp::start().await;
    // Swept at the start, and every minute.
    let house = House::of(place, mail(&smtp)).await;
    Email::new("ann@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    smtp.be(Manner::Refuses);
    Email::new("bob@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    house.outbox_when(|row| row.state != OutboxState::Waiting).await;
    smtp.be(Manner::Later);
    let soon = Utc::now() + chrono_seconds(3_600);
    Email::new("eve@shop.test", "Hello", "text").expiring(soon).send(&house.ctx).await.unwrap();
    house.stop().await;
    let long_ago = Utc::now() - chrono_seconds(8 * 86_400);
    let row = OutboxEmail::props();
    let house = House::beside(place, mail(&smtp)).await;
    let before = house.outbox().await;
    assert_eq!(before.len(), 3);
    OutboxEmail::update_all(&house.ctx, row.done.is_not_null(), set!(OutboxEmail { done: long_ago })).await.unwrap();
    OutboxEmail::update_all(
        &house.ctx,
        row.expires.is_not_null(),
        set!(OutboxEmail { expires: long_ago, due: long_ago }),
    )
    .await
    .unwrap();
    house.stop().await;
    let house = House::beside(place, mail(&smtp)).await;
    let end = tokio::time::Instant::now() + Duration::from_secs(60);
    let rows = loop {
        let rows = house.outbox().await;
        if rows.len() == 2 && rows.iter().all(|row| row.state != OutboxState::Waiting) {
            break rows;
        }
        assert!(tokio::time::Instant::now() < end, "{rows:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(rows[0].state, OutboxState::Dead, "30 days");
    assert!(rows[0].letter.is_some());
    assert_eq!((rows[1].state, &rows[1].letter), (OutboxState::Expired, &None));
    house.stop().await;
}

async fn an_email_of_code_is_sent_without_a_server_of_http(place: &Place) {
    let app = place.builder([]).mail(quick(MailOptions::stub())).build().await.unwrap();
    let ctx = app.ctx();
    let email = Email::new("ann@shop.test, Bob <bob@shop.test>", "Hello", "text").with_bcc("eve@shop.test");
    email.send(&ctx).await.unwrap();
    let mail = app.mail().unwrap();
    assert!(mail.sent_emails().is_empty());
    let delivered = mail.send_due(&ctx).await.unwrap();
    assert_eq!((delivered.sent, delivered.failed), (1, 0));
    assert_eq!(mail.sent_emails()[0].to, ["ann@shop.test", "bob@shop.test", "eve@shop.test"]);
    let error = Email::new("ann@shop.test", "a\r\nBcc: x@y.test", "text").send(&ctx).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (422, Some("INVALID_EMAIL")));
    let error = Email::new("ann@shop.test", "a", "text").by_transport("defualt").send(&ctx).await.unwrap_err();
    assert!(error.message().contains("did you mean `default`"), "{error}");
}

async fn observers_of_all_models_do_not_touch_the_outbox(place: &Place) {
    let smtp = Smtp::start().await;
    let house = House::with(place, mail(&smtp), |app| {
        app.observe(Phase::BeforeSave, |op| {
            Box::pin(async move {
                match &*op.model().name {
                    "Customer" | "AccessToken" => Ok(()),
                    other => Err(Error::new(403, format!("nobody saves {other}"))),
                }
            })
        })
    })
    .await;
    house.register("ann@shop.test").await;
    smtp.wait_for(1).await;
    let rows = house.outbox_when(|row| row.state == OutboxState::Sent).await;
    assert_eq!(rows.len(), 1);
    house.stop().await;
    assert_eq!(smtp.received().len(), 1);
}
