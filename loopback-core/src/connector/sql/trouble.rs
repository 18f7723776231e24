//! A database that goes away and comes back. After a connection was lost, those that lay in the pool meanwhile are tried
//! before they are used; what does not answer is given up after a time. While nothing is wrong, none of it costs anything.
//!
//! Requests that go away: a connection that comes back in the middle of a statement is closed, for the database may be at it
//! for long.

use super::error::{DbFailure, is_absence};
use crate::error::{Error, Result};
use futures_util::future::BoxFuture;
use sea_orm::sqlx::{self, Database};
use std::collections::VecDeque;
use std::future::{poll_fn, ready};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

/// How long a connection may take over a ping.
const PING: Duration = Duration::from_secs(2);

/// So long after a trouble connections are tried when they come back.
const DOUBT: Duration = Duration::from_secs(60);

/// So long after a statement was given up, connections are tried when they come back; and how long that may take.
const GIVEN_UP: (Duration, Duration) = (Duration::from_secs(1), Duration::from_millis(250));

/// So long a database may be at a statement whose connection was closed; and one that looks after its clients. Not more of them
/// at a time than a pool has connections: they would pile up there.
const LINGER: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(2));

/// A connection that lay so long is tried: servers and firewalls close what is not used.
const LONG_IDLE: Duration = Duration::from_secs(60);

/// What a connection is tried with: something that leaves it as it should be.
pub(super) type Trial<C> = for<'c> fn(&'c mut C) -> BoxFuture<'c, std::result::Result<(), sqlx::Error>>;

/// A ping.
#[cfg(feature = "postgres")]
pub(super) fn ping<C: sqlx::Connection>(connection: &mut C) -> BoxFuture<'_, std::result::Result<(), sqlx::Error>> {
    Box::pin(connection.ping())
}

/// When the database was last not there.
#[derive(Debug)]
pub(super) struct Trouble {
    start: Instant,
    /// Milliseconds after the start; 0: never.
    last: AtomicU64,
    /// When a statement was last given up, in the same way.
    given_up: AtomicU64,
    /// When connections were closed in the middle of a statement, and how many may be of late.
    closed: Mutex<VecDeque<Instant>>,
    most: usize,
    /// The database looks after its clients.
    attentive: AtomicBool,
}

impl Trouble {
    /// None yet, for a pool of so many connections.
    pub(super) fn none(connections: u32) -> Arc<Self> {
        let never = || AtomicU64::new(0);
        let (last, given_up) = (never(), never());
        let most = connections as usize;
        let attentive = AtomicBool::new(false);
        Arc::new(Self { start: Instant::now(), last, given_up, closed: Mutex::default(), most, attentive })
    }

    /// Takes note when a connection was lost, or did not answer.
    pub(super) fn note<T>(&self, done: std::result::Result<T, DbFailure>) -> std::result::Result<T, DbFailure> {
        if matches!(done, Err(DbFailure::Unavailable(_))) {
            self.happens();
        }
        done
    }

    pub(super) fn happens(&self) {
        self.mark(&self.last);
    }

    /// A statement is given up, or may be: its connection comes back in the middle of it.
    pub(super) fn gives_up(&self) {
        self.mark(&self.given_up);
    }

    fn mark(&self, time: &AtomicU64) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        time.store(now.max(1), Ordering::Relaxed);
    }

    /// How long ago something was.
    fn since(&self, time: &AtomicU64) -> Option<Duration> {
        let last = time.load(Ordering::Relaxed);
        (last > 0).then(|| self.start.elapsed().saturating_sub(Duration::from_millis(last)))
    }

    /// How long ago the trouble was.
    fn ago(&self) -> Option<Duration> {
        self.since(&self.last)
    }

    /// The database ends statements of connections that are closed.
    #[cfg(feature = "postgres")]
    pub(super) fn is_attentive(&self) {
        self.attentive.store(true, Ordering::Relaxed);
    }

    fn linger(&self) -> Duration {
        if self.attentive.load(Ordering::Relaxed) { LINGER.1 } else { LINGER.0 }
    }

    fn is_recent(&self) -> bool {
        self.ago().is_some_and(|ago| ago < DOUBT)
    }

    /// Whether a connection may be closed of whose statement nothing is known: the database may go on with it.
    pub(super) fn may_close(&self) -> bool {
        if self.is_recent() {
            return true;
        }
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        let linger = self.linger();
        while closed.front().is_some_and(|at| at.elapsed() > linger) {
            closed.pop_front();
        }
        let may = closed.len() < self.most;
        if may {
            closed.push_back(Instant::now());
        }
        may
    }

    /// How long a connection that comes back may take over a ping; `None`: it is not tried.
    fn patience(&self) -> Option<Duration> {
        if self.is_recent() {
            return Some(PING);
        }
        self.since(&self.given_up).filter(|ago| *ago < GIVEN_UP.0).map(|_| GIVEN_UP.1)
    }

    /// Whether a connection may be dead that lay in the pool for so long.
    fn doubts(&self, idle: Duration) -> bool {
        // The clock of the last trouble has milliseconds.
        idle > LONG_IDLE || self.ago().is_some_and(|ago| idle + Duration::from_millis(1) >= ago)
    }

    /// Makes a pool that tries doubtful connections.
    pub(super) fn watch<DB: Database>(
        self: &Arc<Self>,
        pool: sqlx::pool::PoolOptions<DB>,
        trial: Trial<DB::Connection>,
    ) -> sqlx::pool::PoolOptions<DB> {
        let (before, after) = (self.clone(), self.clone());
        pool.test_before_acquire(false)
            .before_acquire(move |connection, lay| {
                if !before.doubts(lay.idle_for) {
                    return Box::pin(ready(Ok(true)));
                }
                Box::pin(async move { Ok(answers(trial(connection), PING).await) })
            })
            // What was given up in the middle of a statement comes back as well. sqlx would wait for its answer without end.
            .after_release(move |connection, _| match after.patience() {
                None => Box::pin(ready(Ok(true))),
                Some(patience) => after.clone().judge(trial(connection), patience),
            })
    }

    /// Whether a connection that comes back may be used again.
    fn judge(
        self: Arc<Self>,
        mut trial: BoxFuture<'_, std::result::Result<(), sqlx::Error>>,
        patience: Duration,
    ) -> BoxFuture<'_, std::result::Result<bool, sqlx::Error>> {
        Box::pin(async move {
            // One and the same: of one that is cut off, half an answer may have been read.
            let mut answer = tokio::time::timeout(patience, trial.as_mut()).await;
            if answer.is_err() && !self.may_close() {
                answer = tokio::time::timeout(self.linger(), trial).await;
            }
            Ok(answer.is_ok_and(|answer| answer.is_ok()))
        })
    }
}

