//! An e-mail to several, of whom the server refuses some: the others get it, once.

use crate::house::{House, mail};
use crate::smtp::{Manner, Smtp};
use loopback::prelude::*;
use loopback_tests::lab::Place;
use std::time::Duration;

loopback_tests::place_cases! {
    who_is_refused_keeps_it_from_nobody_else
    who_is_to_come_later_gets_it_later_and_the_others_once
    more_than_a_server_takes_at_once_get_it_one_after_the_other
    a_sender_who_is_refused_ends_no_email
    a_message_that_is_refused_ends_at_once
    a_server_that_serves_nobody_costs_no_email
    domains_of_other_scripts_arrive
}

async fn who_is_refused_keeps_it_from_nobody_else(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::Chooses);
    let house = House::of(place, mail(&smtp)).await;
    let email = Email::new("Nobody <nobody@shop.test>, ann@shop.test", "Hello", "text").with_bcc("bob@shop.test");
    email.send(&house.ctx).await.unwrap();
    let rows = house.outbox_when(|row| row.state == OutboxState::Dead).await;
    let received = smtp.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].to, ["ann@shop.test", "bob@shop.test"]);
    // The dead letter is for those alone who have not got it.
    let row = &rows[0];
    assert_eq!((row.recipients.as_str(), row.attempts), ("nobody@shop.test", 1));
    let error = row.error.as_deref().unwrap();
    assert!(error.starts_with("nobody@shop.test: 550") && !error.contains("ann@"), "{error}");
    // The same person under another name: sent after all, it goes to that one and to no other.
    smtp.be(Manner::Takes);
    house.app.mail().unwrap().resend(&house.ctx, row.id).await.unwrap();
    let received = smtp.wait_for(2).await;
    assert_eq!(received[1].to, ["nobody@shop.test"]);
    assert_eq!(received[1].header("Message-ID"), received[0].header("Message-ID"));
    assert_eq!(received[1].header("To"), "Nobody <nobody@shop.test>, ann@shop.test");
    let rows = house.outbox_when(|row| row.state == OutboxState::Sent).await;
    assert!(rows[0].letter.is_none() && rows[0].error.is_none() && rows[0].recipients.contains("ann@"), "{rows:?}");
    house.stop().await;
}

async fn who_is_to_come_later_gets_it_later_and_the_others_once(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::Chooses);
    let house = House::of(place, mail(&smtp)).await;
    let email = Email::new("nobody@shop.test, later@shop.test, ann@shop.test, ann@shop.test", "Hello", "text");
    email.send(&house.ctx).await.unwrap();
    let rows = house.outbox_when(|row| row.attempts > 2 && row.claim.is_none()).await;
    assert_eq!(
        (rows[0].state, rows[0].recipients.as_str()),
        (OutboxState::Waiting, "later@shop.test, nobody@shop.test")
    );
    let error = rows[0].error.clone().unwrap();
    assert!(error.contains("nobody@shop.test: 550") && error.contains("later@shop.test: 451"), "{error}");
    smtp.be(Manner::Takes);
    let rows = house.outbox_when(|row| row.state == OutboxState::Dead).await;
    let to: Vec<Vec<String>> = smtp.received().into_iter().map(|email| email.to).collect();
    assert_eq!(to, [["ann@shop.test"], ["later@shop.test"]]);
    assert_eq!(rows[0].recipients, "nobody@shop.test");
    let error = rows[0].error.clone().unwrap();
    assert!(error.contains("nobody@shop.test: 550") && !error.contains("later@"), "{error}");
    house.stop().await;
}

async fn more_than_a_server_takes_at_once_get_it_one_after_the_other(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::TakesSome(3));
    // Getting on is no failure.
    let house = House::of(place, mail(&smtp).give_up_after(2, Duration::from_secs(600))).await;
    let to: Vec<String> = (0..10).map(|at| format!("u{at}@shop.test")).collect();
    Email::new(to.join(", "), "Hello", "text").send(&house.ctx).await.unwrap();
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    let got: Vec<String> = smtp.received().into_iter().flat_map(|email| email.to).collect();
    assert_eq!(got, to);
    assert_eq!(smtp.received().len(), 4);
    smtp.be(Manner::Takes);
    let to: Vec<String> = (0..230).map(|at| format!("u{at}@shop.test")).collect();
    Email::new(to.join(", "), "Hello", "text").send(&house.ctx).await.unwrap();
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    let got: Vec<usize> = smtp.received().iter().skip(4).map(|email| email.to.len()).collect();
    assert_eq!(got, [100, 100, 30]);
    house.stop().await;
}

async fn a_sender_who_is_refused_ends_no_email(place: &Place) {
    for (manner, code) in [(Manner::RefusesTheSender, "550"), (Manner::RefusesTheClient, "554")] {
        let smtp = Smtp::start().await;
        smtp.be(manner);
        let house = House::of(place, mail(&smtp)).await;
        Email::new("ann@shop.test, bob@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
        let rows = house.outbox_when(|row| row.attempts > 1 && row.claim.is_none()).await;
        assert_eq!(rows[0].state, OutboxState::Waiting);
        let error = rows[0].error.clone().unwrap();
        assert!(error.contains("sender") && error.contains(code), "{error}");
        smtp.be(Manner::Takes);
        assert_eq!(smtp.wait_for(1).await.len(), 1);
        house.stop().await;
    }
}

async fn a_message_that_is_refused_ends_at_once(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::RefusesTheMessage);
    let house = House::of(place, mail(&smtp)).await;
    Email::new("ann@shop.test, bob@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    let rows = house.outbox_when(|row| row.state == OutboxState::Dead).await;
    assert_eq!((rows[0].attempts, rows[0].recipients.as_str()), (1, "ann@shop.test, bob@shop.test"));
    assert!(rows[0].error.clone().unwrap().contains("554 5.6.0 it looks like spam"), "{rows:?}");
    house.stop().await;
}

async fn a_server_that_serves_nobody_costs_no_email(place: &Place) {
    let smtp = Smtp::start().await;
    smtp.be(Manner::RefusesEverybody);
    let house = House::of(place, mail(&smtp).give_up_after(1, Duration::from_secs(600))).await;
    Email::new("ann@shop.test", "Hello", "text").send(&house.ctx).await.unwrap();
    let rows = house.outbox_when(|row| row.error.is_some() && row.claim.is_none()).await;
    assert_eq!((rows[0].state, rows[0].attempts), (OutboxState::Waiting, 0));
    assert!(rows[0].error.clone().unwrap().contains("554 5.7.1"), "{rows:?}");
    smtp.be(Manner::Takes);
    assert_eq!(smtp.wait_for(1).await.len(), 1);
    house.stop().await;
}

async fn domains_of_other_scripts_arrive(place: &Place) {
    let smtp = Smtp::start().await;
    let house = House::of(place, mail(&smtp)).await;
    house.register("ann@müller.test").await;
    let email = smtp.wait_for(1).await.remove(0);
    assert_eq!(email.to, ["ann@xn--mller-kva.test"]);
    assert!(!email.from.contains("SMTPUTF8"), "{}", email.from);
    house.stop().await;
}
