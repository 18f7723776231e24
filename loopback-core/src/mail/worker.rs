//! The worker that empties the outbox. Each instance that serves has one.

use super::Mail;
use super::conversation::without_addresses;
use super::counts::Counting;
use super::letter::Letter;
use super::outbox::{self, Claimed, Outcome};
use super::transport::{Failed, NotTaken};
use crate::app::App;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::events::{ModelEvent, ModelEvents};
use crate::models::OutboxEmail;
use crate::typed::PersistedModel as _;
use chrono::{TimeDelta, Utc};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How often what has been kept long enough is deleted.
const SWEEP: Duration = Duration::from_secs(60);

/// The longest that a transport rests that cannot be reached.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long the e-mails that are being sent may take when the app stops.
const LAST: Duration = Duration::from_secs(15);

/// How long the worker of a server tries to write down what has become of an e-mail, after its claim is over.
const PATIENCE: Duration = Duration::from_secs(86_400);

/// A transport that rests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause {
    until: Instant,
    failures: u32,
}

/// What has become of e-mails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// They are sent.
    pub sent: usize,
    /// They are tried again later.
    pub failed: usize,
    /// They are given up.
    pub dead: usize,
    /// Their time was up.
    pub expired: usize,
}

/// The longest text that is kept of what went wrong.
const MOST_TEXT: usize = 2_000;

enum End {
    Sent,
    Again(Duration),
    Dead,
    Expired,
}

