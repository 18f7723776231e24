//! An app that is being served, and its end.

use super::accept::accept;
use super::connections::{Connections, Order};
use super::listen::{Listener, Place, bind};
use super::metrics::{Metrics, MetricsAt};
use super::signals::Signals;
use super::{ServerOptions, connection};
use crate::app::App;
use crate::error::Result;
use crate::guard::guarded;
use axum::Router;
use futures_util::future::{BoxFuture, join_all};
use hyper::server::conn::http1;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

/// After the stop a connection that is open may still bring a request for so long: it may have been on its way.
const LINGER: Duration = Duration::from_millis(250);

/// How long what an application does at the stop may take.
const AT_STOP: Duration = Duration::from_secs(10);

/// What all connections of a server share.
pub(super) struct Server {
    pub(super) router: Router,
    pub(super) protocol: http1::Builder,
    pub(super) options: ServerOptions,
    pub(super) connections: Arc<Connections>,
    /// Whether it stops.
    pub(super) stop: watch::Receiver<bool>,
    pub(super) metrics: Option<Arc<Metrics>>,
    /// Connections that are being told that they are too many, and how many have been.
    pub(super) refusing: AtomicUsize,
    pub(super) refused: AtomicU64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Wish {
    Run,
    Stop,
    Force,
}

/// A server of an app, from [`App::start`]. It serves as long as this lives: dropped, it stops as by [`stop`](Self::stop),
/// with nobody waiting for it.
///
/// ```ignore
/// let server = app.start().await?;
/// println!("{}", server.url());
/// server.stop().await;
/// ```
#[must_use = "the server stops when this is dropped"]
#[derive(Debug)]
pub struct Running {
    places: Vec<Place>,
    metrics: Option<Place>,
    wish: watch::Sender<Wish>,
    ended: JoinHandle<()>,
}

impl Running {
    /// The first TCP address, with the port that it really has. `None`: there are only Unix sockets.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.places.iter().find_map(|place| match place {
            Place::Tcp(address) => Some(*address),
            Place::Unix(_) => None,
        })
    }

    /// The URL of the first place, `http://localhost:3000`; of a Unix socket `unix:/path`.
    pub fn url(&self) -> String {
        self.places.first().map(Place::url).unwrap_or_default()
    }

    /// All places it listens at.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Where the metrics have an address of their own.
    pub fn metrics(&self) -> Option<&Place> {
        self.metrics.as_ref()
    }

    /// Stops: nothing more is accepted, requests that have begun are answered, [`App::stopping`] is ready, and what the
    /// application does at its stop is done. Ready when all that is over, or the grace period.
    pub async fn stop(mut self) {
        self.wish.send_replace(Wish::Stop);
        self.over().await;
    }

    /// Serves until the process is told to stop by SIGINT or SIGTERM, then as [`stop`](Self::stop). A second signal ends it
    /// at once.
    ///
    /// # Errors
    /// Signals cannot be heard.
    pub async fn until_signal(self) -> Result<()> {
        self.until(Signals::listen()?).await;
        Ok(())
    }

    async fn until(mut self, mut signals: Signals) {
        let (signal, _) = signals.next().await;
        tracing::info!("{signal}: stopping");
        self.wish.send_replace(Wish::Stop);
        tokio::select! {
            () = self.over() => return,
            (signal, _) = signals.next() => tracing::warn!("{signal} again: what has not ended is cut off"),
        }
        self.wish.send_replace(Wish::Force);
        self.over().await;
    }

    async fn over(&mut self) {
        if let Err(error) = (&mut self.ended).await {
            tracing::error!(%error, "the server did not end well");
        }
    }
}

impl App {
    /// Listens on the app's host and port and serves in the background. For programs that do more than serve, and for tests;
    /// [`serve`](Self::serve) is the usual way.
    ///
    /// # Errors
    /// A place is taken, or none.
    pub fn start(&self) -> BoxFuture<'static, Result<Running>> {
        let app = self.clone();
        // Boxed as `AppBuilder::build` is: here is the door to the whole server.
        Box::pin(async move {
            let (host, port, options) = app.listens_on();
            let listeners = bind(&host, port, &options).await?;
            start_on(app, listeners).await
        })
    }
}

