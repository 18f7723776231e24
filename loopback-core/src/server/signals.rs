//! SIGINT and SIGTERM: how a process is told to stop.

use crate::error::Result;
use std::time::{Duration, Instant};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// One press of Ctrl-C may come twice: from the terminal, and from `npm` or `tini`, which hand on what they get.
const ECHO: Duration = Duration::from_millis(300);

/// Hears signals from when it is made: one that comes before anybody waits is not lost.
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
    /// When the last one came that counts.
    last: Option<Instant>,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    /// The system does not let it.
    pub(super) fn listen() -> Result<Self> {
        #[cfg(unix)]
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(Self {
            #[cfg(unix)]
            interrupt,
            #[cfg(unix)]
            terminate,
            last: None,
        })
    }

    /// The name of the next signal, and the code of a process that ends by it. What comes right after another is the same.
    pub(super) async fn next(&mut self) -> (&'static str, i32) {
        loop {
            let signal = self.any().await;
            if !is_echo(self.last, Instant::now()) {
                self.last = Some(Instant::now());
                return signal;
            }
        }
    }

    async fn any(&mut self) -> (&'static str, i32) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => ("SIGINT", 130),
            _ = self.terminate.recv() => ("SIGTERM", 143),
        }
        #[cfg(not(unix))]
        match tokio::signal::ctrl_c().await {
            Ok(()) => ("Ctrl-C", 1),
            Err(error) => {
                tracing::warn!(%error, "Ctrl-C is not heard");
                std::future::pending().await
            }
        }
    }
}

fn is_echo(last: Option<Instant>, now: Instant) -> bool {
    last.is_some_and(|last| now.saturating_duration_since(last) < ECHO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_right_after_a_signal_is_its_echo() {
        let begin = Instant::now();
        assert!(!is_echo(None, begin));
        assert!(is_echo(Some(begin), begin + ECHO / 2));
        assert!(!is_echo(Some(begin), begin + ECHO));
    }
}
