//! Transactions. They are SeaORM's, so that the application's own SeaORM queries can join them.

use super::Backend;
use super::connect::SqlConnector;
use super::error::DbFailure;
use crate::error::{Error, Result};
use sea_orm::{ConnectionTrait, DatabaseTransaction, IsolationLevel, SqliteTransactionMode, TransactionTrait};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::RwLock;

const ENDED: &str = "the transaction has ended";
const FAILED: &str = "something in the transaction failed before: it is rolled back";

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
pub struct Transaction {
    // Taken out when it ends: what still holds the context afterwards gets an error instead of a lost write.
    inner: RwLock<Option<DatabaseTransaction>>,
    backend: Backend,
    /// Something in it went wrong.
    failed: AtomicBool,
    /// The application's own statements ran in it; whether they failed is not known.
    foreign: AtomicBool,
}

impl Transaction {
    pub(super) async fn begin(connector: &SqlConnector, options: TransactionOptions) -> Result<Self> {
        let sqlite = connector.backend() == Backend::Sqlite;
        let inner = connector
            .writer
            .begin_with_options(sea_orm::TransactionOptions {
                isolation_level: options.isolation.filter(|_| !sqlite),
                access_mode: None,
                // The lock is taken at once: a transaction that reads first and writes later could not be given it.
                sqlite_transaction_mode: sqlite.then_some(SqliteTransactionMode::Immediate),
            })
            .await
            .map_err(DbFailure::from)?;
        Ok(Self {
            inner: RwLock::new(Some(inner)),
            backend: connector.backend(),
            failed: AtomicBool::new(false),
            foreign: AtomicBool::new(false),
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
                let done = run(inner).await;
                // After a broken key that the database does not name (SQLite) the engine looks for it, and fails then.
                if done.as_ref().is_err_and(|failure| !failure.is_nameless_key()) {
                    self.fail();
                }
                done
            }
        }
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
    pub async fn db(&self) -> Option<tokio::sync::RwLockReadGuard<'_, DatabaseTransaction>> {
        self.foreign.store(true, Ordering::Relaxed);
        tokio::sync::RwLockReadGuard::try_map(self.inner.read().await, Option::as_ref).ok()
    }

    /// Makes everything done in it lasting.
    ///
    /// # Errors
    /// The database refuses (409 when another transaction is in the way), or the transaction has ended or failed before;
    /// then it is rolled back.
    pub async fn commit(&self) -> Result<()> {
        let Some(inner) = self.inner.write().await.take() else { return Err(Error::internal(ENDED)) };
        // PostgreSQL rolls back what has failed and calls it a commit: it is asked first.
        let doubtful = self.backend == Backend::Postgres && self.foreign.load(Ordering::Relaxed);
        if self.failed.load(Ordering::Relaxed) || (doubtful && inner.execute_unprepared("SELECT 1").await.is_err()) {
            inner.rollback().await.map_err(DbFailure::from)?;
            return Err(Error::internal(FAILED));
        }
        Ok(inner.commit().await.map_err(DbFailure::from)?)
    }

    /// Undoes everything done in it. Nothing happens when it has ended.
    ///
    /// # Errors
    /// The database cannot be reached; it undoes the transaction itself then.
    pub async fn rollback(&self) -> Result<()> {
        match self.inner.write().await.take() {
            Some(inner) => Ok(inner.rollback().await.map_err(DbFailure::from)?),
            None => Ok(()),
        }
    }
}
