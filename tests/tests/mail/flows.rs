//! What users do with e-mails: confirm an address, choose a new password.

use crate::house::{House, PASSWORD, mail, quick};
use crate::smtp::Smtp;
use loopback::prelude::*;
use loopback_tests::http::Request;
use loopback_tests::lab::Place;
use serde_json::json;

loopback_tests::place_cases! {
    links_of_the_emails_work
    the_links_of_a_reset_lead_to_the_apps_page
    who_listens_sends_the_reset
    verify_sends_as_its_options_say
    a_mailer_of_ones_own_is_handed_both_forms
}

async fn links_of_the_emails_work(place: &Place) {
    let smtp = Smtp::start().await;
    let house = House::of(place, mail(&smtp)).await;
    let id = house.register("ann@shop.test").await;
    assert_eq!(house.log_in("ann@shop.test", PASSWORD).await.status, 401);

    let email = smtp.wait_for(1).await.remove(0);
    assert_eq!(email.to, ["ann@shop.test"]);
    assert_eq!(email.header("To"), "ann@shop.test");
    assert_eq!(email.header("From"), "Shop <shop@shop.test>");
    assert_eq!(email.header("Subject"), "Thanks for Registering");
    assert!(email.html().contains("Coffee &amp; Co") && email.text().contains("Coffee & Co"), "{}", email.text());
    let link = email.link();
    assert!(link.contains(&format!("/api/Customers/confirm?uid={id}&")), "{link}");
    let answer = house.open(&link).await;
    assert_eq!(answer.status, 302, "{answer}");
    let page = house.open(&answer.header("location").unwrap()).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("is confirmed") && page.text().contains("Coffee &amp; Co"), "{page}");
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert_eq!(house.log_in("ann@shop.test", PASSWORD).await.status, 200);
    assert_eq!(house.open(&link).await.status, 400, "it is good once");

    assert_eq!(house.post("/api/Customers/reset", json!({ "email": "ann@shop.test" })).await.status, 204);
    assert_eq!(house.post("/api/Customers/reset", json!({ "email": "nobody@shop.test" })).await.status, 204);
    let email = smtp.wait_for(2).await.remove(1);
    assert_eq!(
        (email.to.as_slice(), email.header("Subject").as_str()),
        (&["ann@shop.test".to_owned()][..], "Your new password")
    );
    let link = email.link();
    let page = house.open(&link).await;
    assert_eq!((page.status, page.media_type().as_deref()), (200, Some("text/html")));
    assert!(page.text().contains("data-action=\"/api/Customers/reset-password\""), "{page}");
    // What the page does.
    let token = link.split_once("#token=").unwrap().1;
    let new = "purple monkey dishwasher";
    let set = Request::new("POST", "/api/Customers/reset-password").header("x-access-token", token);
    assert_eq!(house.send(set.clone().json(&json!({ "newPassword": new }))).await.status, 204);
    assert_eq!(house.log_in("ann@shop.test", new).await.status, 200);
    assert_eq!(house.send(set.json(&json!({ "newPassword": new }))).await.status, 401, "it is good once");

    // Nobody asks the outbox for a link that was sent.
    let rows = house.outbox_when(|row| row.state == OutboxState::Sent).await;
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.letter.is_none() && row.done.is_some() && row.claim.is_none()), "{rows:?}");
    house.stop().await;
}

async fn the_links_of_a_reset_lead_to_the_apps_page(place: &Place) {
    let smtp = Smtp::start().await;
    let options = |builder: AppBuilder| {
        builder.auth(|auth| {
            auth.reset_url("https://shop.example/new-password?lang=en&access_token={token}")
                .on_reset_password(|_, _| async { Ok(()) })
        })
    };
    let house = House::with(place, mail(&smtp), options).await;
    let id = house.register("ann@shop.test").await;
    Customer::update_all(&house.ctx, Customer::props().id.eq(id), set!(Customer { email_verified: true }))
        .await
        .unwrap();
    smtp.wait_for(1).await;
    house.post("/api/Customers/reset", json!({ "email": "ann@shop.test" })).await;
    let link = smtp.wait_for(2).await[1].link();
    assert!(link.starts_with("https://shop.example/new-password?lang=en&access_token="), "{link}");
    house.stop().await;
}

