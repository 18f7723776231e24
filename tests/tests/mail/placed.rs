//! Where the outbox is, who sends instead of it, and what models by JSON ask of it.

use crate::house::{Customer, House, PASSWORD, quick};
use loopback::ConnectOptions;
use loopback::app::ModelConfig;
use loopback::prelude::*;
use loopback_tests::lab::{Database, Place};
use loopback_tests::rest::Rest;
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

loopback_tests::place_cases! {
    an_outbox_elsewhere_is_told_and_gets_nothing_of_what_is_rolled_back
    a_mailer_and_listeners_hear_of_nothing_that_is_rolled_back
    users_by_json_have_the_mail_of_development
    users_of_a_running_app_have_the_mail_of_development
    users_by_json_ask_for_mail_in_production
    the_outbox_is_beside_users_by_json
    a_template_function_that_fails_gives_way_and_is_in_the_log
}

/// Users beside whom others are defined while the app runs.
#[model(base = User, user(token = ClerkToken))]
pub struct Clerk {
    #[base]
    pub user: User,
}

/// Their tokens.
#[model(base = AccessToken)]
pub struct ClerkToken {
    #[base]
    pub token: AccessToken,
}

/// What is logged by the thread of a test.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn start() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
        let guard = tracing::subscriber::set_default(subscriber);
        (log, guard)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn an_outbox_elsewhere_is_told_and_gets_nothing_of_what_is_rolled_back(place: &Place) {
    let elsewhere = Database::SqliteFile.place().unwrap();
    let (log, guard) = Log::start();
    let house = House::with(place, quick(MailOptions::stub()).data_source("post"), |builder| {
        builder.data_source("post", ConnectOptions::new(&elsewhere.url))
    })
    .await;
    drop(guard);
    let text = log.text();
    assert!(text.contains("the data source `post` and Customer is not") && text.contains("data_source"), "{text}");
    // Over REST it comes, after the user.
    let id = house.register("ann@shop.test").await;
    let subjects = async |count: usize| {
        let end = tokio::time::Instant::now() + Duration::from_secs(60);
        loop {
            let sent = house.app.mail().unwrap().sent_emails();
            if sent.len() >= count {
                return sent.into_iter().map(|email| email.subject).collect::<Vec<_>>();
            }
            assert!(tokio::time::Instant::now() < end, "{} of {count}", sent.len());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert_eq!(subjects(1).await, ["Thanks for Registering"]);
    let customer = Customer::find_by_id(&house.ctx, id).await.unwrap().unwrap();
    let undone: Result<()> = house
        .ctx
        .transaction(async |tx| {
            Email::new("ann@shop.test", "Never", "text").send(&tx).await?;
            let never = VerifyOptions { subject: Some("Never as well".into()), ..VerifyOptions::default() };
            customer.verify(&tx, never).await?;
            let wrong = Email::new("ann@shop.test", "a\r\nBcc: x@y.test", "text").send(&tx).await;
            assert_eq!(wrong.unwrap_err().code(), Some("INVALID_EMAIL"));
            Err(Error::new(409, "no"))
        })
        .await;
    assert_eq!(undone.unwrap_err().status(), 409);
    house
        .ctx
        .transaction(async |tx| {
            Email::new("ann@shop.test", "Once", "text").send(&tx).await?;
            // A hook's transaction within it is not the end of it.
            tx.transaction(async |inner| Email::new("ann@shop.test", "Once", "text").send(&inner).await).await?;
            assert_eq!(OutboxEmail::count(&house.ctx, ()).await?, 1);
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(subjects(3).await, ["Thanks for Registering", "Once", "Once"]);
    assert_eq!(house.outbox().await.len(), 3);
    house.stop().await;
}

struct Own(UnboundedSender<Email>);

impl Mailer for Own {
    fn send<'a>(&'a self, _: &'a Ctx, email: Email) -> BoxFuture<'a, Result<()>> {
        drop(self.0.send(email));
        Box::pin(async { Ok(()) })
    }
}

async fn a_mailer_and_listeners_hear_of_nothing_that_is_rolled_back(place: &Place) {
    let (sender, mut emails) = unbounded_channel();
    let house =
        House::with(place, quick(MailOptions::stub()), |builder| builder.auth(|auth| auth.mailer(Own(sender)))).await;
    rolled_back(&house).await;
    let next = async |emails: &mut UnboundedReceiver<Email>| {
        tokio::time::timeout(Duration::from_secs(60), emails.recv()).await.expect("an e-mail in time").unwrap().subject
    };
    assert_eq!(next(&mut emails).await, "Holds");
    assert!(emails.try_recv().is_err());
    house.stop().await;

    let (sender, mut told) = unbounded_channel();
    let house = House::with(place, quick(MailOptions::stub()), |builder| {
        builder.auth(|auth| {
            auth.on_verify(move |_, request| {
                drop(sender.send(request.options.subject.clone()));
                async { Ok(()) }
            })
        })
    })
    .await;
    rolled_back(&house).await;
    let subject = tokio::time::timeout(Duration::from_secs(60), told.recv()).await.expect("in time").unwrap();
    assert_eq!(subject.as_deref(), Some("Holds"));
    assert!(told.try_recv().is_err());
    house.stop().await;
}

/// Asks a user to confirm the address, once in a transaction that is rolled back, and once in one that holds.
async fn rolled_back(house: &House) {
    let data = set!(Customer { email: "ann@shop.test", password: PASSWORD });
    let customer = Customer::create(&house.ctx, data).await.unwrap();
    for (subject, holds) in [("Undone", false), ("Holds", true)] {
        let options = VerifyOptions { subject: Some(subject.into()), ..VerifyOptions::default() };
        let done: Result<()> = house
            .ctx
            .transaction(async |tx| {
                customer.verify(&tx, options).await?;
                if holds { Ok(()) } else { Err(Error::new(409, "no")) }
            })
            .await;
        assert_eq!(done.is_ok(), holds);
    }
}

fn member(more: &serde_json::Value) -> serde_json::Value {
    let mut model = json!({ "name": "Member", "base": "User", "properties": { "nick": "string" } });
    model.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    model
}

async fn users_by_json_have_the_mail_of_development(place: &Place) {
    let required = json!({ "emailVerificationRequired": true });
    let builder = |more: &serde_json::Value| place.builder([]).enable_auth().define_model(member(more));
    let app = builder(&required).build().await.unwrap();
    assert!(format!("{:?}", app.mail().expect("it has mail")).contains("files in mail"));
    let app = builder(&json!({ "options": required })).build().await.unwrap();
    assert!(app.mail().is_some());
    // As `model-config.json` says it.
    let config = ModelConfig { options: required.as_object().unwrap().clone(), ..ModelConfig::default() };
    let app = builder(&json!({})).configure_model("Member", config).build().await.unwrap();
    assert!(app.mail().is_some());
    let app = builder(&json!({})).build().await.unwrap();
    assert!(app.mail().is_none());
    // What is there works.
    let folder = std::env::temp_dir().join(format!("lb_mail_{}", Uuid::new_v4()));
    let app = builder(&required)
        .auth(AuthOptions::verify_registrations)
        .mail(quick(MailOptions::file(&folder)))
        .build()
        .await
        .unwrap();
    let answer =
        Rest::of(&app).json("POST", "/api/Members", json!({ "email": "ann@shop.test", "password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(app.mail().unwrap().send_due(&app.ctx()).await.unwrap().sent, 1);
    std::fs::remove_dir_all(&folder).unwrap();
}

async fn users_of_a_running_app_have_the_mail_of_development(place: &Place) {
    let app =
        place.builder([Clerk::DEF, ClerkToken::DEF]).migrate(Migrate::Update).enable_auth().build().await.unwrap();
    assert!(app.mail().is_none());
    let guest = |required: bool| json!({ "name": "Guest", "base": "User", "emailVerificationRequired": required });
    app.create_model(guest(false)).await.unwrap();
    assert!(app.mail().is_none());
    let app = app.create_model(guest(true)).await.unwrap();
    assert!(format!("{:?}", app.mail().expect("it has mail")).contains("files in mail"));
    let ctx = app.ctx();
    Email::new("ann@shop.test", "Hello", "text").send(&ctx).await.unwrap();
    assert_eq!(OutboxEmail::count(&ctx, ()).await.unwrap(), 1);
    // Once, whatever comes after it.
    app.create_model(guest(true)).await.unwrap();
    assert_eq!(OutboxEmail::count(&app.current().ctx(), ()).await.unwrap(), 1);
}

async fn users_by_json_ask_for_mail_in_production(place: &Place) {
    let model = member(&json!({ "emailVerificationRequired": true }));
    let app = place
        .builder([])
        .environment(Environment::Production)
        .auth(|auth| auth.public_url("https://shop.example"))
        .define_model(model)
        .mail(MailOptions::stub());
    let error = app.build().await.expect_err("a stub reaches nobody").to_string();
    assert!(error.contains("stub"), "{error}");
}

async fn the_outbox_is_beside_users_by_json(place: &Place) {
    let elsewhere = Database::SqliteFile.place().unwrap();
    let (log, guard) = Log::start();
    let app = place
        .builder([])
        .data_source("people", ConnectOptions::new(&elsewhere.url))
        .enable_auth()
        .define_model(member(&json!({ "dataSource": "people", "emailVerificationRequired": true })))
        .build()
        .await
        .unwrap();
    drop(guard);
    assert!(!log.text().contains("the outbox is in"), "{}", log.text());
    assert!(app.mail().is_some());
    let ctx = app.ctx();
    Email::new("ann@shop.test", "Hello", "text").send(&ctx).await.unwrap();
    // In the default one there is no such table.
    use loopback::sea_orm::ConnectionTrait;
    assert!(ctx.db().execute_unprepared("SELECT * FROM outbox_email").await.is_err());
    assert_eq!(OutboxEmail::count(&ctx, ()).await.unwrap(), 1);
}

async fn a_template_function_that_fails_gives_way_and_is_in_the_log(place: &Place) {
    let house = House::with(place, quick(MailOptions::stub()), |builder| {
        builder.auth(|auth| {
            auth.verify_options(VerifyOptions {
                template_fn: Some(Arc::new(|_| Err(Error::new(404, "there is no file verify.ejs")))),
                ..VerifyOptions::default()
            })
        })
    })
    .await;
    let id = house.register("ann@shop.test").await;
    house.outbox_when(|row| row.state == OutboxState::Sent).await;
    let customer = Customer::find_by_id(&house.ctx, id).await.unwrap().unwrap();
    type Fails = fn(&VerifyRequest) -> Result<String>;
    let fails: [(Fails, &str); 2] = [
        (|_| Err(Error::internal("the disk is on fire")), "the disk is on fire"),
        (|_| panic!("it has come to {}", 7), "it has come to 7"),
    ];
    for (template_fn, said) in fails {
        let (log, guard) = Log::start();
        let options = VerifyOptions { template_fn: Some(Arc::new(template_fn)), ..VerifyOptions::default() };
        customer.verify(&house.ctx, options).await.unwrap();
        drop(guard);
        let text = log.text();
        assert!(text.contains("template_fn") && text.contains(said), "{text}");
    }
    let rows = house.outbox_when(|row| row.state == OutboxState::Sent).await;
    assert_eq!(rows.len(), 3);
    let sent = house.app.mail().unwrap().sent_emails();
    assert!(sent.iter().all(|email| email.html.as_deref().is_some_and(|html| html.contains("Confirm my address"))));
    house.stop().await;
}
