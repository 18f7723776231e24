//! Middleware in phases: what a request meets before it comes to the REST API and the routes, and behind them.
//!
//! Answers to loopback `lib/server-app.js` and npm `loopback-phase`. Express runs a list of functions, each of which answers
//! or calls the next; here the list is folded from its end into one service, so that a tower layer, an axum function and an
//! axum router can all stand in it. An app without middleware has none of this.

pub(super) mod built_in;
mod chain;
mod config;
mod paths;
mod phase;

pub(crate) use built_in::{BodyLimit, is_form};
pub use built_in::{Compression, Cors, Favicon, RateLimit, StaticFiles};
pub use chain::Chain;
pub(crate) use chain::Mounted;
pub use config::{MiddlewareConfig, Params};
pub use paths::Paths;
pub use phase::MiddlewarePhase;
pub(super) use phase::PhaseNames;

use super::App;
use crate::error::{Error, Result};
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::response::IntoResponse;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use tower::{Layer, Service};

type Place = Arc<dyn Fn(&App, Chain) -> Chain + Send + Sync>;

/// Something that stands in a phase: a tower layer, a function, or routes; for all requests, or for some paths and methods.
///
/// ```ignore
/// Middleware::layer(from_fn(check)).at(["/admin", "/reports/*"]).methods([Method::POST])
/// ```
#[derive(Clone)]
#[must_use]
pub struct Middleware {
    place: Place,
    paths: Paths,
    /// All of them when empty.
    methods: Vec<Method>,
    /// Whether it sees paths without what it is mounted at, as Express' routers do.
    mounted: bool,
    /// What the start report calls it.
    name: Option<&'static str>,
}

impl fmt::Debug for Middleware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Middleware").field("paths", &self.paths).field("methods", &self.methods).finish_non_exhaustive()
    }
}

impl Middleware {
    /// A tower layer. It wraps all that comes after it; a function of axum's is one:
    /// `axum::middleware::from_fn(check)`.
    pub fn layer<L>(layer: L) -> Self
    where
        L: Layer<Chain> + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        Self::placed(move |_, rest| Chain::of(layer.layer(rest)))
    }

    /// Routes. What they do not have goes on to what comes after them, also where they have the path and not the method.
    /// [At a path](Self::at) they see paths below it, as with axum's `nest`. A fallback of the router's own is not asked.
    pub fn routes(routes: Router) -> Self {
        Self::routes_with(move |_| routes.clone())
    }

    /// Routes that need the app.
    pub fn routes_with(routes: impl Fn(&App) -> Router + Send + Sync + 'static) -> Self {
        let mut made = Self::placed(move |app, rest| {
            let other = rest.clone();
            let method = move |request: Request| async move { other.run(request).await };
            Chain::of(routes(app).fallback_service(rest).method_not_allowed_fallback(method))
        });
        made.mounted = true;
        made
    }

    pub(crate) fn placed(place: impl Fn(&App, Chain) -> Chain + Send + Sync + 'static) -> Self {
        Self { place: Arc::new(place), paths: Paths::default(), methods: Vec::new(), mounted: false, name: None }
    }

    /// Something that sees paths without what it is mounted at.
    pub(crate) fn mounted(place: impl Fn(&App, Chain) -> Chain + Send + Sync + 'static) -> Self {
        Self { mounted: true, ..Self::placed(place) }
    }

    pub(crate) fn named(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// For these paths alone, see [`Paths`].
    pub fn at(self, paths: impl Into<Paths>) -> Self {
        Self { paths: paths.into(), ..self }
    }

    /// For these methods alone; GET says nothing of HEAD.
    pub fn methods(self, methods: impl IntoIterator<Item = Method>) -> Self {
        Self { methods: methods.into_iter().collect(), ..self }
    }

    /// What is wrong with its paths.
    fn faults(&self) -> impl Iterator<Item = &str> {
        self.paths.faults()
    }

    /// Puts it before the rest of the chain.
    fn before(&self, app: &App, rest: Chain) -> Chain {
        let all_paths = self.paths.is_all();
        let onward = if self.mounted && !all_paths { rest.clone().unmounted() } else { rest.clone() };
        let inner = (self.place)(app, onward);
        if all_paths && self.methods.is_empty() {
            return inner;
        }
        let (paths, methods, mounted) = (self.paths.clone(), self.methods.clone(), self.mounted);
        Chain::new(move |mut request| {
            let asked = methods.is_empty() || methods.contains(request.method());
            let found = if asked { paths.find(request.uri().path()) } else { None };
            match found {
                Some(below) if !mounted || chain::mount(&mut request, below) => inner.run(request),
                _ => rest.run(request),
            }
        })
    }
}

/// What can be placed in a phase: a tower layer (so also axum's `from_fn(..)`), an axum `Router`, a [`Middleware`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in a middleware phase",
    note = "a tower layer can, whose service answers with anything that axum sends and has no error, \
            `axum::middleware::from_fn(function)`, and an axum `Router` without state"
)]
pub trait IntoMiddleware<Kind> {
    /// It, for all paths and methods.
    fn into_middleware(self) -> Middleware;
}

