//! Files of a folder. Answers to loopback `server/middleware/static.js`, which is npm `serve-static`.

use crate::app::middleware::config::duration;
use crate::app::middleware::{Chain, Middleware, Mounted, Params};
use crate::error::{Error, Result};
use crate::escape::escaped;
use crate::filter::qs::decode;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value as Json;
use std::path::PathBuf;
use std::time::Duration;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// Files of a folder, with ranges and `If-Modified-Since`; `index.html` for a folder. What is not there goes on to what comes
/// next: in the end, a 404.
///
/// Files and folders whose name begins with a dot are not there, and no path leads out of the folder. A link (of the file
/// system) that somebody has put into it is followed.
#[derive(Clone, Debug)]
#[must_use]
pub struct StaticFiles {
    root: PathBuf,
    index: bool,
    dotfiles: bool,
    redirect: bool,
    max_age: Duration,
}

/// The options of npm `serve-static` that have a meaning here.
#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Options {
    index: Option<Json>,
    dotfiles: Option<String>,
    redirect: Option<bool>,
    max_age: Option<Json>,
    /// Files always have the headers that these stand for.
    #[serde(rename = "etag")]
    _etag: Json,
    #[serde(rename = "lastModified")]
    _last_modified: Json,
}

impl StaticFiles {
    /// The files of a folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), index: true, dotfiles: false, redirect: true, max_age: Duration::ZERO }
    }

    /// Whether a folder is answered with its `index.html`; it is unless set.
    pub fn index(mut self, on: bool) -> Self {
        self.index = on;
        self
    }

    /// Whether names that begin with a dot are served; they are not unless set.
    pub fn dotfiles(mut self, on: bool) -> Self {
        self.dotfiles = on;
        self
    }

    /// How long clients may keep a file without asking; not at all unless set.
    pub fn max_age(mut self, time: Duration) -> Self {
        self.max_age = time;
        self
    }

    pub(in crate::app::middleware) fn from_params(params: &Params<'_>) -> Result<Self> {
        let wrong = |why: String| Error::configuration(format!("loopback#static: {why}"));
        let root: String = params.get()?;
        let mut files = Self::new(params.path(&root));
        if params.len() > 1 {
            let options: Options = params.at(1)?;
            files.index = match options.index {
                None | Some(Json::Bool(true)) => true,
                Some(Json::Bool(false)) => false,
                Some(index) if index == "index.html" => true,
                Some(other) => return Err(wrong(format!("`index` is false or `index.html`, found `{other}`"))),
            };
            files.dotfiles = options.dotfiles.is_some_and(|what| what == "allow");
            files.redirect = options.redirect.unwrap_or(true);
            if let Some(time) = options.max_age {
                files.max_age = duration(&time).map_err(wrong)?;
            }
        }
        Ok(files)
    }

    pub(in crate::app) fn middleware(self) -> Middleware {
        let cache = HeaderValue::try_from(format!("public, max-age={}", self.max_age.as_secs()));
        let cache = cache.unwrap_or(HeaderValue::from_static("public, max-age=0"));
        let service = ServeDir::new(&self.root).append_index_html_on_directories(self.index);
        let service = service.call_fallback_on_method_not_allowed(false);
        let middleware = Middleware::mounted(move |_, rest| {
            // It may be made later, by what builds the pages.
            if !self.root.is_dir() {
                tracing::warn!(folder = %self.root.display(), "there is no such folder; its files are 404");
            }
            let (service, cache, dotfiles, redirect) = (service.clone(), cache.clone(), self.dotfiles, self.redirect);
            Chain::new(move |request: Request| {
                let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
                if !is_read || !is_harmless(request.uri().path(), dotfiles) {
                    return rest.run(request);
                }
                // The folder itself, without the slash that links in its page count on.
                let whole = request.extensions().get::<Mounted>().map(|Mounted(uri)| uri.path());
                if redirect && request.uri().path() == "/" && whole.is_some_and(|path| !path.ends_with('/')) {
                    return Box::pin(std::future::ready(folder(&request)));
                }
                // The request goes on as it came when there is no such file.
                let mut asked = Request::new(Body::empty());
                *asked.method_mut() = request.method().clone();
                *asked.uri_mut() = request.uri().clone();
                *asked.headers_mut() = request.headers().clone();
                // Several ranges are several bodies; the whole file is an answer, too.
                if asked.headers().get(RANGE).is_some_and(|range| range.as_bytes().contains(&b',')) {
                    asked.headers_mut().remove(RANGE);
                }
                let (service, rest, cache) = (service.clone(), rest.clone(), cache.clone());
                Box::pin(async move {
                    let Ok(response) = service.oneshot(asked).await;
                    match response.status() {
                        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => rest.run(request).await,
                        status if status.is_redirection() && status != StatusCode::NOT_MODIFIED => {
                            if redirect {
                                folder(&request)
                            } else {
                                rest.run(request).await
                            }
                        }
                        StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED => {
                            file(response.into_response(), cache)
                        }
                        // A name that no file can have, or a folder that cannot be read.
                        status if status.is_server_error() => {
                            tracing::debug!(%status, "a file could not be read");
                            rest.run(request).await
                        }
                        _ => response.into_response(),
                    }
                })
            })
        });
        middleware.named("static")
    }
}

