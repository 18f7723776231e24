//! Transactions. They are SeaORM's, so that the application's own SeaORM queries can join them.

use super::Backend;
use super::connect::SqlConnector;
use super::error::DbFailure;
use super::trouble::{Trouble, answer};
use crate::connector::transaction::{ENDED, FAILED};
use crate::error::{Error, Result};
use sea_orm::{ConnectionTrait, DatabaseTransaction, IsolationLevel, SqliteTransactionMode, TransactionTrait};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::RwLock;

/// A transaction of a SQL database that a statement may run in.
pub(super) type Tx<'a> = Option<&'a Transaction>;

/// How a transaction runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct TransactionOptions {
    /// The isolation level; `None`: the database's default. SQLite is always serializable.
    pub isolation: Option<IsolationLevel>,
    /// After this long it is rolled back, and what still uses it fails; `None`: never.
    pub timeout: Option<Duration>,
}

/// An open transaction. Dropped without [`commit`](Self::commit) it is rolled back.
///
/// After an error of the database it takes no more statements and is not committed, whatever becomes of the error:
/// PostgreSQL has it so, and would answer a commit as if nothing were lost. The others go the same way.
#[derive(Debug)]
pub(crate) struct Transaction {
    // Taken out when it ends: what still holds the context afterwards gets an error instead of a lost write.
    inner: RwLock<Option<DatabaseTransaction>>,
    backend: Backend,
    /// Something in it went wrong.
    failed: AtomicBool,
    /// The application's own statements ran in it; whether they failed is not known.
    foreign: AtomicBool,
    /// Nobody waits any more for a statement that was begun.
    cut: AtomicBool,
    /// How long a statement may take; `None`: for ever.
    limit: Option<Duration>,
    trouble: Arc<Trouble>,
}

/// A statement of a transaction that is under way.
struct UnderWay<'t>(Option<&'t Transaction>);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(transaction) = self.0 {
            transaction.cut.store(true, Ordering::Relaxed);
            transaction.trouble.gives_up();
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        // Its connection goes back to the pool now, or has just done so.
        if *self.cut.get_mut() {
            self.trouble.gives_up();
        }
    }
}

/// A transaction that begins. When that is given up, its connection is tried before it is used again: noted first, for the
/// connection goes back to the pool with the work.
struct Beginning<'t, F> {
    trouble: &'t Trouble,
    over: bool,
    work: Pin<Box<F>>,
}

impl<F> Drop for Beginning<'_, F> {
    fn drop(&mut self) {
        if !self.over {
            self.trouble.gives_up();
        }
    }
}

impl Transaction {
    pub(super) async fn begin(connector: &SqlConnector, options: TransactionOptions) -> Result<Self> {
        let sqlite = connector.backend() == Backend::Sqlite;
        let begin = connector.writer.begin_with_options(sea_orm::TransactionOptions {
            isolation_level: options.isolation.filter(|_| !sqlite),
            access_mode: None,
            // The lock is taken at once: a transaction that reads first and writes later could not be given it.
            sqlite_transaction_mode: sqlite.then_some(SqliteTransactionMode::Immediate),
        });
        let mut begin = Beginning { trouble: &connector.trouble, over: false, work: Box::pin(begin) };
        let begun = answer(connector.limit, begin.work.as_mut()).await;
        begin.over = begun.is_ok();
        drop(begin);
        let begun = begun.and_then(|begun| begun.map_err(DbFailure::from));
        let inner = connector.trouble.note(begun)?;
        Ok(Self {
            inner: RwLock::new(Some(inner)),
            backend: connector.backend(),
            failed: AtomicBool::new(false),
            foreign: AtomicBool::new(false),
            cut: AtomicBool::new(false),
            limit: connector.limit,
            trouble: connector.trouble.clone(),
        })
    }

    /// Runs something on the open transaction.
    pub(super) async fn with<T>(
        &self,
        run: impl AsyncFnOnce(&DatabaseTransaction) -> std::result::Result<T, DbFailure>,
    ) -> std::result::Result<T, DbFailure> {
        match &*self.inner.read().await {
            None => Err(DbFailure::Other(ENDED.into())),
            Some(_) if self.failed.load(Ordering::Relaxed) => Err(DbFailure::Other(FAILED.into())),
            Some(inner) => {
                let done = self.watched(answer(self.limit, run(inner))).await;
                if done.is_err() {
                    self.cut.store(true, Ordering::Relaxed);
                }
                let done = done.and_then(|done| done);
                let done = self.trouble.note(done);
                // After a broken key that the database does not name (SQLite) the engine looks for it, and fails then.
                if done.as_ref().is_err_and(|failure| !failure.is_nameless_key()) {
                    self.fail();
                }
                done
            }
        }
    }

    /// Does something with its connection, and takes note when nobody waits for the end of that.
    pub(crate) async fn watched<T>(&self, work: impl Future<Output = T>) -> T {
        let mut under_way = UnderWay(Some(self));
        let done = work.await;
        under_way.0 = None;
        done
    }

    /// Keeps it from being committed.
    pub(crate) fn fail(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    /// Rolls it back when nobody waits for it any more. What has ended stays as it is.
    pub(crate) fn abandon(&self) {
        self.fail();
        // Locked: a statement runs on a context that was handed on. It is the last one; the end of that context rolls back.
        if let Ok(mut inner) = self.inner.try_write() {
            drop(inner.take());
        }
    }

    /// The SeaORM transaction, for queries of the application's own; `None` once it has ended.
    pub(crate) async fn db(&self) -> Option<tokio::sync::RwLockReadGuard<'_, DatabaseTransaction>> {
        self.foreign.store(true, Ordering::Relaxed);
        tokio::sync::RwLockReadGuard::try_map(self.inner.read().await, Option::as_ref).ok()
    }

    /// Makes everything done in it lasting.
    ///
    /// # Errors
    /// The database refuses (409 when another transaction is in the way), or the transaction has ended or failed before;
    /// then it is rolled back.
    pub(crate) async fn commit(&self) -> Result<()> {
        let Some(inner) = self.inner.write().await.take() else { return Err(Error::internal(ENDED)) };
        // PostgreSQL rolls back what has failed and calls it a commit: it is asked first.
        let doubtful = self.backend == Backend::Postgres && self.foreign.load(Ordering::Relaxed);
        if self.failed.load(Ordering::Relaxed) || (doubtful && inner.execute_unprepared("SELECT 1").await.is_err()) {
            self.end(inner.rollback()).await?;
            return Err(Error::internal(FAILED));
        }
        self.end(inner.commit()).await
    }

    /// Undoes everything done in it. Nothing happens when it has ended.
    ///
    /// # Errors
    /// The database cannot be reached; it undoes the transaction itself then.
    pub(crate) async fn rollback(&self) -> Result<()> {
        match self.inner.write().await.take() {
            // The connection is closed, unless the statement that was begun ends soon; the database undoes the rest.
            Some(inner) if self.backend != Backend::Sqlite && self.cut.load(Ordering::Relaxed) => {
                self.trouble.gives_up();
                drop(inner);
                Ok(())
            }
            Some(inner) => self.end(inner.rollback()).await,
            None => Ok(()),
        }
    }

    async fn end(&self, end: impl Future<Output = std::result::Result<(), sea_orm::DbErr>>) -> Result<()> {
        let ended = self.watched(answer(self.limit, end)).await.and_then(|ended| ended.map_err(DbFailure::from));
        Ok(self.trouble.note(ended)?)
    }
}
