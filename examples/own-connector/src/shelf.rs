//! A connector: rows in memory, gone with the process.
//!
//! The plans are answered by [`memory`]; what is left to do is to keep the rows. One writes at a time.

use loopback::connector::memory::{self, Key, Rows, Tables};
use loopback::connector::{
    Condition, Connector, ConnectorTransaction, InsertPlan, RowVisitor, SelectPlan, SourceSettings, Transaction, Tx,
    UpdatePlan,
};
use loopback::graph::ModelNode;
use loopback::prelude::BoxFuture;
use loopback::value::{Row, Value};
use loopback::{Error, Result, TransactionOptions};
use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// The rows of a model, by their ids.
#[derive(Clone, Debug, Default)]
struct Table {
    rows: BTreeMap<Key, Row>,
    last_id: i64,
}

/// The rows of all models.
#[derive(Clone, Debug, Default)]
struct Data(BTreeMap<String, Table>);

impl Tables for Data {
    fn rows<'t>(&'t self, model: &ModelNode) -> Result<Rows<'t>> {
        Ok(Box::new(self.0.get(&*model.table).into_iter().flat_map(|table| table.rows.values())))
    }

    fn row<'t>(&'t self, model: &ModelNode, id: &Value) -> Result<Option<&'t Row>> {
        Ok(self.0.get(&*model.table).and_then(|table| table.rows.get(&Key(id.clone()))))
    }
}

impl Data {
    fn insert(&mut self, plan: &InsertPlan<'_>) -> Result<Vec<Value>> {
        // Changes are made to a copy: when a row is refused, nothing has changed.
        let mut table = self.table(plan.model);
        let mut ids = Vec::with_capacity(plan.rows.len());
        for row in plan.rows {
            let mut row = row.clone();
            let id = match row.get(plan.model.id) {
                Some(id) => id.clone(),
                None => table.next_id(),
            };
            row.set(plan.model.id, id.clone());
            memory::unique(plan.model, &row, table.rows.values())?;
            table.rows.insert(Key(id.clone()), row);
            ids.push(id);
        }
        self.0.insert(plan.model.table.to_string(), table);
        Ok(ids)
    }

    /// Gives what is wanted of the rows as they are then.
    fn update(&mut self, plan: &UpdatePlan<'_>) -> Result<Vec<Vec<Value>>> {
        let mut table = self.table(plan.model);
        let mut changed = Vec::new();
        for key in self.keys(plan.model, plan.condition)? {
            let Some(mut row) = table.rows.remove(&key) else { continue };
            plan.apply(&mut row);
            memory::unique(plan.model, &row, table.rows.values())?;
            changed.push(memory::columns(&row, plan.returning));
            table.rows.insert(key, row);
        }
        self.0.insert(plan.model.table.to_string(), table);
        Ok(changed)
    }

    fn delete(&mut self, model: &ModelNode, condition: Option<&Condition>) -> Result<u64> {
        let keys = self.keys(model, condition)?;
        if let Some(table) = self.0.get_mut(&*model.table) {
            table.rows.retain(|key, _| keys.binary_search(key).is_err());
        }
        Ok(keys.len() as u64)
    }

    fn table(&self, model: &ModelNode) -> Table {
        self.0.get(&*model.table).cloned().unwrap_or_default()
    }

    /// The keys of the rows that a condition finds, in their order.
    fn keys(&self, model: &ModelNode, condition: Option<&Condition>) -> Result<Vec<Key>> {
        let found = memory::matching(model, condition, self)?;
        Ok(found.iter().filter_map(|row| row.get(model.id).cloned().map(Key)).collect())
    }
}

impl Table {
    /// An id that no row has.
    fn next_id(&mut self) -> Value {
        loop {
            self.last_id += 1;
            let id = Value::Int(self.last_id);
            if !self.rows.contains_key(&Key(id.clone())) {
                return id;
            }
        }
    }
}

/// The connector. It is the same without transactions, and says so when the setting `transactions` is off.
#[derive(Debug)]
pub struct Shelf {
    data: Arc<RwLock<Data>>,
    writer: Arc<tokio::sync::Mutex<()>>,
    transactions: bool,
}