/// Sends what is in the outbox until the app stops; then finishes what it has begun.
pub(crate) async fn work(app: App) {
    let Some(mail) = app.mail().cloned() else { return };
    let mut events = match OutboxEmail::events(&app.ctx()) {
        Ok(events) => events,
        Err(error) => return tracing::error!(%error, "mail: there is no outbox"),
    };
    let mut stopping = std::pin::pin!(app.stopping());
    let mut running = Running::new(mail.clone(), PATIENCE);
    let mut counting = Counting::begin(&app, &mail);
    let mut swept: Option<Instant> = None;
    loop {
        let ctx = app.current().ctx();
        if swept.is_none_or(|last| last.elapsed() >= SWEEP) {
            swept = Some(Instant::now());
            if let Err(error) = mail.sweep(&ctx).await {
                tracing::warn!(%error, "mail: old e-mails were not deleted");
            }
        }
        if let Err(error) = running.fill(&ctx).await {
            tracing::warn!(%error, "mail: the outbox cannot be read");
        }
        if let Some(counting) = &mut counting {
            counting.count(&mail, &ctx).await;
        }
        let wait = running.wait();
        tokio::select! {
            () = &mut stopping => break,
            Some(_) = running.next() => {}
            () = woken(&mut events) => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    let rest = async { while running.next().await.is_some() {} };
    if tokio::time::timeout(LAST, rest).await.is_err() {
        tracing::warn!(
            "mail: e-mails were being sent when the app stopped; another instance, or the next start, looks after them"
        );
    }
    mail.close().await;
}

/// Ready when somebody has put an e-mail into the outbox.
async fn woken(events: &mut ModelEvents<OutboxEmail>) {
    loop {
        match events.next().await {
            Some(Ok(ModelEvent::Changed(_) | ModelEvent::Missed(_))) => return,
            None => std::future::pending().await,
            // The worker's own doing.
            Some(_) => {}
        }
    }
}

/// E-mails that are being sent: tasks of their own, for one that waits for the database must not wait for the loop, which
/// waits for the database as well.
struct Running {
    mail: Arc<Mail>,
    running: JoinSet<End>,
    /// How many more may be sent now: what waits for the database to be written down is none of them.
    free: Arc<Semaphore>,
    patience: Duration,
    /// When something is to be tried again.
    next: Option<Instant>,
}

impl Running {
    fn new(mail: Arc<Mail>, patience: Duration) -> Self {
        let free = Arc::new(Semaphore::new(mail.options.outbox.concurrency));
        Self { mail, running: JoinSet::new(), free, patience, next: None }
    }

    /// Takes e-mails that are due, up to as many as may be sent at the same time.
    async fn fill(&mut self, ctx: &Ctx) -> Result<()> {
        if self.next.is_some_and(|next| next <= Instant::now()) {
            self.next = None;
        }
        loop {
            let most = self.free.available_permits();
            if most == 0 {
                return Ok(());
            }
            let found = self.mail.due(ctx, most).await?;
            if found.is_empty() {
                return Ok(());
            }
            for row in found {
                let Ok(turn) = self.free.clone().try_acquire_owned() else { return Ok(()) };
                if let Some(claimed) = self.mail.claim(ctx, row).await? {
                    let (mail, ctx, patience) = (self.mail.clone(), ctx.clone(), self.patience);
                    self.running.spawn(async move {
                        let (end, outcome) = mail.deliver(&claimed).await;
                        drop(turn);
                        mail.finish(&ctx, &claimed, outcome, patience).await;
                        end
                    });
                }
            }
        }
    }

    /// What has become of the next one that is done; `None`: none is being sent.
    async fn next(&mut self) -> Option<End> {
        let end = self.running.join_next().await?.unwrap_or_else(|error| {
            // Its claim ends, and it is taken again.
            tracing::error!(%error, "mail: sending an e-mail has failed");
            End::Again(self.mail.options.outbox.poll)
        });
        if let End::Again(wait) = &end {
            let then = Instant::now() + *wait;
            self.next = Some(self.next.map_or(then, |next| next.min(then)));
        }
        Some(end)
    }

    /// How long there is nothing to do.
    fn wait(&self) -> Duration {
        let now = Instant::now();
        let soon = self.next.into_iter().chain(self.mail.paused_until()).min();
        let poll = self.mail.options.outbox.poll;
        soon.map_or(poll, |soon| soon.saturating_duration_since(now).min(poll)).max(Duration::from_millis(1))
    }
}

impl Mail {
    /// Sends all e-mails that are due, once each: what the worker of a server does all the time. For tests, for apps that
    /// are not served by [`App::serve`], and for a job of the system's.
    ///
    /// # Errors
    /// The outbox cannot be read.
    pub async fn send_due(self: &Arc<Self>, ctx: &Ctx) -> Result<Delivered> {
        let mut running = Running::new(self.clone(), Duration::ZERO);
        let mut delivered = Delivered::default();
        loop {
            if let Err(error) = running.fill(ctx).await {
                // What is being sent is written down before anything else.
                while running.next().await.is_some() {}
                return Err(error);
            }
            match running.next().await {
                Some(End::Sent) => delivered.sent += 1,
                Some(End::Again(_)) => delivered.failed += 1,
                Some(End::Dead) => delivered.dead += 1,
                Some(End::Expired) => delivered.expired += 1,
                None => return Ok(delivered),
            }
        }
    }

    /// Sends an e-mail; what has become of it, and what is to be written down of that.
    async fn deliver(&self, claimed: &Claimed) -> (End, Outcome) {
        let row = &claimed.row;
        let letter = row.letter.as_deref().and_then(|letter| serde_json::from_str::<Letter>(letter).ok());
        if row.expires.is_some_and(|expires| expires <= Utc::now()) {
            tracing::warn!(id = row.id, "mail: the time of an e-mail was up before it could be sent");
            return (End::Expired, outbox::expired());
        }
        // Each attempt was written down before it was made: one that brought its process down is among them.
        if row.attempts >= i64::from(self.options.outbox.attempts) {
            tracing::error!(id = row.id, attempts = row.attempts, "mail: an e-mail is given up; `mail list --dead`");
            return (End::Dead, outbox::dead(letter, "its attempts came to no end"));
        }
        let at = self.options.named(Some(&row.transport)).or_else(|| self.options.named(None)).unwrap_or_default();
        let Some(letter) = letter else {
            return self.failed(claimed, at, None, Failed::refused("what it says cannot be read".to_owned()));
        };
        let message = match letter.message(&row.message_id, row.created) {
            Ok(message) => message,
            Err(error) => return self.failed(claimed, at, Some(letter), Failed::refused(error.to_string())),
        };
        let asked = letter.addressees(&message).len();
        match self.transports[at].send(&letter, message, self.options.outbox.send_timeout).await {
            Ok(not_taken) => {
                self.works(at);
                self.taken(claimed, letter, asked, not_taken)
            }
            Err(failed) => self.failed(claimed, at, Some(letter), failed),
        }
    }

    /// The server has taken it, perhaps not for all of those whom it was asked for.
    fn taken(&self, claimed: &Claimed, mut letter: Letter, asked: usize, not_taken: Vec<NotTaken>) -> (End, Outcome) {
        if not_taken.is_empty() && letter.refused().is_empty() {
            return (End::Sent, outbox::sent(&letter));
        }
        let (row, outbox) = (&claimed.row, &self.options.outbox);
        // When it has got on, it is tried as one that was not tried before.
        let attempts = if not_taken.len() < asked { 0 } else { row.attempts + 1 };
        let pairs = |list: Vec<NotTaken>| list.into_iter().map(|one| (one.address, one.text)).collect::<Vec<_>>();
        let (refused, later): (Vec<_>, Vec<_>) = not_taken.into_iter().partition(|one| one.for_good);
        let later = pairs(later);
        letter.reached_but(later.iter().map(|(address, _)| address.clone()).collect(), pairs(refused));
        let text = reasons(letter.refused().iter().chain(&later));
        if later.is_empty() || self.is_given_up(row, attempts) {
            tracing::error!(
                id = row.id,
                attempts,
                error = without_addresses(&text),
                "mail: an e-mail is given up for some or all of its recipients; `mail list --dead`"
            );
            return (End::Dead, outbox::dead(Some(letter), &text));
        }
        let wait = jittered(doubled(outbox.first_retry, attempts.saturating_sub(1), outbox.longest_retry));
        tracing::warn!(
            id = row.id,
            attempts,
            ?wait,
            error = without_addresses(&text),
            "mail: some have not got an e-mail yet"
        );
        (End::Again(wait), outbox::again(Some(&letter), attempts, wait, &text))
    }

    fn is_given_up(&self, row: &OutboxEmail, attempts: i64) -> bool {
        let outbox = &self.options.outbox;
        let old = TimeDelta::from_std(outbox.give_up_after).is_ok_and(|limit| Utc::now() - row.created >= limit);
        old || attempts >= i64::from(outbox.attempts)
    }

    fn failed(&self, claimed: &Claimed, at: usize, letter: Option<Letter>, failed: Failed) -> (End, Outcome) {
        let (row, outbox) = (&claimed.row, &self.options.outbox);
        let attempts = row.attempts + i64::from(failed.counts);
        let pause = if failed.pause { Some(self.pause(at)) } else { None };
        let error = without_addresses(&failed.text);
        let text = match letter.as_ref().map(Letter::refused) {
            Some(refused) if !refused.is_empty() => format!("{}; {}", failed.text, reasons(refused.iter())),
            _ => failed.text,
        };
        if failed.for_good || self.is_given_up(row, attempts) {
            tracing::error!(id = row.id, attempts, error, "mail: an e-mail is given up; `mail list --dead`");
            return (End::Dead, outbox::dead(letter, &text));
        }
        // One that never reached the server is no worse than the others that wait for it.
        let wait = match pause {
            Some(pause) if !failed.counts => pause,
            _ => jittered(doubled(outbox.first_retry, attempts.saturating_sub(1), outbox.longest_retry)),
        };
        tracing::warn!(id = row.id, attempts, ?wait, error, "mail: an e-mail was not sent");
        (End::Again(wait), outbox::again(letter.as_ref(), attempts, wait, &text))
    }

    /// The names of transports that rest.
    pub(super) fn paused(&self) -> Vec<String> {
        let pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let names = self.options.transports.iter().zip(pauses.iter());
        names
            .filter(|(_, pause)| pause.is_some_and(|pause| pause.until > now))
            .map(|((name, _), _)| name.clone())
            .collect()
    }

    /// When the first of them is tried again.
    fn paused_until(&self) -> Option<Instant> {
        let pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        pauses.iter().flatten().map(|pause| pause.until).filter(|until| *until > now).min()
    }

    /// Lets a transport rest, longer each time; for how long.
    fn pause(&self, at: usize) -> Duration {
        let outbox = &self.options.outbox;
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let Some(pause) = pauses.get_mut(at) else { return outbox.first_retry };
        // Those that were on their way together fail together.
        if let Some(pause) = pause.filter(|pause| pause.until > now) {
            return pause.until - now;
        }
        let failures = pause.map_or(0, |pause| pause.failures);
        let longest = LONGEST_PAUSE.min(outbox.longest_retry);
        let wait = jittered(doubled(outbox.first_retry, failures.into(), longest));
        *pause = Some(Pause { until: now + wait, failures: failures.saturating_add(1) });
        wait
    }

    /// A transport works.
    fn works(&self, at: usize) {
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pause) = pauses.get_mut(at) {
            *pause = None;
        }
    }
}

/// Who has not got it, and why.
fn reasons<'a>(all: impl Iterator<Item = &'a (String, String)> + Clone) -> String {
    const MOST: usize = 10;
    let mut said: Vec<String> = all.clone().take(MOST).map(|(address, why)| format!("{address}: {why}")).collect();
    match all.count().saturating_sub(MOST) {
        0 => {}
        more => said.push(format!("and {more} more")),
    }
    said.join("; ").chars().take(MOST_TEXT).collect()
}

fn doubled(first: Duration, times: i64, longest: Duration) -> Duration {
    let factor = 1_u32 << times.clamp(0, 30);
    first.saturating_mul(factor).min(longest)
}

/// Between half of it and all of it.
fn jittered(time: Duration) -> Duration {
    time.mul_f64(0.5 + rand::random::<f64>() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_are_partly_chance() {
        let (first, longest) = (Duration::from_secs(5), Duration::from_secs(3_600));
        assert_eq!(doubled(first, 0, longest), first);
        assert_eq!(doubled(first, 3, longest), Duration::from_secs(40));
        assert_eq!(doubled(first, i64::MAX, longest), longest);
        for _ in 0..100 {
            let wait = jittered(Duration::from_secs(40));
            assert!((20.0..=40.0).contains(&wait.as_secs_f64()), "{wait:?}");
        }
    }
}
