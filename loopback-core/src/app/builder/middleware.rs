//! What an app says about middleware, and the ways to turn the built-in one on.

use super::AppBuilder;
use crate::app::middleware::built_in::{self, Compression, Cors, Favicon, RateLimit, StaticFiles};
use crate::app::middleware::{IntoMiddleware, MiddlewarePhase, Paths};
use crate::error::Result;
use axum::http::Method;
use std::path::PathBuf;
use std::time::Duration;

impl AppBuilder {
    /// Places middleware in a phase: a tower layer, a function of axum's, an axum `Router`, a
    /// [`Middleware`](crate::app::Middleware). In one phase they
    /// stand in the order in which they are placed, those that are built in among them; what a file names comes before what
    /// code places.
    ///
    /// ```ignore
    /// App::from_env()?
    ///     .middleware(MiddlewarePhase::Auth.before(), axum::middleware::from_fn(check))
    ///     .middleware("files", Router::new().route("/robots.txt", get(robots)))
    /// ```
    ///
    /// What stands before `routes` wraps all that comes after it, the REST API and the application's own routes included.
    /// What stands in `routes` or later sees what those do not answer. What nothing answers is a 404. A phase that is not there
    /// is a fault when the app is built.
    pub fn middleware<Kind>(
        mut self,
        phase: impl Into<MiddlewarePhase>,
        middleware: impl IntoMiddleware<Kind>,
    ) -> Self {
        self.middleware.put(phase.into(), middleware.into_middleware());
        self
    }

    /// As [`middleware`](Self::middleware), for some [paths](Paths): `.middleware_at("auth", "/admin", layer)`. A router sees
    /// paths below it, as with axum's `nest`.
    pub fn middleware_at<Kind>(
        self,
        phase: impl Into<MiddlewarePhase>,
        paths: impl Into<Paths>,
        middleware: impl IntoMiddleware<Kind>,
    ) -> Self {
        self.middleware(phase, middleware.into_middleware().at(paths))
    }

