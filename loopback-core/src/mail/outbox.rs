//! The outbox: e-mails as rows, that commit with the data, and are claimed by one instance at a time.

use super::Mail;
use super::letter::{Letter, domain_of};
use super::transport::unknown_transport;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::models::{Email, OutboxEmail, OutboxState};
use crate::typed::{Model as _, Patch, PersistedModel as _};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::PoisonError;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// The longest wait between two tries to write down what has become of an e-mail.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// How often it is tried to put an e-mail into the outbox that comes after a transaction.
const TRIES_AFTER: u32 = 8;

/// An e-mail that this instance sends: nobody else does until its claim is over.
pub(super) struct Claimed {
    pub(super) row: OutboxEmail,
    claim: String,
    /// When others may take it.
    until: Instant,
}

/// What has become of an e-mail, to be written down.
pub(super) type Outcome = Patch<OutboxEmail>;

/// The moment so long from now.
pub(super) fn later(time: Duration) -> DateTime<Utc> {
    let now = Utc::now();
    TimeDelta::from_std(time).ok().and_then(|time| now.checked_add_signed(time)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn ago(time: Duration) -> DateTime<Utc> {
    let now = Utc::now();
    TimeDelta::from_std(time).ok().and_then(|time| now.checked_sub_signed(time)).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// What of a row goes when its e-mail is done with.
fn done(state: OutboxState) -> Patch<OutboxEmail> {
    let row = OutboxEmail::props();
    Patch::new().set(row.state, state).set(row.done, Utc::now()).set(row.claim, None::<String>)
}

/// What is added to the time of a claim: writing it down, and clocks of instances that differ.
const LEASE: Duration = Duration::from_secs(30);

impl Mail {
    /// Puts an e-mail into the outbox, in the transaction of the context. When that is one of another data source, it comes into
    /// the outbox after it, and not at all when it is rolled back.
    ///
    /// # Errors
    /// 422 `INVALID_EMAIL`: it cannot be sent. The outbox cannot be written.
    pub(crate) async fn queue(&self, ctx: &Ctx, email: Email) -> Result<()> {
        let at = self.options.named(email.transport.as_deref());
        let known = &self.options.transports;
        let Some(at) = at else {
            return Err(unknown_transport(email.transport.as_deref().unwrap_or_default(), known));
        };
        let expires = email.expires;
        let letter = Letter::of(email, &self.from)?;
        let stored = serde_json::to_string(&letter).map_err(Error::internal)?;
        let now = Utc::now();
        let row = OutboxEmail::props();
        let data = Patch::new()
            .set(row.state, OutboxState::Waiting)
            .set(row.due, now)
            .set(row.attempts, 0)
            .set(row.created, now)
            .set(row.expires, expires)
            .set(row.transport, known[at].0.clone())
            .set(row.recipients, letter.recipients())
            .set(row.message_id, format!("<{}@{}>", Uuid::new_v4(), domain_of(letter.from())?))
            .set(row.letter, stored);
        let outbox = ctx.app().graph().model("OutboxEmail");
        if outbox.is_none_or(|outbox| !ctx.is_in_others(outbox)) {
            return OutboxEmail::create(&ctx.of_application(), data).await.map(drop);
        }
        let app = ctx.app().clone();
        ctx.when_lasting(move || {
            let beside = app.clone();
            app.run_beside("an e-mail after a transaction", async move { put(&beside.ctx(), data).await });
        });
        Ok(())
    }

    /// E-mails that may be taken now, the oldest first.
    pub(super) async fn due(&self, ctx: &Ctx, limit: usize) -> Result<Vec<OutboxEmail>> {
        let row = OutboxEmail::props();
        let mut condition = row.state.eq(OutboxState::Waiting).and(row.due.lte(Utc::now()));
        let paused = self.paused();
        if !paused.is_empty() {
            condition = condition.and(row.transport.nin(paused));
        }
        // Their claims may be over while the database does not take down what has become of them.
        let ending: Vec<i64> = self.ending.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        if !ending.is_empty() {
            condition = condition.and(row.id.nin(ending));
        }
        OutboxEmail::find(ctx, condition.order(row.due.asc()).limit(limit as u64)).await
    }

    /// Takes an e-mail; `None`: another instance has.
    pub(super) async fn claim(&self, ctx: &Ctx, found: OutboxEmail) -> Result<Option<Claimed>> {
        let row = OutboxEmail::props();
        let claim = Uuid::new_v4().simple().to_string();
        // One statement: of several that see it due, the first one makes it not due for the rest.
        let condition = row.id.eq(found.id).and(row.state.eq(OutboxState::Waiting)).and(row.due.lte(Utc::now()));
        let condition = condition.and(row.attempts.eq(found.attempts));
        let lease = self.options.outbox.send_timeout * 2 + LEASE;
        let until = Instant::now() + lease;
        let data = Patch::new()
            .set(row.due, later(lease))
            // It counts from the start: an e-mail that brings its process down is not taken for ever.
            .set(row.attempts, found.attempts + 1)
            .set(row.claim, claim.clone());
        let taken = OutboxEmail::update_all(ctx, condition, data).await? > 0;
        Ok(taken.then_some(Claimed { row: found, claim, until }))
    }

    /// Writes down what has become of an e-mail. A database that is away is waited for: as long as nobody else has taken the
    /// e-mail over it can be written, and what was sent is not sent again. `patience`: how long after the end of the claim.
    pub(super) async fn finish(&self, ctx: &Ctx, claimed: &Claimed, outcome: Outcome, patience: Duration) {
        let row = OutboxEmail::props();
        let id = claimed.row.id;
        let _ending = Ending::of(self, id);
        let (mut wait, mut told, mut tries) = (Duration::from_millis(100), 0, 0);
        loop {
            let condition = row.id.eq(id).and(row.claim.eq(claimed.claim.clone()));
            let error = match OutboxEmail::update_all(ctx, condition, outcome.clone()).await {
                Ok(0) => {
                    return tracing::warn!(id, "mail: another instance has taken an e-mail over; it may come twice");
                }
                Ok(_) => return,
                Err(error) => error,
            };
            let now = Instant::now();
            tries += 1;
            // It is not for the database's being away: something in the app has it that way.
            let refused = error.status() < 500 && tries > 5;
            if refused || now > claimed.until + patience {
                return tracing::error!(id, %error, "mail: the outbox cannot be written; an e-mail may be sent twice");
            }
            if told == 0 {
                told = 1;
                tracing::warn!(id, %error, "mail: the outbox cannot be written: it is tried until it can");
            } else if told == 1 && now > claimed.until {
                told = 2;
                tracing::error!(id, %error, "mail: the outbox cannot be written; another instance may send an e-mail twice");
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Deletes what is not to be kept any longer.
    ///
    /// # Errors
    /// The outbox cannot be written.
    pub(super) async fn sweep(&self, ctx: &Ctx) -> Result<()> {
        let row = OutboxEmail::props();
        let now = Utc::now();
        // One that is being sent is not due: whoever sends it writes its end down.
        let over =
            row.state.inq([OutboxState::Waiting, OutboxState::Dead]).and(row.expires.lte(now)).and(row.due.lte(now));
        OutboxEmail::update_all(ctx, over, done(OutboxState::Expired).set(row.letter, None::<String>)).await?;
        let outbox = &self.options.outbox;
        let sent = row.state.inq([OutboxState::Sent, OutboxState::Expired]).and(row.done.lte(ago(outbox.keep_sent)));
        OutboxEmail::destroy_all(ctx, sent).await?;
        let dead = row.state.eq(OutboxState::Dead).and(row.done.lte(ago(outbox.keep_dead)));
        OutboxEmail::destroy_all(ctx, dead).await.map(drop)
    }
}

/// It is sent: what it says is deleted.
pub(super) fn sent(letter: &Letter) -> Outcome {
    let row = OutboxEmail::props();
    let done = done(OutboxState::Sent).set(row.letter, None::<String>).set(row.error, None::<String>);
    // Of several turns the last one has had some of them.
    if letter.is_partly_done() { done.set(row.recipients, letter.recipients()) } else { done }
}

/// Its time is up: what it says is deleted.
pub(super) fn expired() -> Outcome {
    done(OutboxState::Expired).set(OutboxEmail::props().letter, None::<String>)
}

/// It is given up, and kept: for those who have not got it.
pub(super) fn dead(letter: Option<Letter>, error: &str) -> Outcome {
    let row = OutboxEmail::props();
    let outcome = done(OutboxState::Dead).set(row.error, error.to_owned());
    let Some(mut letter) = letter else { return outcome };
    let missed = letter.end();
    if missed.is_empty() { outcome } else { kept(outcome, &letter, &missed) }
}

/// It is tried again.
pub(super) fn again(letter: Option<&Letter>, attempts: i64, wait: Duration, error: &str) -> Outcome {
    let row = OutboxEmail::props();
    let outcome = Patch::new()
        .set(row.due, later(wait))
        .set(row.attempts, attempts)
        .set(row.claim, None::<String>)
        .set(row.error, error.to_owned());
    match letter {
        Some(letter) if letter.is_partly_done() => kept(outcome, letter, &letter.missing()),
        _ => outcome,
    }
}

/// With what of the e-mail has changed: whom it has reached.
fn kept(outcome: Outcome, letter: &Letter, missing: &[String]) -> Outcome {
    let row = OutboxEmail::props();
    match serde_json::to_string(letter) {
        Ok(stored) => outcome.set(row.letter, stored).set(row.recipients, missing.join(", ")),
        // Texts that were JSON before.
        Err(_) => outcome,
    }
}

/// Puts an e-mail into the outbox whose transaction is over.
async fn put(ctx: &Ctx, data: Patch<OutboxEmail>) {
    let mut wait = Duration::from_millis(100);
    for turn in 1..=TRIES_AFTER {
        match OutboxEmail::create(ctx, data.clone()).await {
            Ok(_) => return,
            Err(error) if turn == TRIES_AFTER => {
                tracing::error!(%error, "mail: an e-mail is lost: the outbox could not be written");
            }
            Err(_) => {
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
        }
    }
}

/// An e-mail whose end is being written down: nobody of this process takes it.
struct Ending<'a>(&'a Mail, i64);

impl<'a> Ending<'a> {
    fn of(mail: &'a Mail, id: i64) -> Self {
        mail.ending.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        Self(mail, id)
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.ending.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}
