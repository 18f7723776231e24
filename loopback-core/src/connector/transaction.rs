//! Transactions, whatever connector has begun them.

use super::sql;
use crate::error::{Error, Result};
use futures_util::future::BoxFuture;
use sea_orm::DatabaseTransaction;
use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::RwLockReadGuard;

pub(super) const ENDED: &str = "the transaction has ended";
pub(super) const FAILED: &str = "something in the transaction failed before: it is rolled back";

/// What a connector of the application's own makes of a transaction. Dropped without [`commit`](Self::commit) it must leave
/// nothing behind: a call that nobody waits for any more ends so.
pub trait ConnectorTransaction: Any + Send + Sync + fmt::Debug {
    /// Makes everything done in it lasting. It is called once, or [`rollback`](Self::rollback) is.
    ///
    /// # Errors
    /// 409 when another transaction is in the way ([`Error::conflict`]); 503 when nobody answers ([`Error::unavailable`]).
    fn commit(&self) -> BoxFuture<'_, Result<()>>;

    /// Undoes everything done in it.
    ///
    /// # Errors
    /// 503 when nobody answers; it must be undone all the same.
    fn rollback(&self) -> BoxFuture<'_, Result<()>>;
}

/// An open transaction. Dropped without a commit it is rolled back.
#[derive(Debug)]
pub struct Transaction(Inner);

#[derive(Debug)]
enum Inner {
    Sql(sql::Transaction),
    Own(Own),
}

/// That of a connector of the application's own.
#[derive(Debug)]
struct Own {
    // Taken out when it ends: what still holds the context afterwards gets an error instead of a lost write.
    work: Mutex<Option<Arc<dyn ConnectorTransaction>>>,
    failed: AtomicBool,
}

impl Own {
    fn take(&self) -> Option<Arc<dyn ConnectorTransaction>> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Transaction {
    /// One of a connector of the application's own, which gets it back with [`get`](Self::get).
    pub fn new(work: impl ConnectorTransaction) -> Self {
        Self(Inner::Own(Own { work: Mutex::new(Some(Arc::new(work))), failed: AtomicBool::new(false) }))
    }

    pub(super) fn sql(transaction: sql::Transaction) -> Self {
        Self(Inner::Sql(transaction))
    }

    pub(super) fn of_sql(&self) -> Option<&sql::Transaction> {
        match &self.0 {
            Inner::Sql(transaction) => Some(transaction),
            Inner::Own(_) => None,
        }
    }

    /// What the connector has begun.
    ///
    /// # Errors
    /// 500: it has ended or failed, or another connector has begun it.
    pub fn get<T: ConnectorTransaction>(&self) -> Result<Arc<T>> {
        let Inner::Own(own) = &self.0 else { return Err(Error::internal("a transaction of another connector")) };
        if own.failed.load(Ordering::Relaxed) {
            return Err(Error::internal(FAILED));
        }
        let work = own.work.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let work: Arc<dyn Any + Send + Sync> = work.ok_or_else(|| Error::internal(ENDED))?;
        work.downcast().map_err(|_| Error::internal("a transaction of another connector"))
    }

    /// Keeps it from being committed: for a connector whose transactions do not survive an error.
    pub fn fail(&self) {
        match &self.0 {
            Inner::Sql(transaction) => transaction.fail(),
            Inner::Own(own) => own.failed.store(true, Ordering::Relaxed),
        }
    }

    /// Rolls it back when nobody waits for it any more. What has ended stays as it is.
    pub(crate) fn abandon(&self) {
        match &self.0 {
            Inner::Sql(transaction) => transaction.abandon(),
            Inner::Own(own) => {
                own.failed.store(true, Ordering::Relaxed);
                drop(own.take());
            }
        }
    }

    /// Does something with the connection of a database, and takes note when nobody waits for the end of that.
    pub(crate) async fn watched<T>(&self, work: impl Future<Output = T>) -> T {
        match &self.0 {
            Inner::Sql(transaction) => transaction.watched(work).await,
            Inner::Own(_) => work.await,
        }
    }

    /// The SeaORM transaction, for queries of the application's own; `None` once it has ended, and where there is none.
    pub async fn db(&self) -> Option<RwLockReadGuard<'_, DatabaseTransaction>> {
        self.of_sql()?.db().await
    }

    /// Makes everything done in it lasting.
    ///
    /// # Errors
    /// The database refuses (409 when another transaction is in the way), or the transaction has ended or failed before;
    /// then it is rolled back.
    pub async fn commit(&self) -> Result<()> {
        let own = match &self.0 {
            Inner::Sql(transaction) => return transaction.commit().await,
            Inner::Own(own) => own,
        };
        let Some(work) = own.take() else { return Err(Error::internal(ENDED)) };
        if own.failed.load(Ordering::Relaxed) {
            work.rollback().await?;
            return Err(Error::internal(FAILED));
        }
        work.commit().await
    }

    /// Undoes everything done in it. Nothing happens when it has ended.
    ///
    /// # Errors
    /// The database cannot be reached; it undoes the transaction itself then.
    pub async fn rollback(&self) -> Result<()> {
        let own = match &self.0 {
            Inner::Sql(transaction) => return transaction.rollback().await,
            Inner::Own(own) => own,
        };
        match own.take() {
            Some(work) => work.rollback().await,
            None => Ok(()),
        }
    }
}
