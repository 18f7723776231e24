//! An app with users and mail, served over HTTP.

use crate::smtp::Smtp;
use loopback::prelude::*;
use loopback_tests::http::{Client, Request, Response};
use loopback_tests::lab::Place;
use serde_json::{Value as Json, json};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Who registers.
#[model(base = User, user(salt_work_factor = 4, email_verification_required))]
pub struct Customer {
    #[base]
    pub user: User,
    pub name: Option<String>,
}

#[model]
impl Customer {
    /// Runs after the framework's own hooks.
    #[operation_hook(after_save, order = 5000)]
    async fn fails_late(op: &mut AfterSave<'_, Self>) -> Result<()> {
        match op.get(Self::props().name).flatten() {
            Some(name) if name == "fails late" => Err(Error::new(409, "not this one")),
            _ => Ok(()),
        }
    }
}

/// A password that every policy takes.
pub const PASSWORD: &str = "correct horse battery";

/// A server of HTTP.
pub struct House {
    pub app: App,
    pub ctx: Ctx,
    client: Client,
    base: String,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<Result<()>>>,
}

/// Mail to a server that answers.
pub fn mail(smtp: &Smtp) -> MailOptions {
    quick(MailOptions::smtp(server(smtp).timeout(Duration::from_secs(30))))
}

/// A server without TLS.
pub fn server(smtp: &Smtp) -> SmtpOptions {
    SmtpOptions::new("127.0.0.1").port(smtp.port).tls(SmtpTls::None)
}

/// Mail that is tried again soon, and often. What is sent has time enough, on a machine that does other things too.
pub fn quick(options: MailOptions) -> MailOptions {
    options
        .from("Shop <shop@shop.test>")
        .retry(Duration::from_millis(40), Duration::from_millis(160))
        .poll(Duration::from_millis(100))
        .send_timeout(Duration::from_secs(60))
        .give_up_after(1_000_000, Duration::from_secs(3_600))
}

impl House {
    /// An app with new tables, that asks who registers to confirm the e-mail.
    pub async fn of(place: &Place, mail: MailOptions) -> Self {
        Self::with(place, mail, |builder| builder).await
    }

    pub async fn with(place: &Place, mail: MailOptions, options: impl FnOnce(AppBuilder) -> AppBuilder) -> Self {
        Self::started(place.builder([Customer::DEF]), mail, options).await
    }

    /// A second one on the same database.
    pub async fn beside(place: &Place, mail: MailOptions) -> Self {
        Self::started(place.builder([Customer::DEF]).migrate(Migrate::Check), mail, |builder| builder).await
    }

    async fn started(builder: AppBuilder, mail: MailOptions, options: impl FnOnce(AppBuilder) -> AppBuilder) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let base = format!("http://127.0.0.1:{port}");
        let builder =
            builder.title("Coffee & Co").auth(|auth| auth.verify_registrations().public_url(&base)).mail(mail);
        let app = options(builder).build().await.unwrap_or_else(|error| panic!("the app is not built: {error}"));
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(app.clone().serve_on(listener, async {
            drop(stopped.await);
        }));
        Self { ctx: app.ctx(), app, client: Client::local(port), base, stop: Some(stop), server: Some(server) }
    }

    /// Stops it, and waits until it has.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            tokio::time::timeout(Duration::from_secs(60), server).await.expect("it stops").unwrap().unwrap();
        }
    }

    pub async fn send(&self, request: Request) -> Response {
        let client = self.client;
        tokio::task::spawn_blocking(move || client.send(&request).unwrap()).await.unwrap()
    }

    pub async fn post(&self, path: &str, body: Json) -> Response {
        self.send(Request::new("POST", path).json(&body)).await
    }

    /// What a link leads to, on this server.
    pub async fn open(&self, link: &str) -> Response {
        let target = link.strip_prefix(&self.base).unwrap_or(link);
        assert!(target.starts_with('/'), "{link} is none of {}", self.base);
        self.send(Request::new("GET", target.split('#').next().unwrap()).header("accept", "text/html")).await
    }

    pub async fn register(&self, email: &str) -> i64 {
        let answer = self.post("/api/Customers", json!({ "email": email, "password": PASSWORD })).await;
        assert_eq!(answer.status, 200, "{answer}");
        answer.json()["id"].as_i64().unwrap()
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Response {
        self.post("/api/Customers/login", json!({ "email": email, "password": password })).await
    }

    /// The rows of the outbox, the oldest first.
    pub async fn outbox(&self) -> Vec<OutboxEmail> {
        let row = OutboxEmail::props();
        OutboxEmail::find(&self.ctx, row.id.gt(0).order(row.id.asc())).await.unwrap()
    }

    /// The rows of the outbox, when all of them are what they are to be.
    pub async fn outbox_when(&self, holds: impl Fn(&OutboxEmail) -> bool) -> Vec<OutboxEmail> {
        let end = tokio::time::Instant::now() + Duration::from_secs(60);
        loop {
            let rows = self.outbox().await;
            if rows.iter().all(&holds) {
                return rows;
            }
            assert!(
                tokio::time::Instant::now() < end,
                "{:?}",
                rows.iter().map(|row| (row.state, &row.error)).collect::<Vec<_>>()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
