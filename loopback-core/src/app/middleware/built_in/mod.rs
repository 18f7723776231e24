//! The middleware that comes with the framework. Answers to loopback `server/middleware`, and to the packages that every
//! LoopBack application has beside it.

mod compression;
mod cors;
mod favicon;
mod files;
mod headers;
mod health;
mod limits;
mod rate_limit;
mod request_id;
mod status;

pub use compression::Compression;
pub use cors::Cors;
pub use favicon::Favicon;
pub use files::StaticFiles;
pub use rate_limit::RateLimit;

pub(super) use headers::headers;
pub(in crate::app) use health::health;
pub(in crate::app) use limits::{Bodies, body_limit, timeout};
pub(crate) use limits::{BodyLimit, is_form};
pub(in crate::app) use request_id::request_id;
pub(in crate::app) use status::status;

use super::{Chain, Middleware};
use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use futures_util::future::BoxFuture;

/// What answers GET and HEAD of its own path, and hands on all else. At the path `/` that is the root alone.
fn page<F>(answer: impl Fn(&crate::app::App) -> F + Send + Sync + 'static) -> Middleware
where
    F: Fn() -> BoxFuture<'static, Response> + Send + Sync + 'static,
{
    Middleware::mounted(move |app, rest| {
        let answer = answer(app);
        Chain::new(move |request: Request| {
            let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
            if is_read && request.uri().path() == "/" { answer() } else { rest.run(request) }
        })
    })
}
