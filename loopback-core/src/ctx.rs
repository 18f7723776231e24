//! The context of an operation: always explicit, never ambient.

mod current;
mod options;
mod scope;

use crate::access::{Caller, Effect, Principal, TokenInfo};
use crate::app::{App, DataSource};
use crate::connector::{Connector, TransactionOptions, Tx};
use crate::engine::{self, Input};
use crate::error::{Error, Result};
use crate::events::RawEvent;
use crate::graph::ModelNode;
use crate::value::Value;
pub use current::current_context;
pub(crate) use current::with_current;
use options::Options;
use scope::Scope;
use sea_orm::{DatabaseConnection, DatabaseExecutor};
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

/// Hooks within hooks. Each holds what the one around it needs, so that there is an end to it.
const MAX_DEPTH: u8 = 20;

/// Carries the app and the transaction through every call: LoopBack's `options` argument, typed.
///
/// Cheap to clone. [`App::ctx`] makes one; a request brings its own.
#[derive(Clone, Debug)]
pub struct Ctx {
    app: App,
    tx: Option<Arc<Joined>>,
    options: Options,
    /// Who calls; `None`: the application itself.
    caller: Option<Arc<Caller>>,
    /// The other end of the connection that the request came over.
    address: Option<IpAddr>,
    /// How many hooks are around it.
    depth: u8,
}

/// The transaction of a data source; another one may be around it.
#[derive(Debug)]
struct Joined {
    data_source: Arc<str>,
    scope: Arc<Scope>,
    outer: Option<Arc<Joined>>,
}

/// A transaction that this call is for. However the call ends, the transaction does, also when `work` has handed its
/// context on.
struct Open(Arc<Scope>);

impl std::ops::Deref for Open {
    type Target = Scope;

    fn deref(&self) -> &Scope {
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
        Self { app, tx: None, options: Options::default(), caller: None, address: None, depth: 0 }
    }

    /// The app.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The same context for a user, by the id.
    #[must_use]
    pub fn with_user(&self, id: Value) -> Self {
        self.with_caller(Caller::of_user(id))
    }

    pub(crate) fn with_caller(&self, caller: Caller) -> Self {
        Self { caller: Some(Arc::new(caller)), ..self.clone() }
    }

    /// The same context for a request from an address, of nobody in particular.
    pub(crate) fn at_address(self, address: Option<IpAddr>) -> Self {
        Self { address, ..self }
    }

    /// Who calls; `None`: the application itself.
    pub(crate) fn caller(&self) -> Option<&Arc<Caller>> {
        self.caller.as_ref()
    }

    /// The id of the user that it acts for; `None`: nobody has logged in, or it is the application's own.
    pub fn user_id(&self) -> Option<&Value> {
        self.caller.as_ref()?.user.as_ref()
    }

    /// The access token of the request.
    pub fn access_token(&self) -> Option<&TokenInfo> {
        self.caller.as_ref()?.token.as_deref()
    }

    /// Users, applications and roles that it acts for.
    pub fn principals(&self) -> &[Principal] {
        self.caller.as_ref().map_or(&[], |caller| &caller.principals)
    }

    /// Whether it acts for a client, and not for the application itself.
    pub fn is_remote(&self) -> bool {
        self.caller.is_some()
    }

    /// The same of the application itself.
    pub(crate) fn of_application(&self) -> Self {
        Self { caller: None, address: None, ..self.clone() }
    }

    /// Whether the caller is in a role: one of the framework's (`$owner` and `$related` are nobody here), one that is a row,
    /// or one that a function decides about.
    ///
    /// # Errors
    /// The roles cannot be read; the function fails.
    pub async fn is_in_role(&self, role: &str) -> Result<bool> {
        crate::models::Role::is_in_role(&crate::access::AccessContext::new(self), role).await
    }

