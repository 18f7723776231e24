//! Middleware: its phases, what is built in, and the forms of answers and errors; over real HTTP.

#![allow(clippy::expect_used, clippy::unwrap_used)]
// A program of one's own: its models are `pub` because models are written so, not because somebody imports them.
#![allow(unreachable_pub)]

mod built_in;
mod config;
mod files;
mod forms;
mod log;
mod phases;
mod settings;
mod xml;

use loopback::prelude::*;
use loopback::serde_json::Value as Json;
use loopback_tests::http::{Client, Request, Response};
use tokio::sync::oneshot;

#[model]
pub struct Thing {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(max = 20))]
    pub name: String,
    pub data: Option<Json>,
}

#[model(transient, plural = "echoes")]
pub struct Echo {}

#[model]
impl Echo {
    #[remote_method(post, "/json")]
    async fn json(#[arg(body)] data: Json) -> Result<Json> {
        Ok(data)
    }

    #[remote_method(get, "/fail")]
    async fn fail(status: u16, text: Option<String>) -> Result<String> {
        Err(Error::new(status, text.unwrap_or_else(|| "secret of the house".to_owned())).with_source("SELECT secret"))
    }
}

/// An app that is served on a port of its own until this value goes.
struct Served {
    client: Client,
    stop: Option<oneshot::Sender<()>>,
}

impl Served {
    async fn of(options: impl FnOnce(AppBuilder) -> AppBuilder) -> Self {
        let builder = App::builder().models([Thing::DEF, Echo::DEF]).database_url("sqlite::memory:").explorer(false);
        let app = options(builder).build().await.unwrap_or_else(|error| panic!("the app is not built: {error}"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = Client::local(listener.local_addr().unwrap().port());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(app.serve_on(listener, async move { drop(stopped.await) }));
        Self { client, stop: Some(stop) }
    }

    async fn send(&self, request: Request) -> Response {
        let client = self.client;
        tokio::task::spawn_blocking(move || client.answer(&request)).await.unwrap()
    }

    async fn get(&self, target: &str) -> Response {
        self.call("GET", target, &[]).await
    }

    /// A request with these headers alone.
    async fn call(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request { method: method.to_owned(), target: target.to_owned(), ..Request::default() };
        for (name, value) in headers {
            request = request.header(name, value);
        }
        self.send(request).await
    }

    async fn accepting(&self, target: &str, accept: &str) -> Response {
        self.call("GET", target, &[("Accept", accept)]).await
    }

    async fn post(&self, target: &str, accept: &str, body: &Json) -> Response {
        let request = Request { method: "POST".into(), target: target.into(), ..Request::default() };
        self.send(request.header("Accept", accept).json(body)).await
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
    }
}

/// What building the app says is wrong.
async fn fault(options: impl FnOnce(AppBuilder) -> AppBuilder) -> String {
    let builder = App::builder().models([Thing::DEF, Echo::DEF]).database_url("sqlite::memory:");
    options(builder).build().await.expect_err("a fault").to_string()
}

#[track_caller]
fn assert_error(answer: &Response, status: u16, message: &str) {
    let body = answer.json();
    let error = &body["error"];
    assert_eq!(
        (answer.status, error["statusCode"].as_u64(), error["message"].as_str()),
        (status, Some(status.into()), Some(message)),
        "{answer}"
    );
    assert_eq!(answer.header("content-type").as_deref(), Some("application/json; charset=utf-8"));
    assert_eq!(answer.header("x-content-type-options").as_deref(), Some("nosniff"));
}
