//! Files of a folder. Answers to loopback `server/middleware/static.js`, which is npm `serve-static`.

mod options;

use crate::app::middleware::{Chain, Middleware, Mounted, Params};
use crate::error::{Error, Result};
use crate::escape::escaped;
use crate::filter::qs::decode;
use crate::rest::error_response;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RANGE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;
use tower_http::services::ServeDir;

const INDEX: &str = "index.html";

/// Files of a folder, with ranges and `If-Modified-Since`; `index.html` for a folder. What is not there goes on to what comes
/// next: in the end, a 404.
///
/// Files and folders whose name begins with a dot are not there, and no path leads out of the folder. A link (of the file
/// system) that somebody has put into it is followed.
#[derive(Clone, Debug)]
#[must_use]
pub struct StaticFiles {
    root: PathBuf,
    index: Vec<String>,
    extensions: Vec<String>,
    dotfiles: bool,
    redirect: bool,
    fallthrough: bool,
    /// `None`: no `Cache-Control`.
    cache: Option<Cached>,
    /// Headers of answers that are not sent, with the header by which a client comes back to them.
    without: Vec<(HeaderName, HeaderName)>,
}

/// How long clients may keep a file without asking.
#[derive(Clone, Copy, Debug, Default)]
struct Cached {
    max_age: Duration,
    immutable: bool,
}

impl StaticFiles {
    /// The files of a folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            index: vec![INDEX.to_owned()],
            extensions: Vec::new(),
            dotfiles: false,
            redirect: true,
            fallthrough: true,
            cache: Some(Cached::default()),
            without: Vec::new(),
        }
    }

    /// Whether a folder is answered with its `index.html`; it is unless set.
    pub fn index(mut self, on: bool) -> Self {
        self.index = if on { vec![INDEX.to_owned()] } else { Vec::new() };
        self
    }

    /// Whether names that begin with a dot are served; they are not unless set.
    pub fn dotfiles(mut self, on: bool) -> Self {
        self.dotfiles = on;
        self
    }

    /// How long clients may keep a file without asking; not at all unless set.
    pub fn max_age(mut self, time: Duration) -> Self {
        self.cache.get_or_insert_default().max_age = time;
        self
    }

    pub(in crate::app::middleware) fn from_params(params: &Params<'_>) -> Result<Self> {
        let root: String = params.get()?;
        let files = Self::new(params.path(&root));
        if params.len() > 1 { options::read(files, params) } else { Ok(files) }
    }

    fn cache_control(&self) -> Option<HeaderValue> {
        let Cached { max_age, immutable } = self.cache?;
        let immutable = if immutable { ", immutable" } else { "" };
        HeaderValue::try_from(format!("public, max-age={}{immutable}", max_age.as_secs())).ok()
    }

    /// The paths of files that may be the answer to a path, in their order.
    fn candidates(&self, path: &str) -> Vec<String> {
        if path.ends_with('/') && !self.index.is_empty() {
            return self.index.iter().map(|name| format!("{path}{name}")).collect();
        }
        let is_named = path.rsplit('/').next().is_none_or(|name| name.is_empty() || name.contains('.'));
        let others = self.extensions.iter().filter(|_| !is_named).map(|extension| format!("{path}.{extension}"));
        std::iter::once(path.to_owned()).chain(others).collect()
    }

    /// What becomes of a request that no file answers.
    fn elsewhere(&self, request: Request, rest: &Chain) -> BoxFuture<'static, Response> {
        if self.fallthrough {
            return rest.run(request);
        }
        let uri = request.extensions().get::<Mounted>().map_or(request.uri(), |Mounted(uri)| uri);
        let answer = if is_read(&request) {
            error_response(&Error::no_such_method(format!("Cannot {} {}", request.method(), uri.path())))
        } else {
            let mut refused = error_response(&Error::of_status(405));
            refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            refused
        };
        Box::pin(std::future::ready(answer))
    }

    /// The request for a file in the place of the client's, which goes on as it came when there is none.
    fn asking(&self, request: &Request, path: String) -> Option<Request> {
        let mut asked = Request::new(Body::empty());
        *asked.method_mut() = request.method().clone();
        *asked.uri_mut() = Uri::try_from(path).ok()?;
        *asked.headers_mut() = request.headers().clone();
        // Several ranges are several bodies; the whole file is an answer, too.
        if asked.headers().get(RANGE).is_some_and(|range| range.as_bytes().contains(&b',')) {
            asked.headers_mut().remove(RANGE);
        }
        for (_, asks) in &self.without {
            asked.headers_mut().remove(asks);
        }
        Some(asked)
    }

    async fn answer(self: Arc<Self>, service: ServeDir, request: Request, rest: Chain) -> Response {
        for (turn, path) in self.candidates(request.uri().path()).into_iter().enumerate() {
            let Some(asked) = self.asking(&request, path) else { continue };
            let Ok(response) = service.clone().oneshot(asked).await;
            match response.status() {
                StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {}
                status if status.is_redirection() && status != StatusCode::NOT_MODIFIED => {
                    if self.redirect && turn == 0 && !request.uri().path().ends_with('/') {
                        return folder(&request);
                    }
                }
                StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED => {
                    return self.file(response.into_response());
                }
                // A name that no file can have, or a folder that cannot be read.
                status if status.is_server_error() => tracing::debug!(%status, "a file could not be read"),
                _ => return response.into_response(),
            }
        }
        self.elsewhere(request, &rest).await
    }

    fn file(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_text = content_type.starts_with("text/") && !content_type.contains("charset");
        if let (true, Ok(whole)) = (is_text, HeaderValue::try_from(format!("{content_type}; charset=utf-8"))) {
            headers.insert(CONTENT_TYPE, whole);
        }
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(cache) = self.cache_control() {
            headers.insert(CACHE_CONTROL, cache);
        }
        for (name, _) in &self.without {
            headers.remove(name);
        }
        response
    }

    pub(in crate::app) fn middleware(self) -> Middleware {
        let service = ServeDir::new(&self.root).append_index_html_on_directories(!self.index.is_empty());
        let service = service.call_fallback_on_method_not_allowed(false);
        let files = Arc::new(self);
        let middleware = Middleware::mounted(move |_, rest| {
            // It may be made later, by what builds the pages.
            if !files.root.is_dir() {
                tracing::warn!(folder = %files.root.display(), "there is no such folder; its files are 404");
            }
            let (service, files) = (service.clone(), files.clone());
            Chain::new(move |request: Request| {
                if !is_read(&request) || !is_harmless(request.uri().path(), files.dotfiles) {
                    return files.elsewhere(request, &rest);
                }
                // The folder itself, without the slash that links in its page count on.
                let whole = request.extensions().get::<Mounted>().map(|Mounted(uri)| uri.path());
                if files.redirect && request.uri().path() == "/" && whole.is_some_and(|path| !path.ends_with('/')) {
                    return Box::pin(std::future::ready(folder(&request)));
                }
                Box::pin(files.clone().answer(service.clone(), request, rest.clone()))
            })
        });
        middleware.named("static")
    }
}

fn is_read(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// Whether every part of a path is the name of a file, and may be asked for.
fn is_harmless(path: &str, dotfiles: bool) -> bool {
    path.split('/').all(|part| {
        let Ok(name) = decode(&part.replace('+', "%2B")).map(std::borrow::Cow::into_owned) else { return false };
        let hidden = name.starts_with('.') && (!dotfiles || name == "." || name == "..");
        !hidden && !name.contains(['/', '\\', '\0', ':'])
    })
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
