//! SQLite, PostgreSQL and MySQL/MariaDB: the only module that writes SQL.
//!
//! Connections and transactions are SeaORM's; outside transactions a plan goes straight to the sqlx pool below it, and
//! rows are read in place, which is where the speed comes from.

mod bind;
mod cells;
mod condition;
mod connect;
mod dialect;
#[cfg(feature = "sqlite")]
mod distance;
mod error;
mod execute;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod lease;
#[cfg(feature = "postgres")]
mod pipeline;
mod pools;
mod related;
pub mod schema;
mod streams;
mod text;
mod transaction;
#[cfg_attr(not(any(feature = "postgres", feature = "mysql")), allow(dead_code, reason = "SQLite does not go away"))]
mod trouble;

pub(crate) use cells::read_named;
pub use connect::{ConnectOptions, SqlConnector};
pub use dialect::Backend;
pub(crate) use error::{BrokenKey, NoValue};
pub(crate) use pools::shown_url;
pub(crate) use transaction::Transaction;
pub use transaction::TransactionOptions;

/// The statement that reads the rows of a plan, as the database gets it: values are placeholders.
pub fn statement(backend: Backend, plan: &crate::plan::SelectPlan<'_>) -> String {
    text::Sql::select(backend, plan).text
}