    /// Adds middleware phases (LoopBack's `defineMiddlewarePhases`). One that is alone comes before `routes`; a list is merged
    /// into the phases that there are, so that the names of both keep their order: `["initial", "early", "auth"]` puts `early`
    /// after `initial`. Lists that contradict each other are a fault when the app is built.
    pub fn define_phases<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        self.middleware.define(&names);
        self
    }

    /// Whether clients that want XML get it, by `Accept` or `?_format=xml` (LoopBack's `remoting.rest.xml`); they do not unless
    /// set. Errors are XML for those who want that in any case.
    pub fn xml(mut self, on: bool) -> Self {
        self.xml = on;
        self
    }

    /// `{"started": "2014-06-05T00:26:49.750Z", "uptime": 9.394}` at a path (LoopBack's `loopback.status()`): when the app
    /// began, and how many seconds ago. `.status("/")`, as LoopBack's template has it.
    pub fn status(self, path: impl Into<Paths>) -> Self {
        self.middleware_at(MiddlewarePhase::Routes, path, built_in::status())
    }

    /// `/health/live`, 200 as long as the process answers, and `/health/ready`, 200 when every data source answers within two
    /// seconds, else 503. Bodies are `{"status": "ok"}` and `{"status": "unavailable"}`; the log says what is wrong.
    pub fn health(self) -> Self {
        self.middleware(MiddlewarePhase::Initial.before(), built_in::health())
    }

    /// Serves the files of a folder at a path, in the phase `files`: `.static_files("/", "../client")`.
    pub fn static_files(self, path: impl Into<Paths>, folder: impl Into<PathBuf>) -> Self {
        self.files(path, StaticFiles::new(folder))
    }

    /// As [`static_files`](Self::static_files), with settings:
    /// `.files("/assets", StaticFiles::new("assets").max_age(Duration::from_secs(3600)))`.
    pub fn files(self, path: impl Into<Paths>, files: StaticFiles) -> Self {
        self.middleware_at(MiddlewarePhase::Files, path, files.middleware())
    }

    /// `/favicon.ico`: the icon of LoopBack for Rust, or [one of your own](Self::favicon_file).
    pub fn favicon(self) -> Self {
        self.middleware(MiddlewarePhase::Initial.before(), Favicon::default().middleware())
    }

    /// `/favicon.ico` from a file, `.ico`, `.png` or `.svg`. It is read at once; that it cannot be is a fault when the app is
    /// built.
    pub fn favicon_file(mut self, file: impl Into<PathBuf>) -> Self {
        match Favicon::file(file.into()) {
            Ok(icon) => self.middleware(MiddlewarePhase::Initial.before(), icon.middleware()),
            Err(error) => {
                self.middleware.fault(error.message());
                self
            }
        }
    }

    /// Which pages of other sites may read answers; without it, none:
    /// `.cors(Cors::origins(["https://shop.example"]).credentials(true))`.
    ///
    /// Differs from LoopBack, whose template lets every site act with its visitors' cookies.
    pub fn cors(self, cors: Cors) -> Self {
        self.cors_at(MiddlewarePhase::Initial, &[], Vec::new(), cors)
    }

    pub(in crate::app) fn cors_at(
        mut self,
        phase: MiddlewarePhase,
        paths: &[String],
        methods: Vec<Method>,
        cors: Cors,
    ) -> Self {
        if cors.is_open_to_all_sites() {
            self.restores("cors", true);
        }
        match cors.middleware() {
            Ok(middleware) => {
                let middleware = if paths.is_empty() { middleware } else { middleware.at(paths) };
                let middleware = if methods.is_empty() { middleware } else { middleware.methods(methods) };
                self.middleware(phase, middleware)
            }
            Err(fault) => {
                self.middleware.fault(fault);
                self
            }
        }
    }

    /// Answers compressed with brotli or gzip, for clients that take them; small ones, images and streams of events are not.
    pub fn compression(self) -> Self {
        self.compression_with(Compression::default())
    }

    /// As [`compression`](Self::compression), with settings.
    pub fn compression_with(self, compression: Compression) -> Self {
        self.middleware(MiddlewarePhase::Initial, compression.middleware())
    }

    /// An id for each request: what it brings as `X-Request-Id`, or a new one. The answer has it as `x-request-id`, and every
    /// line that is logged on the way.
    pub fn request_id(self) -> Self {
        self.middleware(MiddlewarePhase::Initial.before(), built_in::request_id())
    }

    /// How long an answer may take to begin; then it is a 503, and the work for it is dropped. No limit unless set.
    pub fn request_timeout(self, limit: Duration) -> Self {
        self.middleware(MiddlewarePhase::Initial, built_in::timeout(limit))
    }

    /// A limit of requests from one address: `.rate_limit(RateLimit::per_minute(300))`. One more is a 429 with `Retry-After`.
    pub fn rate_limit(self, limit: RateLimit) -> Self {
        self.middleware(MiddlewarePhase::Initial, limit.middleware())
    }

    /// A limit of requests from one address to some paths: `.rate_limit_at("/api/Customers/login", RateLimit::per_minute(10))`.
    /// It counts by itself.
    pub fn rate_limit_at(self, paths: impl Into<Paths>, limit: RateLimit) -> Self {
        self.middleware_at(MiddlewarePhase::Initial, paths, limit.middleware())
    }

    /// The largest body of requests to some paths, in bytes, where it is to be another than [`body_limit`](Self::body_limit):
    /// `.body_limit_at("/api/Pictures/upload", 5 << 20)`. It also holds for what axum's extractors read in routes of the
    /// application's own.
    pub fn body_limit_at(self, paths: impl Into<Paths>, bytes: usize) -> Self {
        self.middleware_at(MiddlewarePhase::Initial, paths, built_in::body_limit(bytes, built_in::Bodies::All))
    }

    pub(in crate::app) fn without_rest(mut self) -> Self {
        self.middleware.rest_off = true;
        self
    }

    /// Checks middleware, and puts it in order.
    pub(super) fn middleware_is_right(&mut self) -> Result<()> {
        self.middleware.settle()
    }
}