    /// The address that the request came from; `None` when it came over a Unix socket, or there is no request.
    pub fn remote_address(&self) -> Option<IpAddr> {
        self.caller.as_ref().and_then(|caller| caller.address).or(self.address)
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
    /// Those of `work`; 503 when no connection is free in time; 409 when another transaction is in the way; 501 when the
    /// data source is of a connector that has no transactions.
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
        if !source.connector.has_transactions() {
            return Err(Error::not_supported(format!("the data source `{}` has no transactions", source.name)));
        }
        if let Some(joined) = self.joined(source) {
            // That of an operation may not have begun yet: what is read here is read in it.
            joined.open_now(options).await?;
            let done = in_time(options.timeout, work(self.clone())).await;
            if done.is_err() {
                joined.fail();
            }
            return done;
        }
        let scope = Scope::begun(&source.connector, options).await?;
        let (inside, transaction) = self.within(source, scope);
        let done = in_time(options.timeout, work(inside)).await;
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
    /// SeaORM panics when the default data source is of a connector of the application's own: it is a connection to
    /// nothing then. [`with_db`](Self::with_db) is an error there.
    pub fn db(&self) -> &DatabaseConnection {
        static NOWHERE: LazyLock<DatabaseConnection> = LazyLock::new(DatabaseConnection::default);
        self.app.default_data_source().sql.as_deref().map_or(&NOWHERE, |sql| sql.db())
    }

    /// Runs SeaORM queries on the transaction of this context when there is one (an error then fails it), else on the
    /// pool.
    ///
    /// # Errors
    /// Those of `work`, or that the transaction has ended; 501 when the default data source is no SQL database.
    pub async fn with_db<T>(&self, work: impl AsyncFnOnce(DatabaseExecutor<'_>) -> Result<T>) -> Result<T> {
        let source = self.app.default_data_source();
        if source.sql.is_none() {
            return Err(Error::not_supported(format!("the data source `{}` is no SQL database", source.name)));
        }
        let Some(joined) = self.joined(self.app.default_data_source()) else { return work(self.db().into()).await };
        // What the application does here is not known: it may write.
        let transaction = joined.write().await?;
        let Some(tx) = transaction.db().await else { return Err(Error::internal("the transaction has ended")) };
        let done = transaction.watched(work((&*tx).into())).await;
        if done.is_err() {
            joined.fail();
        }
        done
    }

    /// The same context with a value for the hooks of the operations that it is given to: LoopBack's `options`. A value
    /// of the same type takes the place of the one before.
    ///
    /// ```ignore
    /// struct SkipMail;
    /// Customer::create(&ctx.with_option(SkipMail), data).await?;     // in the hook: op.ctx().option::<SkipMail>()
    /// ```
    #[must_use]
    pub fn with_option<T: Send + Sync + 'static>(&self, value: T) -> Self {
        Self { options: self.options.with(value), ..self.clone() }
    }

    /// The value of a type that [`with_option`](Self::with_option) gave the context.
    pub fn option<T: 'static>(&self) -> Option<&T> {
        self.options.get()
    }

    /// As [`App::create_json`], in this context.
    ///
    /// # Errors
    /// As [`App::create_json`].
    pub async fn create_json(&self, model: &str, data: serde_json::Value) -> Result<serde_json::Value> {
        let node = self.app.graph().model(model);
        let node = node.ok_or_else(|| Error::no_such_method(format!("there is no model `{model}`")))?;
        let row = engine::create(self, node, Input::of_json(node, data)?).await?;
        let mut out = Vec::new();
        engine::write_row(node, &row, &mut out);
        serde_json::from_slice(&out).map_err(Error::internal)
    }

    /// A context for the hooks of an operation.
    ///
    /// # Errors
    /// 500: hooks have called each other too often.
    pub(crate) fn hooked(&self, model: &ModelNode) -> Result<Self> {
        if self.depth == MAX_DEPTH {
            return Err(Error::internal(format!(
                "hooks call each other more than {MAX_DEPTH} deep; the last one is of {}",
                model.name
            )));
        }
        Ok(Self { depth: self.depth + 1, ..self.clone() })
    }

    fn joined(&self, source: &DataSource) -> Option<&Arc<Scope>> {
        let mut next = self.tx.as_deref();
        while let Some(joined) = next {
            if joined.data_source == source.name {
                return Some(&joined.scope);
            }
            next = joined.outer.as_deref();
        }
        None
    }

    /// The connector of a model and the transaction to read in.
    pub(crate) fn connector(&self, model: &ModelNode) -> (&dyn Connector, Tx<'_>) {
        let source = self.app.data_source_of(model);
        (&*source.connector, self.joined(source).and_then(|scope| scope.open()))
    }

    /// The connector of a model and the transaction to write in; the first write begins it.
    ///
    /// # Errors
    /// 503 when no connection is free in time.
    pub(crate) async fn writer(&self, model: &ModelNode) -> Result<(&dyn Connector, Tx<'_>)> {
        let source = self.app.data_source_of(model);
        let tx = match self.joined(source) {
            Some(scope) if !scope.is_only_write(self.depth) => Some(scope.write().await?),
            _ => None,
        };
        Ok((&*source.connector, tx))
    }

    /// Tells those who listen to a model of a new row: when it is lasting.
    pub(crate) fn tell_new(&self, model: &Arc<ModelNode>, event: impl FnOnce() -> RawEvent) {
        if model.authority == Effect::Rules {
            self.rules_changed(model);
        }
        self.tell_listeners(model, event);
    }

    /// Tells those who listen to a model what has happened: when it is lasting.
    pub(crate) fn tell(&self, model: &Arc<ModelNode>, event: impl FnOnce() -> RawEvent) {
        if model.authority != Effect::None {
            self.rules_changed(model);
        }
        self.tell_listeners(model, event);
    }

