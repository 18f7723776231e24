//! Transactions. They are SeaORM's, so that the application's own SeaORM queries can join them.

use super::connect::SqlConnector;
use super::error::DbFailure;
use super::Backend;
use crate::error::{Error, Result};
use sea_orm::{DatabaseTransaction, IsolationLevel, SqliteTransactionMode, TransactionTrait};
use std::time::Duration;
use tokio::sync::RwLock;

/// How a transaction runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct TransactionOptions {
    /// The isolation level; `None`: the database's default. SQLite is always serializable.
    pub isolation: Option<IsolationLevel>,
    /// After this long it is rolled back, and what still uses it fails; `None`: never.
    pub timeout: Option<Duration>,
}

/// An open transaction. Dropped without [`commit`](Self::commit) it is rolled back.
#[derive(Debug)]
pub struct Transaction {
    // Taken out when it ends: what still holds the context afterwards gets an error instead of a lost write.
    inner: RwLock<Option<DatabaseTransaction>>,
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
        Ok(Self { inner: RwLock::new(Some(inner)) })
    }

    /// Runs something on the open transaction.
    pub(super) async fn with<T>(
        &self,
        run: impl AsyncFnOnce(&DatabaseTransaction) -> std::result::Result<T, DbFailure>,
    ) -> std::result::Result<T, DbFailure> {
        match &*self.inner.read().await {
            Some(inner) => run(inner).await,
            None => Err(DbFailure::Other("the transaction has ended".into())),
        }
    }

    /// The SeaORM transaction, for queries of the application's own; `None` once it has ended.
    pub async fn db(&self) -> Option<tokio::sync::RwLockReadGuard<'_, DatabaseTransaction>> {
        tokio::sync::RwLockReadGuard::try_map(self.inner.read().await, Option::as_ref).ok()
    }

    /// Makes everything done in it lasting.
    ///
    /// # Errors
    /// The database refuses (409 when another transaction is in the way), or the transaction has ended before.
    pub async fn commit(&self) -> Result<()> {
        match self.inner.write().await.take() {
            Some(inner) => Ok(inner.commit().await.map_err(DbFailure::from)?),
            None => Err(Error::internal("the transaction has ended")),
        }
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
