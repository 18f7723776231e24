//! How an app listens, how it stops, and how it is watched while it runs. What is answered is decided in [`crate::rest`].
//!
//! `accept` takes connections from the listeners, `connection` speaks HTTP on one, `connections` knows all of them and their
//! time limits, `running` is the life of a server from start to end, `observe` what is noted of a request.

mod accept;
mod body;
mod connection;
mod connections;
mod life;
mod limits;
mod listen;
mod log;
mod metrics;
mod observe;
mod options;
#[cfg(feature = "otel")]
mod otel;
#[cfg(not(feature = "otel"))]
#[path = "otel_off.rs"]
mod otel;
mod running;
mod signals;
mod socket;
#[cfg(unix)]
mod unix;

pub(crate) use body::BodyTimeout;
pub(crate) use life::Life;
pub(crate) use listen::url_of;
pub(crate) use log::start as start_log;
pub(crate) use metrics::{Metrics, MetricsAt};
pub(crate) use observe::{note_route, noting};

pub use listen::Place;
pub use log::LogFormat;
pub use options::ServerOptions;
pub use running::Running;

use crate::app::App;
use crate::error::Result;
use listen::Listener;
use running::{Server, start_on};
use signals::Signals;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Ready when a server stops.
async fn told(stop: &mut watch::Receiver<bool>) {
    // An error says that it has stopped already.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Serves an app until the process is told to stop; `announce` is told when it listens.
///
/// # Errors
/// A place is taken, or none.
pub(crate) async fn run(app: App, announce: impl FnOnce(&App, &Running)) -> Result<()> {
    // Before it listens: a signal that comes now ends the process in the usual way.
    let mut signals = Signals::listen()?;
    let running = app.start().await?;
    announce(&app, &running);
    let (signal, _) = signals.next().await;
    tracing::info!("{signal}: stopping");
    let stop = async {
        running.stop().await;
        app.disconnect().await;
        otel::flush().await;
    };
    tokio::select! {
        () = stop => Ok(()),
        (signal, code) = signals.next() => {
            tracing::error!("{signal} again: the process ends, whatever it is at");
            // To return would wait for threads that are at work.
            std::process::exit(code)
        }
    }
}

/// Serves an app on a listener until `stop` is ready.
///
/// # Errors
/// The listener has no address.
pub(crate) async fn run_on(app: App, listener: TcpListener, stop: impl Future<Output = ()> + Send) -> Result<()> {
    let running = start_on(app, vec![Listener::Tcp(listener)]).await?;
    stop.await;
    running.stop().await;
    Ok(())
}
