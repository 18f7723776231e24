//! Swagger UI: the page, and the files of Swagger UI from the program itself, without internet.
//!
//! Answers to npm `loopback-component-explorer`. Swagger UI (Apache-2.0) comes with the crate
//! `utoipa-swagger-ui-vendored`, which is a zip archive and nothing more. Its files are deflated, and deflated is what
//! a browser takes with `Content-Encoding: gzip`: they go out as they lie, so that nothing is ever unpacked here.
//!
//! No script and no style of ours is inline, and nothing is fetched from elsewhere: the Content-Security-Policy says
//! so.

mod zip;

use crate::escape::escaped;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::collections::HashMap;
use std::sync::Arc;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Swagger UI sets `style` attributes and draws icons from `data:` URLs; everything else is from here or refused.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The explorer at a path (`/explorer`), of the document at `openapi_path` (`/openapi.json`), for an application of this
/// title.
///
/// `log_in`: where the page finds out how to log in; without it the page has no box for a token.
///
/// `/explorer` leads to `/explorer/`, the page. GET and HEAD; anything else below `/explorer/` is for `nothing`, the app's 404.
pub(crate) fn router(
    path: &str,
    openapi_path: &str,
    log_in: Option<&str>,
    title: &str,
    nothing: fn(&Request) -> Response,
) -> Router {
    let folder = format!("{path}/");
    let not_found = move |request: Request| std::future::ready(nothing(&request));
    let route = || get(serve).fallback(not_found);
    Router::new()
        .route(path, get(redirect).fallback(not_found))
        .route(&folder, route())
        .route(&format!("{folder}{{*file}}"), route())
        .with_state(Arc::new(Files { known: files(openapi_path, log_in, title), folder, nothing }))
}

/// The files of the page, and the path that they are below, with a slash at its end.
struct Files {
    folder: String,
    nothing: fn(&Request) -> Response,
    known: HashMap<&'static str, File>,
}

/// A file, ready to be sent.
struct File {
    content_type: &'static str,
    bytes: Bytes,
    gzip: bool,
    etag: Option<HeaderValue>,
}

impl File {
    fn own(content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self { content_type, bytes: bytes.into(), gzip: false, etag: None }
    }
}

fn files(openapi_path: &str, log_in: Option<&str>, title: &str) -> HashMap<&'static str, File> {
    let index = include_str!("explorer/index.html")
        .replace("{{openapi}}", &escaped(openapi_path))
        .replace("{{login}}", &escaped(log_in.unwrap_or_default()))
        .replace("{{title}}", &escaped(title));
    let mut files = HashMap::from([
        ("", File::own(HTML, index)),
        ("explorer.css", File::own(CSS, include_str!("explorer/explorer.css"))),
        ("session.js", File::own(SCRIPT, include_str!("explorer/session.js"))),
        ("init.js", File::own(SCRIPT, include_str!("explorer/init.js"))),
        ("favicon.svg", File::own(SVG, include_str!("explorer/favicon.svg"))),
    ]);
    let archive = utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
    for (name, content_type) in [("swagger-ui.css", CSS), ("swagger-ui-bundle.js", SCRIPT)] {
        // The archive's first folder has the version in its name.
        let end = format!("/dist/{name}");
        if let Some(entry) = zip::entries(archive).find(|entry| entry.name.ends_with(end.as_bytes())) {
            let etag = HeaderValue::try_from(format!("\"{:08x}-{:x}\"", entry.crc32, entry.size)).ok();
            let (bytes, gzip) = match entry.gzip() {
                Some(bytes) => (bytes.into(), true),
                None => (Bytes::from_static(entry.data), false),
            };
            files.insert(name, File { content_type, bytes, gzip, etag });
        }
    }
    files
}

/// Express' answer to the path of a folder.
async fn redirect(State(files): State<Arc<Files>>) -> Response {
    let path = &*files.folder;
    let page = format!("<!doctype html><title>Redirecting</title><p>Redirecting to <a href=\"{path}\">{path}</a></p>");
    let headers = [(header::LOCATION, path), (header::CONTENT_TYPE, HTML), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (StatusCode::MOVED_PERMANENTLY, headers, page).into_response()
}

async fn serve(State(files): State<Arc<Files>>, request: Request) -> Response {
    let name = request.uri().path().strip_prefix(&*files.folder);
    let Some(file) = name.and_then(|name| files.known.get(name)) else { return (files.nothing)(&request) };
    let same = file.etag.as_ref().is_some_and(|etag| is_known(request.headers(), etag));
    let mut response = Response::new(if same { Body::empty() } else { file.bytes.clone().into() });
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Asked again each time, so that an upgrade shows at once; the large files are then answered with 304.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Some(etag) = &file.etag {
        headers.insert(header::ETAG, etag.clone());
    }
    if same {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    if file.gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether the client has the file already.
fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let (Some(Ok(known)), Ok(etag)) = (headers.get(header::IF_NONE_MATCH).map(HeaderValue::to_str), etag.to_str())
    else {
        return false;
    };
    known.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == etag || tag == "*")
}

#[cfg(test)]
mod tests;