/// Which of its ways something is placed in; the compiler finds it.
#[doc(hidden)]
#[allow(unreachable_pub, reason = "a public trait has them for its parameter")]
pub mod kind {
    #[derive(Debug)]
    pub struct Layer;
    #[derive(Debug)]
    pub struct Routes;
    #[derive(Debug)]
    pub struct Made;
}

impl IntoMiddleware<kind::Made> for Middleware {
    fn into_middleware(self) -> Middleware {
        self
    }
}

impl IntoMiddleware<kind::Routes> for Router {
    fn into_middleware(self) -> Middleware {
        Middleware::routes(self)
    }
}

impl<L> IntoMiddleware<kind::Layer> for L
where
    L: Layer<Chain> + Send + Sync + 'static,
    L::Service: Service<Request> + Clone + Send + Sync + 'static,
    <L::Service as Service<Request>>::Response: IntoResponse + 'static,
    <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
    <L::Service as Service<Request>>::Future: Send + 'static,
{
    fn into_middleware(self) -> Middleware {
        Middleware::layer(self)
    }
}

/// A middleware in its phase.
struct Placed {
    phase: MiddlewarePhase,
    turn: Turn,
    middleware: Middleware,
}

/// The order in which things were placed, those of a phase among each other.
pub(super) type Turn = usize;

/// The middleware of an app, in phases.
#[derive(Default)]
pub(crate) struct Phases {
    pub(super) names: PhaseNames,
    entries: Vec<Placed>,
    /// How many turns there have been.
    turns: Turn,
    /// Where the REST API stands, when a configuration says so; else at the beginning of `routes`.
    rest_at: Option<(MiddlewarePhase, Turn)>,
    /// What was wrong, told when the app is built.
    faults: Vec<String>,
    /// Middleware that a configuration may name.
    factories: Vec<(String, config::Factory)>,
    /// Whether a configuration has turned the REST API off.
    pub(super) rest_off: bool,
}

impl Phases {
    pub(super) fn put(&mut self, phase: MiddlewarePhase, middleware: Middleware) {
        self.faults.extend(middleware.faults().map(str::to_owned));
        let turn = self.turn();
        self.entries.push(Placed { phase, turn, middleware });
    }

    /// The next turn, for something that is placed later than it is named.
    pub(super) fn turn(&mut self) -> Turn {
        self.turns += 1;
        self.turns
    }

    /// Gives a turn to what was placed last, beyond so many entries.
    pub(super) fn take_turn(&mut self, beyond: usize, turn: Turn) {
        for entry in self.entries.iter_mut().skip(beyond) {
            entry.turn = turn;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn put_rest(&mut self, phase: MiddlewarePhase) {
        let turn = self.turn();
        self.rest_at = Some((phase, turn));
    }

    /// Where something stands among all others.
    fn place(&self, phase: &MiddlewarePhase, turn: Turn) -> (phase::Place, Turn) {
        (self.names.place(phase).unwrap_or_default(), turn)
    }

    pub(super) fn define(&mut self, names: &[String]) {
        if let Err(fault) = self.names.define(names) {
            self.faults.push(fault);
        }
    }

    pub(super) fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }

    /// Checks all of it, and brings it into its order: by phase, and within one as it was placed or named.
    ///
    /// # Errors
    /// All faults at once.
    pub(super) fn settle(&mut self) -> Result<()> {
        let phases = self.entries.iter().map(|entry| &entry.phase);
        for phase in phases.chain(self.rest_at.iter().map(|(phase, _)| phase)) {
            if let Err(fault) = self.names.place(phase) {
                self.faults.push(fault);
            }
        }
        if !self.faults.is_empty() {
            self.faults.dedup();
            return Err(Error::configuration(self.faults.join("\n")));
        }
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_by_key(|entry| self.place(&entry.phase, entry.turn));
        self.entries = entries;
        Ok(())
    }

    /// What stands in which phase, for the report: `initial: cors`.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.entries.iter().map(|Placed { phase, middleware: one, .. }| {
            let name = one.name.unwrap_or("middleware");
            if one.paths.is_all() { format!("{phase}: {name}") } else { format!("{phase}: {name} at {}", one.paths) }
        })
    }

    /// The routes of an app with its middleware before and behind them, and `nothing` for what none of them answers.
    pub(super) fn around<H, T>(&self, app: &App, routes: Router, nothing: H) -> Router
    where
        H: Handler<T, ()> + Sync,
        T: 'static,
    {
        let routes_at = match &self.rest_at {
            Some((phase, turn)) => self.place(phase, *turn),
            None => (self.names.routes(), 0),
        };
        let behind = self.entries.partition_point(|entry| self.place(&entry.phase, entry.turn) < routes_at);
        let (before, behind) = self.entries.split_at(behind);
        let routes = if behind.is_empty() {
            routes.fallback(nothing)
        } else {
            let last = Chain::of(Router::new().fallback(nothing));
            routes.fallback_service(behind.iter().rev().fold(last, |rest, entry| entry.middleware.before(app, rest)))
        };
        if before.is_empty() {
            return routes;
        }
        // Caught here, so that middleware sees the answer, and can give it its headers.
        let first = Chain::of(crate::rest::catch_panics(routes));
        Router::new()
            .fallback_service(before.iter().rev().fold(first, |rest, entry| entry.middleware.before(app, rest)))
    }
}