/// A transaction: its rows are its own until they are committed.
#[derive(Debug)]
struct Draft {
    data: Mutex<Data>,
    shelf: Arc<RwLock<Data>>,
    /// Nobody else writes meanwhile.
    _writer: OwnedMutexGuard<()>,
}

impl ConnectorTransaction for Draft {
    fn commit(&self) -> BoxFuture<'_, Result<()>> {
        let data = std::mem::take(&mut *self.data.lock().unwrap_or_else(PoisonError::into_inner));
        *self.shelf.write().unwrap_or_else(PoisonError::into_inner) = data;
        Box::pin(ready(Ok(())))
    }

    fn rollback(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(ready(Ok(())))
    }
}

impl Shelf {
    /// Opens a data source.
    ///
    /// # Errors
    /// A setting that it does not know.
    pub fn open(settings: &SourceSettings) -> Result<Self> {
        settings.only(&["transactions"])?;
        let transactions = settings.flag("transactions")?;
        Ok(Self { data: Arc::default(), writer: Arc::default(), transactions })
    }

    fn read<T>(&self, tx: Tx<'_>, look: impl FnOnce(&Data) -> Result<T>) -> Result<T> {
        match tx {
            Some(tx) => look(&tx.get::<Draft>()?.data.lock().unwrap_or_else(PoisonError::into_inner)),
            None => look(&self.data.read().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    async fn write<T>(&self, tx: Tx<'_>, change: impl FnOnce(&mut Data) -> Result<T>) -> Result<T> {
        if let Some(tx) = tx {
            return change(&mut tx.get::<Draft>()?.data.lock().unwrap_or_else(PoisonError::into_inner));
        }
        let _writer = self.turn().await?;
        change(&mut self.data.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until nobody else writes.
    async fn turn(&self) -> Result<OwnedMutexGuard<()>> {
        let turn = tokio::time::timeout(Duration::from_secs(10), self.writer.clone().lock_owned());
        turn.await.map_err(Error::unavailable)
    }
}

impl Connector for Shelf {
    fn select<'a>(
        &'a self,
        tx: Tx<'a>,
        plan: SelectPlan<'a>,
        rows: &'a mut dyn RowVisitor,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let found = self.read(tx, |data| memory::select(&plan, data))?;
            memory::give(found, rows).await
        })
    }

    fn count<'a>(
        &'a self,
        tx: Tx<'a>,
        model: &'a Arc<ModelNode>,
        condition: Option<&'a Condition>,
        limit: Option<u64>,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(ready(self.read(tx, |data| memory::count(model, condition, limit, data))))
    }

    fn insert<'a>(&'a self, tx: Tx<'a>, plan: InsertPlan<'a>) -> BoxFuture<'a, Result<Vec<Value>>> {
        Box::pin(async move { self.write(tx, |data| data.insert(&plan)).await })
    }

    fn update<'a>(
        &'a self,
        tx: Tx<'a>,
        plan: UpdatePlan<'a>,
        rows: &'a mut dyn RowVisitor,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let changed = self.write(tx, |data| data.update(&plan)).await?;
            let count = changed.len() as u64;
            if !plan.returning.is_empty() {
                memory::give(changed, rows).await?;
            }
            Ok(count)
        })
    }

    fn delete<'a>(
        &'a self,
        tx: Tx<'a>,
        model: &'a Arc<ModelNode>,
        condition: Option<&'a Condition>,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move { self.write(tx, |data| data.delete(model, condition)).await })
    }

    fn has_transactions(&self) -> bool {
        self.transactions
    }

    fn begin(&self, _: TransactionOptions) -> BoxFuture<'_, Result<Transaction>> {
        Box::pin(async move {
            let _writer = self.turn().await?;
            let data = self.data.read().unwrap_or_else(PoisonError::into_inner).clone();
            Ok(Transaction::new(Draft { data: Mutex::new(data), shelf: self.data.clone(), _writer }))
        })
    }

    fn place(&self) -> String {
        "memory".to_owned()
    }
}