/// Whether every part of a path is the name of a file, and may be asked for.
fn is_harmless(path: &str, dotfiles: bool) -> bool {
    path.split('/').all(|part| {
        let Ok(name) = decode(&part.replace('+', "%2B")).map(std::borrow::Cow::into_owned) else { return false };
        let hidden = name.starts_with('.') && (!dotfiles || name == "." || name == "..");
        !hidden && !name.contains(['/', '\\', '\0', ':'])
    })
}

fn file(mut response: Response, cache: HeaderValue) -> Response {
    let headers = response.headers_mut();
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_text = content_type.starts_with("text/") && !content_type.contains("charset");
    if let (true, Ok(whole)) = (is_text, HeaderValue::try_from(format!("{content_type}; charset=utf-8"))) {
        headers.insert(CONTENT_TYPE, whole);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, cache);
    response
}

/// A folder's address ends with a slash.
fn folder(request: &Request) -> Response {
    let uri = request.extensions().get::<Mounted>().map_or(request.uri(), |Mounted(uri)| uri);
    // Two slashes at the beginning would lead to another site.
    let mut to = format!("/{}/", uri.path().trim_matches('/'));
    if let Some(query) = uri.query() {
        to.push('?');
        to.push_str(query);
    }
    let Ok(location) = HeaderValue::try_from(&to) else { return StatusCode::NOT_FOUND.into_response() };
    let page = format!(
        "<!DOCTYPE html>\n<title>Moved</title>\n<p>The folder is at <a href=\"{0}\">{0}</a>.</p>\n",
        escaped(&to)
    );
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    let headers = response.headers_mut();
    headers.insert(LOCATION, location);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
    response
}

#[cfg(test)]
mod tests {
    use super::is_harmless;

    #[test]
    fn paths_that_lead_elsewhere_are_none() {
        for path in [
            "/../x",
            "/a/../../x",
            "/%2e%2e/x",
            "/.%2e/x",
            "/a/%2E%2e%2fx",
            "/..%5cx",
            "/a\\..\\x",
            "/%00",
            "/a%00.txt",
            "/.env",
            "/a/.git/config",
            "/%2eenv",
            "/c:/windows",
            "/%ff",
            "/%",
            "/.",
        ] {
            assert!(!is_harmless(path, false), "{path}");
            assert!(!is_harmless(path, true) || path.contains("env") || path.contains("git"), "{path}");
        }
        for path in ["/", "/a/b.txt", "/a%20b+c.txt", "/a..b/c", "//a"] {
            assert!(is_harmless(path, false), "{path}");
        }
    }
}