/// Serves an app on listeners.
pub(super) async fn start_on(app: App, listeners: Vec<Listener>) -> Result<Running> {
    let (_, _, options) = app.listens_on();
    let places = listeners.iter().map(Listener::place).collect::<Result<Vec<_>>>()?;
    let metrics = app.metrics();
    let mut aside = Vec::new();
    if let (Some(_), Some(MetricsAt::Address(host, port))) = (&metrics, app.metrics_at()) {
        aside = bind(host, *port, &options).await?;
    }
    let metrics_place = aside.first().map(Listener::place).transpose()?;
    let life = app.life();
    life.begin();
    life.listens(places.first().map(Place::url));
    let (stop, stopped) = watch::channel(false);
    let max = super::limits::connections(options.max_connections);
    let mut tasks = Vec::new();
    let mut serve = |router: Router, metrics: Option<Arc<Metrics>>, listeners: Vec<Listener>| {
        let connections = Connections::new(&options, max);
        let server = Arc::new(Server {
            router,
            protocol: connection::protocol(),
            options: options.clone(),
            connections: connections.clone(),
            stop: stopped.clone(),
            metrics,
            refusing: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
        });
        tasks.push(tokio::spawn(connections.clone().sweep()));
        let accepting =
            listeners.into_iter().map(|listener| tokio::spawn(accept(listener, server.clone(), stopped.clone())));
        (connections, accepting.collect::<Vec<_>>())
    };
    let (connections, accepting) = serve(app.router(), metrics.clone(), listeners);
    let mut beside = None;
    if let Some(metrics) = &metrics {
        metrics.watch(&connections);
        if !aside.is_empty() {
            beside = Some(serve(super::noting(metrics.router("/metrics")), None, aside).0);
        }
    }
    tasks.extend(app.sweep_now_and_then());
    if app.mail().is_some() {
        app.run_beside("the outbox of e-mails", crate::mail::work(app.clone()));
    }
    let (wish, wished) = watch::channel(Wish::Run);
    let end = End { app, connections, beside, accepting, tasks, grace: options.grace, stop };
    let ended = tokio::spawn(end.when(wished));
    Ok(Running { places, metrics: metrics_place, wish, ended })
}

/// What has to end with a server.
struct End {
    app: App,
    connections: Arc<Connections>,
    /// Those of the metrics.
    beside: Option<Arc<Connections>>,
    accepting: Vec<JoinHandle<()>>,
    tasks: Vec<JoinHandle<()>>,
    grace: Duration,
    stop: watch::Sender<bool>,
}

impl End {
    /// Waits for the wish to stop, and sees that everything does.
    async fn when(mut self, mut wish: watch::Receiver<Wish>) {
        // An error says that the handle is gone, which is a wish as well.
        let _ = wish.wait_for(|wish| *wish > Wish::Run).await;
        let deadline = Instant::now() + self.grace;
        // First: who hears of the stop may look at connections.
        self.connections.close_after_answers();
        self.app.life().stop();
        self.stop.send_replace(true);
        let accepting = std::mem::take(&mut self.accepting);
        let mut forced = pin!(async {
            if wish.wait_for(|wish| *wish == Wish::Force).await.is_err() {
                std::future::pending::<()>().await;
            }
        });
        let cut = tokio::select! {
            () = self.over(accepting) => false,
            () = &mut forced => true,
            () = sleep_until(deadline) => {
                tracing::warn!("the grace period is over; cut off: {}", self.left());
                false
            }
            () = self.say_what_is_left() => false,
        };
        self.connections.tell_all(Order::Break);
        if let Some(beside) = &self.beside {
            beside.tell_all(Order::Break);
        }
        if !cut {
            tokio::select! {
                () = self.at_stop() => {}
                () = forced => {}
            }
        }
        self.app.life().listens(None);
        for task in &self.tasks {
            task.abort();
        }
    }

    /// Ready when all requests are answered, all connections closed, and all work has ended.
    async fn over(&self, accepting: Vec<JoinHandle<()>>) {
        join_all(accepting).await;
        tokio::select! {
            () = self.connections.none_left() => {}
            () = sleep(LINGER) => self.connections.tell_all(Order::Finish),
        }
        self.connections.none_left().await;
        self.app.life().work_over().await;
    }

    /// What has not ended: requests, then connections, then work.
    fn left(&self) -> String {
        let (requests, mut shown) = self.connections.busy();
        if requests > shown.len() {
            shown.push(format!("{} more requests", requests - shown.len()));
        }
        let idle = self.connections.open().saturating_sub(requests);
        if idle > 0 {
            shown.push(format!("connections to close: {idle}"));
        }
        shown.extend(self.app.life().work());
        shown.join(", ")
    }

    /// Says each second what the stop waits for; never ready.
    async fn say_what_is_left(&self) {
        loop {
            sleep(Duration::from_secs(1)).await;
            tracing::warn!("stopping; waiting for {}", self.left());
        }
    }

    /// What the application does at the end.
    async fn at_stop(&self) {
        for (name, hook) in self.app.stop_hooks() {
            let ctx = self.app.ctx();
            let what = || format!("the stop function `{name}`");
            if let Err(error) = guarded(ctx.clone(), Some(AT_STOP), hook(ctx), what).await {
                tracing::error!(%error, "the stop function `{name}` has failed");
            }
        }
    }
}
