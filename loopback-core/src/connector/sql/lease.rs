//! A connection of a pool, for one statement.

use super::trouble::Trouble;
use sea_orm::sqlx::{self, Database};
use sqlx::pool::{Pool, PoolConnection};

/// A connection that is closed when it is dropped in the middle of a statement: the database may be at that for long, what it
/// answers would have to be read to its end, and of MySQL half a packet may have been read. Who is given the connection next
/// should not pay for any of it.
pub(super) struct Lease<'t, DB: Database> {
    connection: PoolConnection<DB>,
    trouble: &'t Trouble,
    state: State,
}

enum State {
    /// The database has not answered yet.
    Asked,
    /// Rows come: the database notices when nobody takes them.
    Answering,
    Done,
}

impl<'t, DB: Database> Lease<'t, DB> {
    /// Waits for a connection.
    ///
    /// # Errors
    /// There is none in time.
    pub(super) async fn of(pool: &Pool<DB>, trouble: &'t Trouble) -> Result<Self, sqlx::Error> {
        Ok(Self { connection: pool.acquire().await?, trouble, state: State::Asked })
    }

    /// The connection, and where to note that rows come.
    pub(super) fn parts(&mut self) -> (&mut DB::Connection, Answering<'_>) {
        (&mut self.connection, Answering(&mut self.state))
    }

    /// The statement is over, well or not.
    pub(super) fn done(&mut self) {
        self.state = State::Done;
    }
}

/// Notes that rows come.
pub(super) struct Answering<'l>(&'l mut State);

impl Answering<'_> {
    pub(super) fn note(&mut self) {
        *self.0 = State::Answering;
    }
}

impl<DB: Database> Drop for Lease<'_, DB> {
    fn drop(&mut self) {
        match self.state {
            State::Done => {}
            State::Answering => self.connection.close_on_drop(),
            State::Asked if self.trouble.may_close() => self.connection.close_on_drop(),
            State::Asked => self.trouble.gives_up(),
        }
    }
}
