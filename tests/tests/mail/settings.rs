//! What an app says about its mail, and what the start says to it.

use crate::house::{Customer, quick};
use loopback::prelude::*;
use loopback_tests::lab::Place;
use loopback_tests::rest::Rest;
use serde_json::json;
use std::time::Duration;

loopback_tests::place_cases! {
    files_are_written_for_their_owner_alone
    what_cannot_be_is_told_at_the_start
    several_transports_are_taken_by_name
}

async fn files_are_written_for_their_owner_alone(place: &Place) {
    let folder = std::env::temp_dir().join(format!("lb_mail_{}", Uuid::new_v4()));
    let app = place.builder([]).mail(quick(MailOptions::file(&folder))).build().await.unwrap();
    Email::new("ann@shop.test", "Hello", "the text").send(&app.ctx()).await.unwrap();
    assert_eq!(app.mail().unwrap().send_due(&app.ctx()).await.unwrap().sent, 1);
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].extension().unwrap(), "eml");
    let text = std::fs::read_to_string(&files[0]).unwrap();
    assert!(text.contains("To: ann@shop.test\r\n") && text.contains("the text"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

async fn fault(builder: AppBuilder) -> String {
    match builder.build().await {
        Ok(_) => panic!("it is built"),
        Err(error) => error.to_string(),
    }
}

async fn what_cannot_be_is_told_at_the_start(place: &Place) {
    let builder = || place.builder([Customer::DEF]).environment(Environment::Production).enable_auth();
    let said = fault(builder().auth(AuthOptions::verify_registrations)).await;
    assert!(said.contains("MAIL_URL") && said.contains(".mail("), "{said}");
    let smtp = || MailOptions::smtp(SmtpOptions::new("mail.test"));
    let said = fault(builder().mail(smtp())).await;
    assert!(said.contains("public_url") && said.contains("config.json"), "{said}");
    let with = |options: MailOptions| builder().auth(|auth| auth.public_url("https://shop.example")).mail(options);
    // Customers are to confirm their e-mail.
    let said = fault(with(MailOptions::stub())).await;
    assert!(said.contains("stub") && said.contains("MAIL_URL"), "{said}");
    let said = fault(with(smtp().from("nobody"))).await;
    assert!(said.contains("the sender `nobody`"), "{said}");
    let said = fault(with(smtp().default_transport("main"))).await;
    assert!(said.contains("`main`"), "{said}");
    let said = fault(with(smtp().templates("/nowhere/at/all"))).await;
    assert!(said.contains("/nowhere/at/all"), "{said}");
    let said = fault(with(MailOptions::smtp(SmtpOptions::new("h").trust("/nowhere.pem")))).await;
    assert!(said.contains("/nowhere.pem"), "{said}");
    let template = VerifyOptions { template: Some("welcome".into()), ..VerifyOptions::default() };
    let said = fault(with(smtp()).auth(|auth| auth.verify_options(template))).await;
    assert!(said.contains("`welcome.html`"), "{said}");
    // In development it is not a fault: e-mails become files.
    let app = place.builder([Customer::DEF]).auth(AuthOptions::verify_registrations).build().await.unwrap();
    assert!(format!("{:?}", app.mail().unwrap()).contains("files in mail"));
    let app =
        place.builder([Customer::DEF]).auth(|auth| auth.on_verify(|_, _| async { Ok(()) })).build().await.unwrap();
    assert!(app.mail().is_none());
    assert_eq!(Rest::of(&app).get("/account/Customers/confirmed").await.status, 404);
}

async fn several_transports_are_taken_by_name(place: &Place) {
    let settings = json!({
        "connector": "mail",
        "transports": [{ "type": "stub", "alias": "first" }, { "type": "file", "alias": "second", "path": "/dev/null/x" }],
        "defaultTransport": "first", "from": "shop@shop.test"
    });
    let options = MailOptions::from_json(&settings).unwrap().retry(Duration::from_millis(5), Duration::from_millis(5));
    let app = place.builder([]).mail(options).build().await.unwrap();
    let (ctx, mail) = (app.ctx(), app.mail().unwrap().clone());
    Email::new("ann@shop.test", "by the first", "text").send(&ctx).await.unwrap();
    Email::new("ann@shop.test", "by the second", "text").by_transport("second").send(&ctx).await.unwrap();
    let delivered = mail.send_due(&ctx).await.unwrap();
    // One that does not work keeps the other from nothing.
    assert_eq!((delivered.sent, delivered.failed > 0), (1, true));
    assert_eq!(mail.sent_emails()[0].subject, "by the first");
    let waiting = mail.list(&ctx, Some(OutboxState::Waiting), 10).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].transport.as_str()), (1, "second"));
    assert_eq!(waiting[0].attempts, 0);
}
