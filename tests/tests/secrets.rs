//! What nobody else is to know stands neither in the database nor in the log: passwords, tokens, links, keys. A run of all
//! flows over HTTP, with the log as fine as it goes, and then a look for each secret in both.

#![allow(clippy::expect_used, clippy::unwrap_used)]
// A program of one's own: its models are `pub` because models are written so, not because somebody imports them.
#![allow(unreachable_pub)]

use loopback::prelude::*;
use loopback::sea_orm::{ConnectionTrait, Statement};
use loopback_tests::http::{Client, Request, Response};
use loopback_tests::lab::{Database, Place};
use loopback_tests::say;
use serde_json::{Value as Json, json};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tracing_subscriber::fmt::MakeWriter;

/// Who logs in.
#[model(base = User, user(salt_work_factor = 4, email_verification_required))]
#[acl(allow, "$owner", methods("__get__accessTokens"))]
pub struct Customer {
    #[base]
    pub user: User,
}

/// All lines of the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// A server, and what is not to be found.
struct Run {
    app: App,
    client: Client,
    mails: UnboundedReceiver<(String, String)>,
    secrets: Vec<(&'static str, String)>,
}

impl Run {
    async fn send(&self, request: Request) -> Response {
        let client = self.client;
        tokio::task::spawn_blocking(move || client.send(&request).unwrap()).await.unwrap()
    }

    async fn post(&self, path: &str, token: Option<&str>, body: Json) -> Response {
        let mut request = Request::new("POST", &format!("/api/Customers{path}"));
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        self.send(request.json(&body)).await
    }

    fn secret(&mut self, what: &'static str, text: impl Into<String>) -> String {
        let text = text.into();
        assert!(text.len() > 7, "{what} is too short to be looked for: {text}");
        self.secrets.push((what, text.clone()));
        text
    }

    async fn log_in(&mut self, password: &str) -> String {
        let answer = self.post("/login", None, json!({ "email": "ann@shop.test", "password": password })).await;
        assert_eq!(answer.status, 200, "{answer}");
        let token = answer.json()["id"].as_str().unwrap().to_owned();
        self.secret("the token of a log-in", token)
    }

    async fn mail(&mut self, what: &str) -> String {
        let (of, token) = self.mails.recv().await.unwrap();
        assert_eq!(of, what);
        token
    }

