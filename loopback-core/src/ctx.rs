//! The context of an operation: always explicit, never ambient.

use crate::app::App;
use crate::connector::{Connector, Transaction, TransactionOptions, Tx};
use crate::error::{Error, Result};
use crate::graph::ModelNode;
use sea_orm::{DatabaseConnection, DatabaseExecutor};
use std::sync::Arc;

/// Carries the app and the transaction through every call: LoopBack's `options` argument, typed.
///
/// Cheap to clone. [`App::ctx`] makes one; a request brings its own.
#[derive(Clone, Debug)]
pub struct Ctx {
    app: App,
    tx: Option<Joined>,
}

#[derive(Clone, Debug)]
struct Joined {
    data_source: Arc<str>,
    transaction: Arc<Transaction>,
}

impl Ctx {
    pub(crate) fn new(app: App) -> Self {
        Self { app, tx: None }
    }

    /// The app.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Runs `work` in a transaction of the default data source: committed when it answers `Ok`, rolled back on an
    /// error, a panic, or when the future is dropped.
    ///
    /// Inside another transaction it joins that one: what fails then fails the whole.
    ///
    /// ```ignore
    /// ctx.transaction(async |tx| {
    ///     let a = Account::find_by_id(&tx, 1).await?.or_not_found()?;
    ///     a.update_attributes(&tx, set!(Account { balance: a.balance - 10 })).await
    /// }).await?;
    /// ```
    ///
    /// # Errors
    /// Those of `work`; 503 when no connection is free in time; 409 when another transaction is in the way.
    pub async fn transaction<T>(&self, work: impl AsyncFnOnce(Ctx) -> Result<T>) -> Result<T> {
        self.transaction_with(TransactionOptions::default(), work).await
    }

    /// As [`transaction`](Self::transaction), with an isolation level and a time limit. When the time is up it is rolled
    /// back and the call answers 503 `TRANSACTION_TIMEOUT`.
    ///
    /// # Errors
    /// As [`transaction`](Self::transaction).
    pub async fn transaction_with<T>(
        &self,
        options: TransactionOptions,
        work: impl AsyncFnOnce(Ctx) -> Result<T>,
    ) -> Result<T> {
        let source = self.app.default_data_source();
        if self.tx.as_ref().is_some_and(|joined| joined.data_source == source.name) {
            return work(self.clone()).await;
        }
        let transaction = Arc::new(source.connector.begin(options).await?);
        let joined = Joined { data_source: source.name.clone(), transaction: transaction.clone() };
        let inside = Self { app: self.app.clone(), tx: Some(joined) };
        let run = work(inside);
        let done = match options.timeout {
            None => run.await,
            Some(limit) => match tokio::time::timeout(limit, run).await {
                Ok(done) => done,
                Err(_) => Err(Error::unavailable("the transaction took too long").with_code("TRANSACTION_TIMEOUT")),
            },
        };
        match done {
            Ok(value) => {
                transaction.commit().await?;
                Ok(value)
            }
            Err(error) => {
                if let Err(failed) = transaction.rollback().await {
                    tracing::warn!(error = %failed, "a transaction was not rolled back; the database does it itself");
                }
                Err(error)
            }
        }
    }

    /// The SeaORM connection of the default data source, for queries of the application's own:
    /// `Entity::<CoffeeShop>::find().all(ctx.db()).await`. They pass no validation, hook or access rule, and do not
    /// join a transaction of this context; see [`with_db`](Self::with_db) for that.
    ///
    /// # Panics
    /// Never for the data sources of this crate, which are all SQL.
    pub fn db(&self) -> &DatabaseConnection {
        self.app.default_data_source().connector.db()
    }

    /// Runs SeaORM queries on the transaction of this context when there is one, else on the pool.
    ///
    /// # Errors
    /// Those of `work`, or that the transaction has ended.
    pub async fn with_db<T>(&self, work: impl AsyncFnOnce(DatabaseExecutor<'_>) -> Result<T>) -> Result<T> {
        match &self.tx {
            None => work(self.db().into()).await,
            Some(joined) => match joined.transaction.db().await {
                Some(tx) => work((&*tx).into()).await,
                None => Err(Error::internal("the transaction has ended")),
            },
        }
    }

    /// The connector of a model and the transaction to join.
    pub(crate) fn connector(&self, model: &ModelNode) -> (&dyn Connector, Tx<'_>) {
        let source = self.app.data_source_of(model);
        let tx = self.tx.as_ref().filter(|joined| joined.data_source == source.name);
        (&*source.connector, tx.map(|joined| &*joined.transaction))
    }

    /// Whether an operation on the model joins a transaction already.
    pub(crate) fn in_transaction(&self, model: &ModelNode) -> bool {
        self.connector(model).1.is_some()
    }

    /// Runs `work` in a transaction of the model's data source, or in the one that is open.
    pub(crate) async fn atomically<T>(&self, model: &ModelNode, work: impl AsyncFnOnce(&Ctx) -> Result<T>) -> Result<T> {
        if self.in_transaction(model) {
            return work(self).await;
        }
        let source = self.app.data_source_of(model);
        let transaction = Arc::new(source.connector.begin(TransactionOptions::default()).await?);
        let joined = Joined { data_source: source.name.clone(), transaction: transaction.clone() };
        let inside = Self { app: self.app.clone(), tx: Some(joined) };
        let value = work(&inside).await?;
        transaction.commit().await?;
        Ok(value)
    }
}
