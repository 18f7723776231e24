//! An app with users, and those who visit it.

use crate::models::*;
use loopback::prelude::*;
use loopback::sea_orm::{ConnectionTrait, Statement};
use loopback_tests::http::{Request, Response};
use loopback_tests::lab::Place;
use loopback_tests::rest::Rest;
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Mutex as Lock;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Makes tests of cases `async fn name(place: &Place)`, one per database; those after the semicolon need a database that
/// several apps can share.
macro_rules! on_every_database {
    (@ $module:ident $database:ident; $($case:ident)*) => {
        mod $module {
            $(
                #[test]
                fn $case() {
                    loopback_tests::lab::run_in(loopback_tests::lab::Database::$database, super::$case);
                }
            )*
        }
    };
    ($($case:ident)+) => { on_every_database!($($case)+;); };
    ($($case:ident)+; $($shared:ident)*) => {
        on_every_database!(@ sqlite SqliteFile; $($case)+ $($shared)*);
        on_every_database!(@ memory SqliteMemory; $($case)+);
        on_every_database!(@ postgres Postgres; $($case)+ $($shared)*);
        on_every_database!(@ mysql MySql; $($case)+ $($shared)*);
    };
}
pub(crate) use on_every_database;

/// A password that every policy takes.
pub const PASSWORD: &str = "correct horse battery";
/// Another one.
pub const OTHER: &str = "purple monkey dishwasher";
/// Digests of [`PASSWORD`], by the `crypt` of another program.
pub const DIGEST_2A: &str = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.4c/Vz//sBM9XkyFmwsCP9HkrjK1U32S";
pub const DIGEST_2B: &str = "$2b$06$CCCCCCCCCCCCCCCCCCCCC.Efs38Nm60Do0Lj0pewsqwJ4ctDErlDq";
pub const DIGEST_2Y: &str = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.4c/Vz//sBM9XkyFmwsCP9HkrjK1U32S";
pub const COOKIE_SECRET: &str = "the secret of cookies";

/// What a listener was told.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "there are a handful")]
pub enum Mail {
    Verify(VerifyRequest),
    Reset(ResetPasswordRequest),
}

pub struct House {
    pub app: App,
    pub ctx: Ctx,
    rest: Rest,
    mails: Lock<UnboundedReceiver<Mail>>,
    statements: Arc<Mutex<Vec<String>>>,
}

fn equipped(builder: AppBuilder, mails: UnboundedSender<Mail>, statements: Arc<Mutex<Vec<String>>>) -> AppBuilder {
    let resets = mails.clone();
    builder
        .enable_auth()
        .auth(|auth| {
            auth.cookie_secret(COOKIE_SECRET)
                .allow_redirect("https://app.example")
                .on_verify(move |_, request| {
                    let mails = mails.clone();
                    async move {
                        drop(mails.send(Mail::Verify(request)));
                        Ok(())
                    }
                })
                .on_reset_password(move |_, request| {
                    let mails = resets.clone();
                    async move {
                        drop(mails.send(Mail::Reset(request)));
                        Ok(())
                    }
                })
        })
        .before_execute(move |execution| {
            statements.lock().unwrap().push(execution.statement().to_owned());
            Box::pin(async { Ok(()) })
        })
}

impl House {
    /// Customers alone.
    pub async fn of(place: &Place) -> Self {
        Self::with(place, |builder| builder).await
    }

    /// Customers alone, with settings.
    pub async fn with(place: &Place, options: impl FnOnce(AppBuilder) -> AppBuilder) -> Self {
        let builder = place.builder(models![Customer, Order, Profile]);
        Self::built(options, builder).await
    }

    /// Users of every kind.
    pub async fn of_all(place: &Place) -> Self {
        Self::all_with(place, |builder| builder).await
    }