/// Whether a connection answers in time. One that does not is not to be used: the answer may come yet.
async fn answers(trial: BoxFuture<'_, std::result::Result<(), sqlx::Error>>, patience: Duration) -> bool {
    let answer = tokio::time::timeout(patience, trial).await;
    answer.is_ok_and(|answer| answer.is_ok())
}

/// Waits for the database, but not for ever. What is there at once costs no timer.
///
/// # Errors
/// Nothing came in time.
pub(super) async fn answer<T>(
    limit: Option<Duration>,
    work: impl Future<Output = T>,
) -> std::result::Result<T, DbFailure> {
    let Some(limit) = limit else { return Ok(work.await) };
    let mut work = pin!(work);
    if let Poll::Ready(done) = poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx))).await {
        return Ok(done);
    }
    tokio::time::timeout(limit, work).await.map_err(|_| {
        DbFailure::Unavailable(format!("the database did not answer within {} s", limit.as_secs_f32()).into())
    })
}

/// Connects at the start of an app, and tries again for a while: the database may be starting as well.
///
/// # Errors
/// The last one.
pub(super) async fn reach<C: sqlx::Connection>(
    what: &str,
    options: &<C as sqlx::Connection>::Options,
    patience: Duration,
) -> Result<()> {
    let deadline = Instant::now() + patience;
    let mut pause = Duration::from_millis(100);
    loop {
        let connecting = tokio::time::timeout(patience.max(PING), C::connect_with(options));
        let error = match connecting.await {
            Ok(Ok(connection)) => {
                // It has answered; how it says goodbye does not matter.
                let _ = connection.close().await;
                return Ok(());
            }
            Ok(Err(error)) => error,
            Err(_) => sqlx::Error::PoolTimedOut,
        };
        if !is_absence(&error) || Instant::now() + pause >= deadline {
            return Err(Error::configuration(format!("{what} does not answer: {error}")));
        }
        if pause == Duration::from_millis(100) {
            tracing::warn!(%error, "{what} does not answer; trying for {} s", patience.as_secs_f32());
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}

#[cfg(test)]
mod tests {
    use super::{GIVEN_UP, LONG_IDLE, PING, Trouble, answer};
    use std::time::Duration;

    #[test]
    fn connections_are_tried_that_lay_since_before_a_trouble() {
        let trouble = Trouble::none(2);
        assert!(!trouble.doubts(Duration::from_secs(5)));
        assert!(trouble.doubts(LONG_IDLE + Duration::from_secs(1)));
        trouble.happens();
        assert!(trouble.doubts(Duration::from_secs(5)));
    }

    #[test]
    fn only_so_many_connections_are_closed_in_the_middle_of_a_statement() {
        let trouble = Trouble::none(2);
        assert_eq!(std::array::from_fn(|_| trouble.may_close()), [true, true, false]);
        assert_eq!(trouble.patience(), None);
        trouble.gives_up();
        assert_eq!(trouble.patience(), Some(GIVEN_UP.1));
        // The database itself is at fault.
        trouble.happens();
        assert!(trouble.may_close());
        assert_eq!(trouble.patience(), Some(PING));
    }

    #[tokio::test]
    async fn what_does_not_answer_is_given_up() {
        let limit = Some(Duration::from_millis(5));
        assert_eq!(answer(limit, std::future::ready(1)).await.unwrap(), 1);
        assert!(answer(limit, std::future::pending::<()>()).await.is_err());
    }
}