    /// What is known of tokens, roles and rules holds no more, when it is lasting.
    fn rules_changed(&self, model: &ModelNode) {
        let Some(auth) = self.app.auth() else { return };
        match self.joined(self.app.data_source_of(model)) {
            Some(scope) => scope.changes(&auth.authority, model.authority),
            None => auth.authority.changed(model.authority),
        }
    }

    fn tell_listeners(&self, model: &Arc<ModelNode>, event: impl FnOnce() -> RawEvent) {
        if !model.events.any() {
            return;
        }
        match self.joined(self.app.data_source_of(model)) {
            Some(scope) => scope.later(model, event()),
            None => model.events.tell(event()),
        }
    }

    /// Does something when all that is written in the transactions of this context is lasting, and never when it is rolled back;
    /// at once when there is none.
    pub(crate) fn when_lasting(&self, work: impl FnOnce() + Send + 'static) {
        let mut around = self.tx.as_deref();
        // The outermost ends last.
        while let Some(outer) = around.and_then(|joined| joined.outer.as_deref()) {
            around = Some(outer);
        }
        match around {
            Some(joined) => joined.scope.then(Box::new(work)),
            None => work(),
        }
    }

    /// Whether there are transactions around, and none of them is of the model's data source.
    #[cfg(feature = "mail")]
    pub(crate) fn is_in_others(&self, model: &ModelNode) -> bool {
        self.tx.is_some() && self.joined(self.app.data_source_of(model)).is_none()
    }

    /// Whether an operation on the model joins a transaction that has begun.
    pub(crate) fn in_transaction(&self, model: &ModelNode) -> bool {
        self.connector(model).1.is_some()
    }

    /// Runs `work` so that all it writes on the model's data source is written, or nothing: in a transaction that begins
    /// with the first write, or in the one around it. With `implicit_transactions = false`, and where the connector has no
    /// transactions, every statement stands alone, as in LoopBack.
    pub(crate) fn atomically<T>(
        &self,
        model: &ModelNode,
        work: impl AsyncFnOnce(&Ctx) -> Result<T>,
    ) -> impl Future<Output = Result<T>> {
        self.guarded(model, model.implicit_transactions, false, work)
    }

    /// As [`atomically`](Self::atomically), for an operation with hooks; `last`: its own statement comes after all of them.
    /// Then it is one statement and no transaction, unless a hook has written something.
    pub(crate) fn with_hooks<T>(
        &self,
        model: &ModelNode,
        last: bool,
        work: impl AsyncFnOnce(&Ctx) -> Result<T>,
    ) -> impl Future<Output = Result<T>> {
        self.guarded(model, model.implicit_transactions, last, work)
    }

    /// As [`atomically`](Self::atomically), for what a lock has to guard.
    pub(crate) fn exclusively<T>(
        &self,
        model: &ModelNode,
        work: impl AsyncFnOnce(&Ctx) -> Result<T>,
    ) -> impl Future<Output = Result<T>> {
        self.guarded(model, true, false, work)
    }

    // Hooks call operations that call hooks: each place that awaits `work` costs its size of stack at every turn, and there
    // is one.
    async fn guarded<T>(
        &self,
        model: &ModelNode,
        whole: bool,
        last: bool,
        work: impl AsyncFnOnce(&Ctx) -> Result<T>,
    ) -> Result<T> {
        let source = self.app.data_source_of(model);
        let joined = whole.then(|| self.joined(source)).flatten();
        let before = joined.map(|scope| scope.writes());
        let begins = whole && joined.is_none() && source.connector.has_transactions();
        let opened = begins.then(|| {
            let connector = &source.connector;
            let scope = if last { Scope::of_last(connector, self.depth) } else { Scope::new(connector) };
            self.within(source, scope)
        });
        let done = work(opened.as_ref().map_or(self, |(inside, _)| inside)).await;
        if let (Some(scope), Err(_)) = (joined, &done)
            && Some(scope.writes()) > before
        {
            // Half of it may be written: the whole goes, as it would on its own.
            scope.fail();
        }
        if let (Some((_, transaction)), Ok(_)) = (opened, &done) {
            transaction.commit().await?;
        }
        done
    }

    fn within(&self, source: &DataSource, scope: Scope) -> (Self, Open) {
        let scope = Arc::new(scope);
        let joined = Joined { data_source: source.name.clone(), scope: scope.clone(), outer: self.tx.clone() };
        (Self { tx: Some(Arc::new(joined)), ..self.clone() }, Open(scope))
    }
}

/// Work of a transaction, within its time.
async fn in_time<T>(limit: Option<std::time::Duration>, work: impl Future<Output = Result<T>>) -> Result<T> {
    let Some(limit) = limit else { return work.await };
    tokio::time::timeout(limit, work)
        .await
        .unwrap_or_else(|_| Err(Error::unavailable("the transaction took too long").with_code("TRANSACTION_TIMEOUT")))
}
