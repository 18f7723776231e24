//! What an operation writes as a whole: a transaction that is open, or that begins with the first write.

use crate::access::{Authority, Effect};
use crate::connector::{Connector, Transaction, TransactionOptions};
use crate::error::{Error, Result};
use crate::events::RawEvent;
use crate::graph::ModelNode;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::OnceCell;

/// What comes after a transaction.
type Afterwards = Box<dyn FnOnce() + Send>;

/// A transaction for all writes of an operation. Before the first of them it holds nothing: no connection, no lock.
pub(super) struct Scope {
    connector: Arc<dyn Connector>,
    begun: OnceCell<Transaction>,
    /// What still holds the context when the operation has ended gets an error instead of a lost write.
    ended: AtomicBool,
    writes: AtomicU64,
    /// Set for an operation after whose statement no hook runs, to the depth of its context: when no hook has written
    /// anything before, the statement needs no transaction.
    last_at: Option<u8>,
    /// What is told when all of it is lasting.
    events: Mutex<Vec<(Arc<ModelNode>, RawEvent)>>,
    /// What is done when all of it is lasting; `None`: it is.
    afterwards: Mutex<Option<Vec<Afterwards>>>,
    /// What holds no more when all of it is lasting.
    sessions: OnceLock<Arc<Authority>>,
    rules: OnceLock<Arc<Authority>>,
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.begun.get().is_some() { "Scope(begun)" } else { "Scope" })
    }
}

impl Scope {
    /// A transaction that begins with the first write.
    pub(super) fn new(connector: &Arc<dyn Connector>) -> Self {
        Self {
            connector: connector.clone(),
            begun: OnceCell::new(),
            ended: AtomicBool::new(false),
            writes: AtomicU64::new(0),
            last_at: None,
            events: Mutex::new(Vec::new()),
            afterwards: Mutex::new(Some(Vec::new())),
            sessions: OnceLock::new(),
            rules: OnceLock::new(),
        }
    }

    /// A transaction for an operation whose statement, on a context of this depth, comes last.
    pub(super) fn of_last(connector: &Arc<dyn Connector>, depth: u8) -> Self {
        Self { last_at: Some(depth), ..Self::new(connector) }
    }

    /// Whether a write on a context of this depth is the only one.
    pub(super) fn is_only_write(&self, depth: u8) -> bool {
        self.last_at == Some(depth) && self.begun.get().is_none()
    }

    /// A transaction that has begun.
    pub(super) async fn begun(connector: &Arc<dyn Connector>, options: TransactionOptions) -> Result<Self> {
        let transaction = connector.begin(options).await?;
        Ok(Self { begun: OnceCell::new_with(Some(transaction)), ..Self::new(connector) })
    }

    /// The transaction, when it has begun: what is read then is read in it.
    pub(super) fn open(&self) -> Option<&Transaction> {
        self.begun.get()
    }

    /// The transaction, for a write.
    pub(super) async fn write(&self) -> Result<&Transaction> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.open_now(TransactionOptions::default()).await
    }

    /// The transaction, which begins now if it has not.
    pub(super) async fn open_now(&self, options: TransactionOptions) -> Result<&Transaction> {
        let ended = || Error::internal("the transaction has ended");
        if self.ended.load(Ordering::Acquire) {
            return Err(ended());
        }
        let transaction = self.begun.get_or_try_init(|| self.connector.begin(options)).await?;
        // It may have ended while this one began.
        if self.ended.load(Ordering::Acquire) {
            transaction.abandon();
            return Err(ended());
        }
        Ok(transaction)
    }

    /// How many writes there have been: whether a part of the whole may be written.
    pub(super) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// Keeps it from being committed.
    pub(super) fn fail(&self) {
        if let Some(transaction) = self.begun.get() {
            transaction.fail();
        }
    }

    /// Rolls it back when nobody waits for it any more. What has ended stays as it is.
    pub(super) fn abandon(&self) {
        self.ended.store(true, Ordering::Release);
        if let Some(transaction) = self.begun.get() {
            transaction.abandon();
        }
    }

    /// Makes everything written in it lasting.
    pub(super) async fn commit(&self) -> Result<()> {
        self.ended.store(true, Ordering::Release);
        let done = match self.begun.get() {
            Some(transaction) => transaction.commit().await,
            None => Ok(()),
        };
        // After an error nobody knows whether it is lasting.
        if let Some(authority) = self.sessions.get() {
            authority.changed(Effect::Sessions);
        }
        if let Some(authority) = self.rules.get() {
            authority.changed(Effect::Rules);
        }
        done?;
        let events = std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner));
        for (model, event) in events {
            model.events.tell(event);
        }
        let afterwards = self.afterwards.lock().unwrap_or_else(PoisonError::into_inner).take();
        for work in afterwards.into_iter().flatten() {
            work();
        }
        Ok(())
    }

    /// What decisions are made of holds no more when everything is lasting.
    pub(super) fn changes(&self, authority: &Arc<Authority>, effect: Effect) {
        match effect {
            Effect::None => {}
            Effect::Sessions => drop(self.sessions.set(authority.clone())),
            Effect::Rules => drop(self.rules.set(authority.clone())),
        }
    }

    /// Tells an event when everything is lasting.
    pub(super) fn later(&self, model: &Arc<ModelNode>, event: RawEvent) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push((model.clone(), event));
    }

    /// Does something when everything is lasting; never, when it is undone.
    pub(super) fn then(&self, work: Afterwards) {
        if let Some(all) = &mut *self.afterwards.lock().unwrap_or_else(PoisonError::into_inner) {
            return all.push(work);
        }
        // Somebody has kept the context of an operation that has ended well.
        work();
    }

    /// Undoes everything written in it.
    pub(super) async fn rollback(&self) -> Result<()> {
        self.ended.store(true, Ordering::Release);
        match self.begun.get() {
            Some(transaction) => transaction.rollback().await,
            None => Ok(()),
        }
    }
}
