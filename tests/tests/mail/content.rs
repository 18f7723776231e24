//! What stands in e-mails, and what of them stands elsewhere.

use crate::house::{Customer, House, PASSWORD, mail, quick};
use crate::smtp::Smtp;
use loopback::prelude::*;
use loopback_tests::http::Request;
use loopback_tests::lab::Place;
use serde_json::json;

loopback_tests::place_cases! {
    nothing_a_user_says_is_html_or_a_template
    an_email_of_code_has_all_its_recipients_and_shows_no_hidden_one
    links_begin_with_the_public_url_and_never_with_what_a_request_says
    an_address_that_is_several_gets_nothing
}

async fn nothing_a_user_says_is_html_or_a_template(place: &Place) {
    let folder = std::env::temp_dir().join(format!("lb_mail_{}", Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("verify.html"), "<p>Dear {{ user.name }}, <a href=\"{{ href }}\">go</a></p>").unwrap();
    std::fs::write(folder.join("welcome.html"), "<b>{{ user.name }}</b> <a href=\"{{ verifyHref }}\">{{ to }}</a>")
        .unwrap();
    let smtp = Smtp::start().await;
    let house = House::of(place, mail(&smtp).templates(&folder)).await;
    let name = "{{7*7}} {% include 'layout.html' %} <img src=x onerror=alert(1)> \"quoted\"";
    let body = json!({ "email": "ann@shop.test", "password": PASSWORD, "name": name });
    let id = house.post("/api/Customers", body).await.json()["id"].as_i64().unwrap();
    let html = smtp.wait_for(1).await[0].html();
    assert!(html.contains("Dear {{7*7}} {% include"), "{html}");
    assert!(html.contains("&lt;img") && !html.contains("<img"), "{html}");
    // Another template, by its name, and one that is not there: then the framework's is taken.
    let customer = Customer::find_by_id(&house.ctx, id).await.unwrap().unwrap();
    for (template, part) in [("welcome", "<b>{{7*7}}"), ("welcome.html", "<b>{{7*7}}"), ("none", "Confirm my address")]
    {
        let options = VerifyOptions { template: Some(template.into()), ..VerifyOptions::default() };
        let before = smtp.received().len();
        customer.verify(&house.ctx, options).await.unwrap();
        let email = smtp.wait_for(before + 1).await.pop().unwrap();
        assert!(email.html().contains(part), "{}", email.html());
        assert!(email.link().contains("/confirm?uid="));
    }
    house.stop().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

async fn an_email_of_code_has_all_its_recipients_and_shows_no_hidden_one(place: &Place) {
    let smtp = Smtp::start().await;
    let house = House::of(place, mail(&smtp)).await;
    let email =
        Email::new("Ann <ann@shop.test>, bob@shop.test", "Grüße ☕", "Täglich frisch.\n.\nMAIL FROM:<x@y.test>\n")
            .with_html("<p>Täglich frisch.</p>")
            .with_cc("cc@shop.test")
            .with_bcc("hidden@shop.test")
            .with_reply_to("help@shop.test")
            .with_header("List-Id", "coffee.shop.test");
    email.send(&house.ctx).await.unwrap();
    let email = smtp.wait_for(1).await.remove(0);
    assert_eq!(email.to, ["ann@shop.test", "bob@shop.test", "cc@shop.test", "hidden@shop.test"]);
    assert!(email.from.starts_with("MAIL FROM:<shop@shop.test>"), "{}", email.from);
    assert!(!email.data.contains("hidden"), "{}", email.data);
    assert_eq!(email.header("To"), "Ann <ann@shop.test>, bob@shop.test");
    assert_eq!(email.header("Cc"), "cc@shop.test");
    assert_eq!(email.header("Reply-To"), "help@shop.test");
    assert_eq!(email.header("List-Id"), "coffee.shop.test");
    assert!(email.header("Message-ID").ends_with("@shop.test>"));
    assert!(email.text().contains("Täglich frisch.\r\n.\r\nMAIL FROM"), "{}", email.text());
    assert_eq!(smtp.received().len(), 1);
    house.stop().await;
}

async fn links_begin_with_the_public_url_and_never_with_what_a_request_says(place: &Place) {
    let house = House::with(place, quick(MailOptions::stub()), |builder| {
        builder.auth(|auth| auth.public_url("https://shop.example/coffee"))
    })
    .await;
    let body = json!({ "email": "ann@shop.test", "password": PASSWORD });
    let request = Request::new("POST", "/api/Customers")
        .header("X-Forwarded-Host", "evil.example")
        .header("X-Forwarded-Proto", "evil")
        .json(&body);
    assert_eq!(house.send(request).await.status, 200);
    let reset = Request::new("POST", "/api/Customers/reset").header("Forwarded", "host=evil.example");
    Customer::update_all(&house.ctx, (), set!(Customer { email_verified: true })).await.unwrap();
    house.send(reset.json(&json!({ "email": "ann@shop.test" }))).await;
    let end = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    while house.app.mail().unwrap().sent_emails().len() < 2 {
        assert!(tokio::time::Instant::now() < end);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let sent = house.app.mail().unwrap().sent_emails();
    let texts: Vec<String> = sent.iter().map(|email| email.text.clone().unwrap()).collect();
    let has = |part: &str| texts.iter().any(|text| text.contains(part));
    assert!(has("https://shop.example/coffee/api/Customers/confirm?uid="), "{texts:?}");
    assert!(has("redirect=%2Fcoffee%2Faccount%2FCustomers%2Fconfirmed"), "{texts:?}");
    assert!(has("https://shop.example/coffee/account/Customers/reset#token="), "{texts:?}");
    assert!(sent.iter().all(|email| !email.message.contains("evil")));
    let page = house.open("/account/Customers/reset").await.text();
    assert!(page.contains("data-action=\"/coffee/api/Customers/reset-password\""), "{page}");
    house.stop().await;
}

async fn an_address_that_is_several_gets_nothing(place: &Place) {
    let house = House::of(place, quick(MailOptions::stub())).await;
    for email in [
        "ann@shop.test,eve@shop.test",
        "ann@shop.test\r\nBcc: eve@shop.test",
        "Ann <ann@shop.test>",
        "ann@shop.test eve@shop.test",
    ] {
        let answer = house.post("/api/Customers", json!({ "email": email, "password": PASSWORD })).await;
        assert_eq!(answer.status, 422, "{email}: {answer}");
        let answer = house.post("/api/Customers/reset", json!({ "email": email })).await;
        assert_eq!(answer.status, 204, "{email}: {answer}");
    }
    for email in [json!(["ann@shop.test", "eve@shop.test"]), json!({ "neq": null })] {
        assert_eq!(house.post("/api/Customers/reset", json!({ "email": email })).await.status, 400, "{email}");
    }
    assert!(house.outbox().await.is_empty());
    // One that an older program has stored.
    let id = house.register("ann@shop.test").await;
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    let quote = if place.database == loopback_tests::lab::Database::MySql { '`' } else { '"' };
    use loopback::sea_orm::ConnectionTrait;
    let statement = format!("UPDATE customer SET {quote}email{quote} = 'ann@shop.test,eve@shop.test'");
    house.ctx.db().execute_unprepared(&statement).await.unwrap();
    let customer = Customer::find_by_id(&house.ctx, id).await.unwrap().unwrap();
    assert_eq!(customer.verify(&house.ctx, VerifyOptions::default()).await.unwrap_err().code(), Some("INVALID_EMAIL"));
    assert_eq!(house.outbox().await.len(), 1);
    house.stop().await;
}
