//! The icon that browsers ask for. Answers to loopback `server/middleware/favicon.js` and npm `serve-favicon`.

use crate::app::middleware::{Chain, Middleware};
use crate::error::{Error, Result};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::path::Path;

/// LoopBack for Rust's own icon, 16, 32 and 48 pixels wide.
const ICON: &[u8] = include_bytes!("favicon.ico");

/// An icon larger than this is a mistake.
const LARGEST: u64 = 1024 * 1024;

/// `/favicon.ico`.
#[derive(Clone, Debug)]
#[must_use]
pub struct Favicon {
    icon: Bytes,
    content_type: &'static str,
}

impl Default for Favicon {
    fn default() -> Self {
        Self { icon: Bytes::from_static(ICON), content_type: "image/x-icon" }
    }
}

impl Favicon {
    /// The icon of a file: `.ico`, `.png` or `.svg`. It is read once.
    ///
    /// # Errors
    /// The file cannot be read, is of another kind, or is larger than 1 MiB.
    pub fn file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let wrong = |why: String| Error::configuration(format!("the icon {}: {why}", path.display()));
        let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase);
        let content_type = match extension.as_deref() {
            Some("ico") => "image/x-icon",
            Some("png") => "image/png",
            Some("svg") => "image/svg+xml",
            _ => return Err(wrong("it has to end with .ico, .png or .svg".to_owned())),
        };
        let size = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
        if size > LARGEST {
            return Err(wrong(format!("it has {size} bytes; at most {LARGEST} are sent")));
        }
        let icon = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { icon: icon.into(), content_type })
    }

    pub(in crate::app) fn middleware(self) -> Middleware {
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(&self.icon)[..12]));
        let middleware = Middleware::placed(move |_, rest| {
            let (icon, etag) = (self.clone(), etag.clone());
            Chain::new(move |request: Request| {
                let asked = request.uri().path() == "/favicon.ico";
                if !asked || !matches!(*request.method(), Method::GET | Method::HEAD) {
                    return rest.run(request);
                }
                Box::pin(std::future::ready(icon.answer(&etag, request.headers().get(IF_NONE_MATCH))))
            })
        });
        middleware.named("favicon")
    }

    fn answer(&self, etag: &str, known: Option<&HeaderValue>) -> Response {
        let known = known.and_then(|known| known.to_str().ok()).unwrap_or_default();
        let same = known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag);
        let mut response = Response::new(if same { Body::empty() } else { Body::from(self.icon.clone()) });
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
        if let Ok(etag) = HeaderValue::from_str(etag) {
            headers.insert(ETAG, etag);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        // A picture may have a script in it.
        headers.insert(
            "content-security-policy",
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'"),
        );
        if same {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        response
    }
}