use crate::house::Customer;

async fn who_listens_sends_the_reset(place: &Place) {
    let smtp = Smtp::start().await;
    let (told, mut resets) = tokio::sync::mpsc::unbounded_channel();
    let house = House::with(place, mail(&smtp), |builder| {
        builder.auth(|auth| {
            auth.on_reset_password(move |_, request| {
                drop(told.send(request));
                async { Ok(()) }
            })
        })
    })
    .await;
    let id = house.register("ann@shop.test").await;
    Customer::update_all(&house.ctx, Customer::props().id.eq(id), set!(Customer { email_verified: true }))
        .await
        .unwrap();
    house.post("/api/Customers/reset", json!({ "email": "ann@shop.test" })).await;
    assert_eq!(resets.recv().await.unwrap().email, "ann@shop.test");
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    assert_eq!(smtp.received().len(), 1, "the confirmation alone");
    house.stop().await;
}

async fn verify_sends_as_its_options_say(place: &Place) {
    let house = House::of(place, quick(MailOptions::stub())).await;
    let id = house.register("ann@shop.test").await;
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    let customer = Customer::find_by_id(&house.ctx, id).await.unwrap().unwrap();
    let options = VerifyOptions {
        subject: Some("Welcome".into()),
        text: Some("Go to {href} now".into()),
        html: Some("<a href=\"{href}\">now</a>".into()),
        from: Some("welcome@shop.test".into()),
        headers: vec![("X-Campaign".into(), "spring".into())],
        redirect: Some("/welcome".into()),
        generate_verification_token: Some(std::sync::Arc::new(|user| format!("own-token-of-{}", user["email"]))),
        ..VerifyOptions::default()
    };
    customer.verify(&house.ctx, options).await.unwrap();
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    let sent = house.app.mail().unwrap().sent_emails();
    let email = &sent[1];
    assert_eq!((email.subject.as_str(), email.from.as_str()), ("Welcome", "welcome@shop.test"));
    assert!(email.message.contains("X-Campaign: spring\r\n"), "{}", email.message);
    let text = email.text.clone().unwrap();
    let link = text.split_whitespace().nth(2).unwrap();
    assert!(link.ends_with("&redirect=%2Fwelcome&token=own-token-of-%22ann%40shop.test%22"), "{text}");
    assert_eq!(email.html.clone().unwrap(), format!("<a href=\"{}\">now</a>", link.replace('&', "&amp;")));
    let answer = house.open(link).await;
    assert_eq!((answer.status, answer.header("location").as_deref()), (302, Some("/welcome")));
    house.stop().await;
}

async fn a_mailer_of_ones_own_is_handed_both_forms(place: &Place) {
    struct Own(tokio::sync::mpsc::UnboundedSender<Email>);
    impl Mailer for Own {
        fn send<'a>(&'a self, _: &'a Ctx, email: Email) -> BoxFuture<'a, Result<()>> {
            drop(self.0.send(email));
            Box::pin(async { Ok(()) })
        }
    }
    let (sender, mut emails) = tokio::sync::mpsc::unbounded_channel();
    let house =
        House::with(place, quick(MailOptions::stub()), |builder| builder.auth(|auth| auth.mailer(Own(sender)))).await;
    house.register("ann@shop.test").await;
    let email = emails.recv().await.unwrap();
    assert_eq!(email.to, "ann@shop.test");
    assert!(email.html.unwrap().contains("/confirm?uid=") && email.text.unwrap().contains("/confirm?uid="));
    assert!(house.outbox().await.is_empty());
    house.stop().await;
}