    /// Users of every kind, with settings.
    pub async fn all_with(place: &Place, options: impl FnOnce(AppBuilder) -> AppBuilder) -> Self {
        let builder =
            place.builder(models![Customer, Order, Profile, Member, MemberToken, Tenant, TenantToken, Lax, LaxToken]);
        Self::built(options, builder).await
    }

    /// A second app of customers on the database, as the first has left it.
    pub async fn beside(place: &Place, options: impl FnOnce(AppBuilder) -> AppBuilder) -> Self {
        let builder = place.builder(models![Customer, Order, Profile]).migrate(Migrate::Check);
        Self::built(options, builder).await
    }

    async fn built(options: impl FnOnce(AppBuilder) -> AppBuilder, builder: AppBuilder) -> Self {
        let (sender, mails) = unbounded_channel();
        let statements = Arc::<Mutex<Vec<String>>>::default();
        let app = options(equipped(builder, sender, statements.clone())).build().await;
        let app = app.unwrap_or_else(|error| panic!("the app is not built: {error}"));
        let (ctx, rest) = (app.ctx(), Rest::of(&app));
        Self { app, ctx, rest, mails: Lock::new(mails), statements }
    }

    /// Its REST API, for who has no token.
    pub fn rest(&self) -> &Rest {
        &self.rest
    }

    /// Its REST API, for who has a token.
    pub fn user(&self, token: &str) -> Visitor<'_> {
        Visitor { rest: &self.rest, token: token.to_owned() }
    }

    /// Registers a user of a model, `Customers`, with the e-mail and [`PASSWORD`]; its id.
    pub async fn register(&self, users: &str, email: &str) -> i64 {
        let body = json!({ "email": email, "password": PASSWORD });
        self.rest.create(&format!("/api/{users}"), body).await["id"].as_i64().expect("an id")
    }

    pub async fn try_login(&self, users: &str, credentials: Json) -> Response {
        self.rest.json("POST", &format!("/api/{users}/login"), credentials).await
    }

    /// The token of a log-in.
    pub async fn login_with(&self, users: &str, credentials: Json) -> String {
        let answer = self.try_login(users, credentials).await;
        assert_eq!(answer.status, 200, "{answer}");
        answer.json()["id"].as_str().expect("a token").to_owned()
    }

    /// The token of a log-in with an e-mail and [`PASSWORD`].
    pub async fn login(&self, users: &str, email: &str) -> String {
        self.login_with(users, json!({ "email": email, "password": PASSWORD })).await
    }

    /// The status of a log-in of a customer.
    pub async fn can_log_in(&self, email: &str, password: &str) -> bool {
        let answer = self.try_login("Customers", json!({ "email": email, "password": password })).await;
        match answer.status {
            200 => true,
            401 => {
                assert_eq!(answer.json()["error"]["code"], "LOGIN_FAILED", "{answer}");
                false
            }
            _ => panic!("{answer}"),
        }
    }

    /// A customer who has logged in: the id and the token.
    pub async fn customer(&self, email: &str) -> (i64, String) {
        let id = self.register("Customers", email).await;
        (id, self.login("Customers", email).await)
    }

    /// Whether a token opens a customer's own record.
    pub async fn is_good(&self, token: &str) -> bool {
        is_in(&self.user(token).get("/api/Customers/me").await)
    }

    /// What the listeners are told next.
    pub async fn mail(&self) -> Mail {
        let next = async { self.mails.lock().await.recv().await };
        tokio::time::timeout(Duration::from_secs(20), next).await.expect("an e-mail in time").expect("an e-mail")
    }

    pub async fn verify_mail(&self) -> VerifyRequest {
        match self.mail().await {
            Mail::Verify(request) => request,
            other @ Mail::Reset(_) => panic!("{other:?}"),
        }
    }

    pub async fn reset_mail(&self) -> ResetPasswordRequest {
        match self.mail().await {
            Mail::Reset(request) => request,
            other @ Mail::Verify(_) => panic!("{other:?}"),
        }
    }

    /// Whether the listeners have been told something that nobody has looked at.
    pub async fn has_mail(&self) -> bool {
        !self.mails.lock().await.is_empty()
    }

    /// The statements since this was last asked.
    pub fn statements(&self) -> Vec<String> {
        std::mem::take(&mut self.statements.lock().unwrap())
    }

    /// Runs SQL past the framework.
    pub async fn sql(&self, statement: &str) {
        if let Err(error) = self.ctx.db().execute_unprepared(statement).await {
            panic!("{statement}: {error}");
        }
    }

    /// The first column of a query's rows, past the framework.
    pub async fn texts(&self, query: &str) -> Vec<Option<String>> {
        let db = self.ctx.db();
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), query)).await;
        let rows = rows.unwrap_or_else(|error| panic!("{query}: {error}"));
        rows.iter().map(|row| row.try_get_by_index(0).unwrap_or_else(|error| panic!("{query}: {error}"))).collect()
    }

    /// The first column of a query's only row.
    pub async fn text(&self, query: &str) -> Option<String> {
        let mut all = self.texts(query).await;
        assert_eq!(all.len(), 1, "{query}: {all:?}");
        all.pop().flatten()
    }

    pub async fn number(&self, query: &str) -> i64 {
        let db = self.ctx.db();
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), query)).await;
        let row = row.unwrap_or_else(|error| panic!("{query}: {error}"));
        row.and_then(|row| row.try_get_by_index(0).ok()).unwrap_or_else(|| panic!("{query}: no number"))
    }

    /// The rows of a table.
    pub async fn count(&self, table: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM {table}")).await
    }

    /// Sessions of customers.
    pub async fn sessions(&self) -> i64 {
        self.count("access_token").await
    }

    /// Sessions of one customer.
    pub async fn sessions_of(&self, id: i64) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM access_token WHERE user_id = {id}")).await
    }

    /// The stored digest of a customer's password.
    pub async fn digest(&self, id: i64) -> String {
        self.text(&format!("SELECT password FROM customer WHERE id = {id}")).await.expect("a digest")
    }

    /// How many users of a table have confirmed an e-mail.
    pub async fn verified(&self, table: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM {table} WHERE email_verified")).await
    }
}

