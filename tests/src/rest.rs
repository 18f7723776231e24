//! The REST API of an app without a socket: a request goes through the app's router.

use crate::http::{Request, Response};
use axum::body::{Body, to_bytes};
use loopback::prelude::App;
use serde_json::Value;
use tower::ServiceExt;

/// A client of an app in this process.
#[derive(Clone, Debug)]
pub struct Rest {
    router: axum::Router,
}

impl Rest {
    /// A client of an app.
    pub fn of(app: &App) -> Self {
        Self { router: app.router() }
    }

    /// The answer to a request.
    ///
    /// # Panics
    /// The request is none that HTTP can carry.
    pub async fn send(&self, request: &Request) -> Response {
        let mut wire = axum::http::Request::builder().method(request.method.as_str()).uri(&request.target);
        for (name, value) in &request.headers {
            wire = wire.header(name, value);
        }
        let body = request.body.clone().map_or_else(Body::empty, Body::from);
        let wire = wire.body(body).unwrap_or_else(|error| panic!("{} {}: {error}", request.method, request.target));
        let answer = match self.router.clone().oneshot(wire).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (parts, body) = answer.into_parts();
        let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Response {
            status: parts.status.as_u16(),
            headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: to_bytes(body, usize::MAX).await.expect("the body of an answer").to_vec(),
        }
    }

    /// A request without a body.
    pub async fn call(&self, method: &str, target: &str) -> Response {
        self.send(&Request::new(method, target)).await
    }

    /// `GET`.
    pub async fn get(&self, target: &str) -> Response {
        self.call("GET", target).await
    }

    /// A request with a JSON body.
    pub async fn json(&self, method: &str, target: &str, body: Value) -> Response {
        self.send(&Request::new(method, target).json(&body)).await
    }

    /// A request with a body as it is.
    pub async fn raw(&self, method: &str, target: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Response {
        let mut request = Request::new(method, target).header("Content-Type", content_type);
        request.body = Some(body.into());
        self.send(&request).await
    }

    /// `GET` of a list with a filter.
    pub async fn find(&self, path: &str, filter: Value) -> Response {
        self.get(&format!("{path}?filter={}", encoded(&filter.to_string()))).await
    }

    /// The answer to `POST` of a new instance that must be taken.
    ///
    /// # Panics
    /// It is not taken.
    pub async fn create(&self, path: &str, body: Value) -> Value {
        let answer = self.json("POST", path, body.clone()).await;
        assert_eq!(answer.status, 200, "POST {path} {body}: {answer}");
        answer.json()
    }
}

/// Text as a part of a URL, percent-encoded.
pub fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
