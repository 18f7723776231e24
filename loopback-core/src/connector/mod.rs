//! What executes plans. Only the engine calls a connector, so that hooks, validations, access control and includes are the
//! same whoever keeps the rows.
//!
//! SQLite, PostgreSQL and MySQL are built in ([`sql`]). **A connector of the application's own** keeps the rows of a data
//! source in another way: behind an API, in files, in memory. It implements [`Connector`] and is given to the app by a name,
//! [`App::builder().connector(..)`](crate::app::AppBuilder::connector), that data sources then say:
//!
//! ```ignore
//! let app = App::builder()
//!     .connector("shelf", |settings| async move { Shelf::open(&settings) })
//!     .data_source("stock", ConnectorOptions::new("shelf").set("folder", "/var/stock"));
//! // or in datasources.json: {"stock": {"connector": "shelf", "folder": "/var/stock"}}
//! ```
//!
//! **Plans.** Everything in them is resolved: properties are indexes into [`ModelNode::properties`], values have the types of
//! their properties, `columns` says which values a row has to have, in which order. What a plan asks for and a connector
//! cannot do, it refuses with [`Error::not_supported`](crate::Error::not_supported), which a client reads as 501
//! `NOT_SUPPORTED`; it never overlooks it.
//!
//! **Without a query language** a connector gets its rows by what it knows, the id for example ([`Condition::id`]), and leaves
//! the rest to [`memory`], which answers a whole plan.
//!
//! **What it need not have.** Transactions: without them every statement stands alone, see
//! [`has_transactions`](Connector::has_transactions). A schema: [`Migrate`](crate::app::Migrate) and `migrate` leave it alone.
//! Foreign keys: `on_delete` of a relation is not carried out, and keys that lead nowhere are not refused. Hooks around
//! statements (`before_execute`): they see SQL alone.
//!
//! **Errors** have the statuses that the built-in ones answer with: 409 [`Error::duplicate_id`](crate::Error::duplicate_id),
//! 422 [`Error::not_unique`](crate::Error::not_unique), 409 [`Error::conflict`](crate::Error::conflict), 503
//! [`Error::unavailable`](crate::Error::unavailable); all else is a 500, whose message no client reads.

pub mod memory;
mod options;
mod row;
pub mod sql;
mod transaction;
mod watch;

use crate::error::{Error, Result};
use crate::graph::ModelNode;
pub use crate::plan::{
    Column, Comparison, Condition, InsertPlan, Linked, LinkedBy, Near, Order, Query, SelectPlan, UpdatePlan,
};
use crate::value::Value;
use futures_util::future::BoxFuture;
pub use options::{ConnectorOptions, DataSourceOptions, SourceSettings};
pub use row::{CellError, Cells, RowVisitor};
pub use sql::{Backend, SqlConnector, TransactionOptions};
pub(crate) use sql::{BrokenKey, NoValue};
use std::fmt;
use std::sync::Arc;
pub use transaction::{ConnectorTransaction, Transaction};
pub use watch::Execution;
pub(crate) use watch::Watch;

/// A transaction that operations can join.
pub type Tx<'a> = Option<&'a Transaction>;

/// Executes plans on a data source. One is made for each data source, at the start of the app.
///
/// `tx` is the transaction of the call, begun by this connector; `None`: the call stands alone.
pub trait Connector: Send + Sync + fmt::Debug + 'static {
    /// Gives the rows of a plan to a visitor, [`memory::give`] does it. With [`SelectPlan::linked`] they are the rows that
    /// others are related to: those of one key stand together, and `limit` and `skip` count for each key.
    ///
    /// # Errors
    /// Those of the visitor, as they are; what the connector cannot do or reach.
    fn select<'a>(
        &'a self,
        tx: Tx<'a>,
        plan: SelectPlan<'a>,
        rows: &'a mut dyn RowVisitor,
    ) -> BoxFuture<'a, Result<()>>;

    /// Counts rows; `limit` bounds the work where only "none, one or more" matters.
    ///
    /// # Errors
    /// What the connector cannot do or reach.
    fn count<'a>(
        &'a self,
        tx: Tx<'a>,
        model: &'a Arc<ModelNode>,
        condition: Option<&'a Condition>,
        limit: Option<u64>,
    ) -> BoxFuture<'a, Result<u64>>;

    /// Stores rows, all or none, and gives their ids, in their order.
    ///
    /// # Errors
    /// 409 when a row has an id already, 422 when a unique index has the values of another row; what the connector cannot do
    /// or reach.
    fn insert<'a>(&'a self, tx: Tx<'a>, plan: InsertPlan<'a>) -> BoxFuture<'a, Result<Vec<Value>>>;

    /// Changes the rows that a condition finds, all or none, gives those changed to a visitor when the plan returns columns,
    /// and counts them. Finding and changing are one step: what another call changes meanwhile is not overwritten.
    ///
    /// # Errors
    /// As [`insert`](Self::insert), and those of the visitor.
    fn update<'a>(
        &'a self,
        tx: Tx<'a>,
        plan: UpdatePlan<'a>,
        rows: &'a mut dyn RowVisitor,
    ) -> BoxFuture<'a, Result<u64>>;

    /// Deletes the rows that a condition finds (`None`: all) and counts them.
    ///
    /// # Errors
    /// What the connector cannot do or reach.
    fn delete<'a>(
        &'a self,
        tx: Tx<'a>,
        model: &'a Arc<ModelNode>,
        condition: Option<&'a Condition>,
    ) -> BoxFuture<'a, Result<u64>>;

    /// Whether it has transactions; it has none unless it says so. Without them `ctx.transaction(..)` is a 501, and what else
    /// writes several rows (a list that is created, hooks that write) does it statement by statement, as LoopBack does: an
    /// error leaves what was written before it. Requests that change data embedded in one row at the same time may overwrite
    /// each other.
    fn has_transactions(&self) -> bool {
        false
    }

    /// Begins a transaction: [`Transaction::new`].
    ///
    /// # Errors
    /// 503 when there is no connection in time.
    fn begin(&self, options: TransactionOptions) -> BoxFuture<'_, Result<Transaction>> {
        let _ = options;
        Box::pin(std::future::ready(Err(Error::not_supported("the data source has no transactions"))))
    }

    /// Whether it can be reached: what `/health/ready` asks. It always can unless it says otherwise.
    ///
    /// # Errors
    /// It cannot; the reason goes to the log.
    fn ping(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Lets go of what it holds, at the end of the process, within two seconds.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Where the rows are, for the report of a start and for commands: a host, a folder. No password.
    fn place(&self) -> String {
        "-".to_owned()
    }
}
