//! Listening, and stopping when told to.

use super::command::Command;
use super::{App, report};
use crate::error::{Error, Result};
use axum::serve::ListenerExt;
use futures_util::future::BoxFuture;
use std::io::Write as _;
use std::net::SocketAddr;
use tokio::net::TcpListener;

impl App {
    /// Serves the app on its host and port until SIGINT or SIGTERM, then finishes the requests that have begun. Prints
    /// what is served and where, and logs on standard error (`RUST_LOG` says what) unless the application has set up
    /// `tracing` itself.
    ///
    /// # Errors
    /// The port is taken, or the address is none.
    pub fn serve(self) -> BoxFuture<'static, Result<()>> {
        log();
        let command = Command::of(std::env::args().skip(1));
        // Boxed as `AppBuilder::build` is: here is the door to the whole server.
        Box::pin(async move {
            if let Command::AclExplain(filter) = command? {
                let explained = self.acl_explain(filter.as_deref());
                if let Some(message) = crate::access::unknown(self.graph(), filter.as_deref(), &explained) {
                    return Err(Error::configuration(message));
                }
                let _ = write!(std::io::stdout(), "{explained}");
                return Ok(());
            }
            let listener = self.listen().await?;
            let address = listener.local_addr()?;
            // Not `println!`, which panics when nobody reads.
            let _ = writeln!(std::io::stdout(), "{}", report::report(&self, address));
            self.serve_on(listener, stopped()).await
        })
    }

    /// A listener on the app's host and port.
    ///
    /// # Errors
    /// The port is taken, or the address is none.
    pub async fn listen(&self) -> Result<TcpListener> {
        let (host, port) = (&self.0.settings.host, self.0.settings.port);
        TcpListener::bind((host.as_str(), port)).await.map_err(|error| {
            let hint = if error.kind() == std::io::ErrorKind::AddrInUse { "; set PORT to another one" } else { "" };
            Error::configuration(format!("cannot listen on {host}:{port}: {error}{hint}"))
        })
    }

    /// Serves the app on a listener until `stop` is ready, then finishes the requests that have begun.
    ///
    /// # Errors
    /// None at present; connections that fail end alone.
    pub async fn serve_on(self, listener: TcpListener, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        // Answers are small: waiting to fill a packet only delays them.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "no TCP_NODELAY");
            }
        });
        let sweeping = self.sweep_now_and_then();
        let service = self.router().into_make_service_with_connect_info::<SocketAddr>();
        let served = axum::serve(listener, service).with_graceful_shutdown(stop).await;
        if let Some(sweeping) = sweeping {
            sweeping.abort();
        }
        Ok(served?)
    }

    /// Deletes tokens that have expired, every few minutes.
    fn sweep_now_and_then(&self) -> Option<tokio::task::JoinHandle<()>> {
        self.auth()?;
        let app = self.clone();
        Some(tokio::spawn(async move {
            loop {
                // Not all instances at once, and not while they start.
                let seconds = 600 + u64::from(rand::random::<u8>());
                tokio::time::sleep(std::time::Duration::from_secs(seconds)).await;
                if let Err(error) = crate::models::sweep(&app).await {
                    tracing::warn!(%error, "tokens that have expired were not deleted");
                }
            }
        }))
    }
}

/// A log on standard error, unless the application has installed its own subscriber of `tracing` before. `RUST_LOG`
/// says what of it; warnings and errors unless set.
pub(super) fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    // An error says that there is one already.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

/// Ready when the process is told to stop.
async fn stopped() {
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "SIGINT is not heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM is not heard");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