/// Who has a token.
pub struct Visitor<'h> {
    rest: &'h Rest,
    token: String,
}

impl Visitor<'_> {
    pub async fn call(&self, method: &str, target: &str) -> Response {
        self.rest.send(&Request::new(method, target).header("Authorization", &self.token)).await
    }

    pub async fn get(&self, target: &str) -> Response {
        self.call("GET", target).await
    }

    pub async fn json(&self, method: &str, target: &str, body: Json) -> Response {
        self.rest.send(&Request::new(method, target).header("Authorization", &self.token).json(&body)).await
    }
}

/// Whether an answer is a success; 401 is the only other that is expected.
pub fn is_in(answer: &Response) -> bool {
    match answer.status {
        200 => true,
        401 => false,
        _ => panic!("{answer}"),
    }
}

/// The status and the code of an error's answer.
pub fn error(answer: &Response) -> (u16, String) {
    let body = answer.json();
    assert_eq!(body["error"]["statusCode"], answer.status, "{answer}");
    (answer.status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

/// The codes of a property of a validation error.
#[track_caller]
pub fn codes(answer: &Response, property: &str) -> Vec<String> {
    assert_eq!(answer.status, 422, "{answer}");
    let codes = answer.json()["error"]["details"]["codes"][property].clone();
    let list = codes.as_array().map(|list| list.iter().map(|code| code.as_str().unwrap().to_owned()).collect());
    list.unwrap_or_else(|| panic!("`{property}` has no codes: {answer}"))
}

/// The bytes in base64.
pub fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at)) as usize & 63];
            out.push(if at <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

/// Work that must not take long; a hang fails and does not stop the others.
pub async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(180), work).await.expect("it hangs")
}
