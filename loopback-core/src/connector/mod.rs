//! What executes plans. The interface stays at the level of plans and row visitors, so that another driver, or
//! something that is no SQL database, can take the place of [`sql`]. Only [`crate::engine`] may call a connector.

pub mod sql;
mod watch;

use crate::error::Result;
use crate::graph::{Kind, ModelNode};
use crate::plan::{Condition, InsertPlan, SelectPlan, UpdatePlan};
use crate::value::Value;
use futures_util::future::BoxFuture;
use std::fmt;
use std::sync::Arc;

/// One row of an answer, by the position of the column.
pub trait Cells {
    /// The value of a column.
    ///
    /// # Errors
    /// The stored value is not of the kind.
    fn value(&self, at: usize, kind: &Kind) -> Result<Value, CellError>;

    /// Writes the JSON of a column, byte for byte what [`value`](Self::value) and then JSON would give.
    ///
    /// # Errors
    /// The stored value is not of the kind.
    fn write_json(&self, at: usize, kind: &Kind, out: &mut Vec<u8>) -> Result<(), CellError>;
}

/// A stored value that is not of its property's kind.
#[derive(Debug)]
pub struct CellError(pub String);

impl fmt::Display for CellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Takes the rows of an answer, one by one.
pub trait RowVisitor: Send {
    /// Takes a row. The cells have the columns of the plan, in its order.
    ///
    /// # Errors
    /// Whatever the visitor cannot work with; it ends the query.
    fn row(&mut self, cells: &dyn Cells) -> Result<()>;

    /// Whether it takes no more rows before [`make_room`](Self::make_room).
    fn is_full(&self) -> bool {
        false
    }

    /// Waits until there is room for more rows.
    fn make_room(&mut self) -> BoxFuture<'static, Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A transaction that operations can join.
pub type Tx<'a> = Option<&'a Transaction>;

/// Executes plans on a data source.
pub trait Connector: Send + Sync + fmt::Debug {
    /// Gives the rows of a plan to a visitor.
    fn select<'a>(
        &'a self,
        tx: Tx<'a>,
        plan: SelectPlan<'a>,
        rows: &'a mut dyn RowVisitor,
    ) -> BoxFuture<'a, Result<()>>;

    /// Counts rows; `limit` bounds the work where only "none, one or more" matters.
    fn count<'a>(
        &'a self,
        tx: Tx<'a>,
        model: &'a Arc<ModelNode>,
        condition: Option<&'a Condition>,
        limit: Option<u64>,
    ) -> BoxFuture<'a, Result<u64>>;

    /// Stores rows and gives their ids, in their order.
    fn insert<'a>(&'a self, tx: Tx<'a>, plan: InsertPlan<'a>) -> BoxFuture<'a, Result<Vec<Value>>>;

    /// Changes rows, gives those changed to a visitor when the plan returns columns, and counts them.
    fn update<'a>(
        &'a self,
        tx: Tx<'a>,
        plan: UpdatePlan<'a>,
        rows: &'a mut dyn RowVisitor,
    ) -> BoxFuture<'a, Result<u64>>;

    /// Deletes rows and counts them.
    fn delete<'a>(
        &'a self,
        tx: Tx<'a>,
        model: &'a Arc<ModelNode>,
        condition: Option<&'a Condition>,
    ) -> BoxFuture<'a, Result<u64>>;

    /// Begins a transaction.
    fn begin(&self, options: TransactionOptions) -> BoxFuture<'_, Result<Transaction>>;
}

pub(crate) use sql::BrokenKey;
pub use sql::{Backend, SqlConnector, Transaction, TransactionOptions};
pub use watch::Execution;
pub(crate) use watch::Watch;
