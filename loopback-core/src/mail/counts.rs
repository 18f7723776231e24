//! How many e-mails wait and how many are dead, for the metrics: counted by the worker, read by whoever looks.

use super::Mail;
use crate::app::App;
use crate::ctx::Ctx;
use crate::models::OutboxState;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Counting takes no more than this part of the time, however long the outbox is.
const PART: u32 = 100;

/// Not counted, or not any more.
const UNKNOWN: u64 = u64::MAX;

/// The numbers of e-mails by state.
#[derive(Debug)]
pub(super) struct Counts([(OutboxState, AtomicU64); 2]);

impl Default for Counts {
    fn default() -> Self {
        Self([OutboxState::Waiting, OutboxState::Dead].map(|state| (state, AtomicU64::new(UNKNOWN))))
    }
}

/// When it is counted again.
pub(super) struct Counting {
    next: Instant,
}

impl Counting {
    /// Shows the numbers in the app's metrics; `None`: it has none, and nobody counts.
    pub(super) fn begin(app: &App, mail: &Arc<Mail>) -> Option<Self> {
        app.metrics()?;
        for (at, (state, _)) in mail.counts.0.iter().enumerate() {
            let (name, read) = (super::admin::said(*state), mail.clone());
            let help = "E-mails of the outbox, of all instances: they wait to be sent, or were given up";
            app.gauge("mail_outbox_emails", help, &[("state", name)], move || {
                match read.counts.0[at].1.load(Ordering::Relaxed) {
                    UNKNOWN => f64::NAN,
                    count => count as f64,
                }
            });
        }
        Some(Self { next: Instant::now() })
    }

    /// Counts, when it is time to.
    pub(super) async fn count(&mut self, mail: &Mail, ctx: &Ctx) {
        let start = Instant::now();
        if start < self.next {
            return;
        }
        for (state, number) in &mail.counts.0 {
            // An old number would look like one of now.
            number.store(mail.count(ctx, *state).await.unwrap_or(UNKNOWN), Ordering::Relaxed);
        }
        self.next = Instant::now() + mail.options.outbox.poll.max(start.elapsed() * PART).max(Duration::from_millis(1));
    }
}
