//! Long lists that clients read at their own speed. Each holds a connection, also while its client takes nothing: so they may
//! have a part of the connections and never all, and who takes nothing gives way when others wait.

use super::error::DbFailure;
use super::execute::Ended;
use crate::connector::RowVisitor;
use crate::error::Error;
use futures_util::future::{Either, FutureExt as _, select};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// So long a client may take nothing while others wait for a place. They wait for twice as long.
const PRESSED: Duration = Duration::from_secs(5);

/// How often a list whose client takes nothing looks whether others wait.
const LOOK: Duration = Duration::from_millis(250);

/// The places for lists.
#[derive(Debug)]
pub(super) struct Streams {
    places: Semaphore,
    /// Statements that may be at work at the same time, where the database is in this process: those whose clients take
    /// nothing do not count.
    turns: Option<Semaphore>,
    /// How long one waits for a place, or a turn.
    patience: Duration,
    /// How long a client may take nothing while others wait for a place.
    pressed: Duration,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// Lists that wait for a place.
    waiting: usize,
    /// Those that are about to give theirs back.
    leaving: usize,
}

/// The place of a list. It goes after the statement.
pub(super) struct Place<'s> {
    of: &'s Streams,
    _permit: SemaphorePermit<'s>,
    turn: Option<SemaphorePermit<'s>>,
    leaving: bool,
}

impl Streams {
    pub(super) fn new(places: u32, turns: Option<u32>, patience: Duration) -> Arc<Self> {
        let semaphore = |count: u32| Semaphore::new(count.max(1) as usize);
        Arc::new(Self {
            places: semaphore(places),
            turns: turns.map(semaphore),
            patience,
            pressed: PRESSED.min(patience / 2),
            queue: Mutex::default(),
        })
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is no place now.
    pub(super) fn is_full(&self) -> bool {
        self.places.available_permits() == 0
    }

    /// A place, and a turn.
    ///
    /// # Errors
    /// There was none in time.
    pub(super) async fn enter(&self) -> Result<Place<'_>, DbFailure> {
        let permit = match self.places.try_acquire() {
            Ok(permit) => permit,
            Err(_) => {
                let _waiting = Waiting::of(self);
                self.within(self.places.acquire()).await?
            }
        };
        Ok(Place { of: self, _permit: permit, turn: self.turn().await?, leaving: false })
    }

    /// The turn of a long statement, where turns are taken.
    ///
    /// # Errors
    /// It did not come in time.
    pub(super) async fn turn(&self) -> Result<Option<SemaphorePermit<'_>>, DbFailure> {
        let Some(turns) = &self.turns else { return Ok(None) };
        if let Ok(turn) = turns.try_acquire() {
            return Ok(Some(turn));
        }
        self.within(turns.acquire()).await.map(Some)
    }

    async fn within<T, E: std::error::Error + Send + Sync + 'static>(
        &self,
        acquire: impl Future<Output = Result<T, E>>,
    ) -> Result<T, DbFailure> {
        match tokio::time::timeout(self.patience, acquire).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(closed)) => Err(DbFailure::Unavailable(closed.into())),
            // No trouble of the database's.
            Err(_) => Err(DbFailure::Refused(Error::unavailable("there are as many long lists as there may be"))),
        }
    }

    /// Ready when another list needs the place of one that has stood for a while; it has to leave then.
    async fn claimed(&self) {
        tokio::time::sleep(self.pressed).await;
        loop {
            {
                let mut queue = self.queue();
                if queue.waiting > queue.leaving {
                    queue.leaving += 1;
                    return;
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Counts one that waits.
struct Waiting<'s>(&'s Streams);

impl<'s> Waiting<'s> {
    fn of(streams: &'s Streams) -> Self {
        streams.queue().waiting += 1;
        Self(streams)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.queue().waiting -= 1;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.leaving {
            self.of.queue().leaving -= 1;
        }
    }
}

impl Place<'_> {
    /// Waits until a visitor has room for more rows. Meanwhile another statement has the turn.
    ///
    /// # Errors
    /// Those of the visitor; 503 when another list needs the place.
    pub(super) async fn make_room(&mut self, rows: &mut dyn RowVisitor) -> Result<(), Ended> {
        let mut room = rows.make_room();
        // Most clients are quick.
        if let Some(done) = room.as_mut().now_or_never() {
            return done.map_err(Ended::Visitor);
        }
        let had_turn = self.turn.take().is_some();
        match select(room, pin!(self.of.claimed())).await {
            Either::Left((done, _)) => done.map_err(Ended::Visitor)?,
            Either::Right(_) => {
                self.leaving = true;
                let why = "a client takes nothing of its list, and others wait for its connection";
                return Err(Ended::Visitor(Error::unavailable(why)));
            }
        }
        if had_turn && let Some(turns) = &self.of.turns {
            // As long as it takes: the list is half sent. It is never closed.
            self.turn = turns.acquire().await.ok();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Streams, Waiting};
    use futures_util::FutureExt;
    use std::pin::pin;
    use std::time::Duration;

    #[tokio::test]
    async fn who_takes_nothing_leaves_when_others_wait_and_no_more_than_wait() {
        let streams = Streams::new(2, Some(1), Duration::from_millis(20));
        let place = streams.enter().await.ok().unwrap();
        // There is one turn, and another list has it.
        assert!(streams.turn().now_or_never().is_none());
        let (mut first, mut second) = (pin!(streams.claimed()), pin!(streams.claimed()));
        let short = Duration::from_millis(50);
        assert!(tokio::time::timeout(short, first.as_mut()).await.is_err());
        assert!(tokio::time::timeout(short, second.as_mut()).await.is_err());
        let _waiting = Waiting::of(&streams);
        first.await;
        assert!(tokio::time::timeout(short, second).await.is_err());
        drop(place);
    }

    #[tokio::test]
    async fn who_waits_for_too_long_gets_an_error() {
        let streams = Streams::new(1, None, Duration::from_millis(10));
        let place = streams.enter().await.ok().unwrap();
        assert!(streams.enter().await.is_err());
        drop(place);
        assert!(streams.enter().await.is_ok());
        assert_eq!(streams.queue().waiting, 0);
    }
}
