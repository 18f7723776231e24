//! The context of an operation: always explicit, never ambient.

use crate::app::{App, DataSource};
use crate::connector::{Connector, Transaction, TransactionOptions, Tx};
use crate::error::{Error, Result};
use crate::graph::ModelNode;
use crate::value::Value;
use sea_orm::{DatabaseConnection, DatabaseExecutor};
use std::sync::Arc;

/// Carries the app and the transaction through every call: LoopBack's `options` argument, typed.
///
/// Cheap to clone. [`App::ctx`] makes one; a request brings its own.
#[derive(Clone, Debug)]
pub struct Ctx {
    app: App,
    tx: Option<Joined>,
    user: Option<Arc<Value>>,
}

tokio::task_local! {
    static CURRENT: Ctx;
}

/// The context of the remote method or hook that this task runs, for code that none was handed to. The framework itself
/// never asks: an operation goes by the context that it is given. What the code spawns does not have it.
pub fn current_context() -> Option<Ctx> {
    CURRENT.try_with(Ctx::clone).ok()
}

/// Runs code of the application's own, with [`current_context`] set.
pub(crate) async fn with_current<T>(ctx: Ctx, work: impl Future<Output = T>) -> T {
    CURRENT.scope(ctx, work).await
}

#[derive(Clone, Debug)]
struct Joined {
    data_source: Arc<str>,
    transaction: Arc<Transaction>,
}

/// A transaction that this call has begun. However the call ends, the transaction does, also when `work` has handed its
/// context on.
struct Open(Arc<Transaction>);

impl std::ops::Deref for Open {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        &self.0
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Ctx {
    pub(crate) fn new(app: App) -> Self {
        Self { app, tx: None, user: None }
    }

    /// The app.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The same context for a user, by the id.
    #[must_use]
    pub fn with_user(&self, id: Value) -> Self {
        Self { user: Some(Arc::new(id)), ..self.clone() }
    }

    /// The id of the user that it acts for; `None`: nobody has logged in, or it is the application's own.
    pub fn user_id(&self) -> Option<&Value> {
        self.user.as_deref()
    }

    /// Runs `work` in a transaction of the default data source: committed when it answers `Ok`, rolled back on an
    /// error, a panic, or when the future is dropped.
    ///
    /// Inside another transaction it joins that one: what fails then fails the whole. So does an error of the database
    /// (not a validation error), even when it is caught: PostgreSQL takes no more statements after it.
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
        if let Some(joined) = self.tx.as_ref().filter(|joined| joined.data_source == source.name) {
            let done = work(self.clone()).await;
            if done.is_err() {
                joined.transaction.fail();
            }
            return done;
        }
        let (inside, transaction) = self.begin(source, options).await?;
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

    /// Runs SeaORM queries on the transaction of this context when there is one (an error then fails it), else on the
    /// pool.
    ///
    /// # Errors
    /// Those of `work`, or that the transaction has ended.
    pub async fn with_db<T>(&self, work: impl AsyncFnOnce(DatabaseExecutor<'_>) -> Result<T>) -> Result<T> {
        let Some(joined) = &self.tx else { return work(self.db().into()).await };
        let Some(tx) = joined.transaction.db().await else { return Err(Error::internal("the transaction has ended")) };
        let done = work((&*tx).into()).await;
        if done.is_err() {
            joined.transaction.fail();
        }
        done
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
    pub(crate) async fn atomically<T>(
        &self,
        model: &ModelNode,
        work: impl AsyncFnOnce(&Ctx) -> Result<T>,
    ) -> Result<T> {
        if let Some(joined) = self.tx.as_ref().filter(|_| self.in_transaction(model)) {
            let done = work(self).await;
            if done.is_err() {
                // Half of it may be written: the whole goes, as it would on its own.
                joined.transaction.fail();
            }
            return done;
        }
        let (inside, transaction) = self.begin(self.app.data_source_of(model), TransactionOptions::default()).await?;
        let value = work(&inside).await?;
        transaction.commit().await?;
        Ok(value)
    }

    async fn begin(&self, source: &DataSource, options: TransactionOptions) -> Result<(Self, Open)> {
        let transaction = Arc::new(source.connector.begin(options).await?);
        let joined = Joined { data_source: source.name.clone(), transaction: transaction.clone() };
        Ok((Self { app: self.app.clone(), tx: Some(joined), user: self.user.clone() }, Open(transaction)))
    }
}