    async fn all_flows(&mut self) {
        let first = self.secret("the password", "correct horse battery");
        let register = json!({ "email": "ann@shop.test", "password": first });
        let answer = self.post("", None, register).await;
        assert_eq!(answer.status, 200, "{answer}");
        let id = answer.json()["id"].clone();

        // What is refused is no less a secret: it may be the password with a slip.
        for (what, body) in [
            ("a password that is too short", json!({ "email": "bob@shop.test", "password": "q8#Zt!5" })),
            ("a password of another type", json!({ "email": "bob@shop.test", "password": { "p": "zephyr-mongoose" } })),
            ("a password beside a mistake", json!({ "email": "bob", "password": "tulip-narwhal-42" })),
        ] {
            let text = body["password"].as_str().or(body["password"]["p"].as_str()).unwrap().to_owned();
            self.secrets.push((what, text));
            assert_eq!(self.post("", None, body).await.status, 422, "{what}");
        }
        let slip = self.secret("a wrong password", "correct hearse battery");
        let answer = self.post("/login", None, json!({ "email": "ann@shop.test", "password": slip })).await;
        assert_eq!(answer.status, 401, "{answer}");

        assert_eq!(self.post(&format!("/{id}/verify"), None, json!({})).await.status, 204);
        let token = self.mail("verify").await;
        let token = self.secret("the token of a confirmation", token);
        let confirm = Request::new("GET", &format!("/api/Customers/confirm?uid={id}&token={token}"));
        assert_eq!(self.send(confirm).await.status, 204);

        let token = self.log_in(&first).await;
        for request in [
            Request::new("GET", &format!("/api/Customers/me?access_token={token}")),
            Request::new("GET", "/api/Customers/me").header("authorization", &format!("Bearer {token}")),
            Request::new("GET", "/api/Customers/me/accessTokens").header("x-access-token", &token),
        ] {
            let answer = self.send(request).await;
            assert_eq!(answer.status, 200, "{answer}");
            assert!(!answer.text().contains(&token), "{answer}");
        }
        let unknown = self.secret("a token that is unknown", "0123456789abcdefghijklmnopqrstuvwxyz");
        assert_eq!(self.post("/logout", Some(&unknown), json!({})).await.status, 401);

        let second = self.secret("the second password", "purple monkey dishwasher");
        let change = json!({ "oldPassword": first, "newPassword": second });
        assert_eq!(self.post("/change-password", Some(&token), change).await.status, 204);
        assert_eq!(self.post("/reset", None, json!({ "email": "ann@shop.test" })).await.status, 204);
        let reset = self.mail("reset").await;
        let reset = self.secret("the token of a reset", reset);
        let third = self.secret("the third password", "seven lamps of architecture");
        let answer = self.post("/reset-password", Some(&reset), json!({ "newPassword": third })).await;
        assert_eq!(answer.status, 204, "{answer}");
        let token = self.log_in(&third).await;
        assert_eq!(self.post("/logout", Some(&token), json!({})).await.status, 204);

        let (_, keys) = Application::register(&self.app.ctx(), "1", "Partner", Patch::new()).await.unwrap();
        self.secret("a key of an application", keys.rest_api_key.clone());
        self.secret("the master key of an application", keys.master_key.clone());
    }
}

/// All values of all tables, as text.
async fn dump(ctx: &Ctx, database: Database) -> String {
    let db = ctx.db();
    let backend = db.get_database_backend();
    let texts = async |query: String| -> Vec<String> {
        let rows = db.query_all_raw(Statement::from_string(backend, query.clone())).await;
        let rows = rows.unwrap_or_else(|error| panic!("{query}: {error}"));
        rows.iter().filter_map(|row| row.try_get_by_index::<Option<String>>(0).unwrap()).collect()
    };
    let (tables, columns, quote, text) = match database {
        Database::Postgres => (
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()",
            "SELECT column_name::text FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '{}'",
            '"',
            "text",
        ),
        Database::MySql => (
            "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE()",
            "SELECT CAST(column_name AS CHAR) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '{}'",
            '`',
            "CHAR",
        ),
        Database::SqliteFile | Database::SqliteMemory => (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            "SELECT name FROM pragma_table_info('{}')",
            '"',
            "TEXT",
        ),
    };
    let mut all = String::new();
    for table in texts(tables.to_owned()).await {
        for column in texts(columns.replace("{}", &table)).await {
            let query = format!("SELECT CAST({quote}{column}{quote} AS {text}) FROM {quote}{table}{quote}");
            all.push_str(&format!("{table}.{column}: {}\n", texts(query).await.join(" | ")));
        }
    }
    all
}

async fn run(place: &Place, log: &Log) {
    let (sender, mails) = unbounded_channel();
    let resets = sender.clone();
    let builder = place.builder([Customer::DEF]).with_model::<Application>().mail(MailOptions::stub()).auth(|auth| {
        auth.reset_url("https://shop.test/new-password")
            .cookie_secret("the secret of the cookies")
            .on_verify(move |_, request| {
                drop(sender.send(("verify".to_owned(), request.token.clone())));
                tracing::info!(?request, "what an application may write into its log");
                async { Ok(()) }
            })
            .on_reset_password(move |ctx, request| {
                drop(resets.send(("reset".to_owned(), request.access_token.clone())));
                tracing::info!(?ctx, ?request, "what an application may write into its log");
                async { Ok(()) }
            })
    });
    let app = builder.build().await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::local(listener.local_addr().unwrap().port());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(app.clone().serve_on(listener, async {
        drop(stopped.await);
    }));
    let mut run = Run { app, client, mails, secrets: Vec::new() };
    run.secret("the secret of cookies", "the secret of the cookies");
    run.all_flows().await;
    let ctx = run.app.ctx();
    let user = Customer::find_one(&ctx, ()).await.unwrap().unwrap();
    tracing::info!(?user, "what an application may write into its log");
    run.secret("the digest of the password", user.password.clone());

    // E-mails that wait have their links in the outbox; those that were sent do not.
    let outbox = OutboxEmail::props();
    let end = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    while OutboxEmail::count(&ctx, outbox.state.eq(OutboxState::Sent)).await.unwrap() < 2 {
        assert!(tokio::time::Instant::now() < end, "the e-mails are not sent");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let dump = dump(&ctx, place.database).await;
    assert!(dump.contains("customer.email: ann@shop.test"), "the dump has nothing in it: {dump}");
    let lines = log.text();
    assert!(
        lines.contains("a log-in has failed") && lines.contains("ann@shop.test"),
        "the log has nothing in it: {lines}"
    );
    for (what, secret) in &run.secrets {
        let found = lines.lines().find(|line| line.contains(secret));
        assert!(found.is_none(), "{what} stands in the log: {}", found.unwrap_or_default());
        // The digest is what is stored.
        let found = dump.lines().find(|line| line.contains(secret) && *what != "the digest of the password");
        assert!(found.is_none(), "{what} stands in the database: {}", found.unwrap_or_default());
    }
    say(&format!(
        "secrets: {} are neither in {} lines of the log nor in the database ({:?})",
        run.secrets.len(),
        lines.lines().count(),
        place.database
    ));
    drop(stop);
    server.await.unwrap().unwrap();
}

/// One thread, so that its log is that of this run.
fn on(database: Database) {
    let Some(place) = database.place() else { return };
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::with_default(subscriber, || runtime.block_on(run(&place, &log)));
}

#[test]
fn sqlite() {
    on(Database::SqliteFile);
}

#[test]
fn postgres() {
    on(Database::Postgres);
}

#[test]
fn mysql() {
    on(Database::MySql);
}
