//! The tables of the models: made, completed and compared. Answers to juggler's `automigrate`, `autoupdate` and
//! `isActual`, and to the `lib/migration.js` of LoopBack's SQL connectors.
//!
//! | Step | File |
//! |---|---|
//! | which SQL, how to quote | `dialect` |
//! | a property as a column | `types`, `defaults` |
//! | a model as statements | `create`, `index`, `foreign_key` |
//! | what the database has | `read` |
//! | what is in a database that no model knows | `discover` |
//! | what is different, and what removes it | `plan`, `fits`, `guards` |
//! | one process at a time | `lock` |
//!
//! `plan` and everything before it is pure: text in, text out. Only `read` and `lock` talk to the database, and `discover/facts`.

mod create;
mod defaults;
mod dialect;
pub(crate) mod discover;
mod fits;
mod foreign_key;
mod guards;
mod index;
mod lock;
mod plan;
mod read;
#[cfg(test)]
mod tests;
mod types;

pub use create::create_statements;
pub use dialect::Dialect;
pub use foreign_key::constraint_statements;

use crate::error::{Error, Result};
use crate::graph::ModelNode;
use lock::Lock;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use std::fmt;
use std::sync::Arc;

/// The table that hands out ids where the database's own counter follows ids that clients give: SQLite and MySQL,
/// for models with a generated id and `force_id = false`. Columns: `name` (of the table), `next` (the next id).
pub const SEQUENCES: &str = "loopback_sequences";

/// One difference between the models and the database, and what removes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The table.
    pub table: String,
    /// What is different: "column `city` is missing".
    pub what: String,
    /// The statements that remove the difference without losing data; empty: there is no safe way.
    pub sql: Vec<String>,
    /// What sort of difference it is.
    pub kind: ChangeKind,
}

/// What sort of difference a [`Change`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// A table is missing.
    Create,
    /// A column, an index, a foreign key or a row of the sequences is missing.
    Add,
    /// Something is there, but not as the model needs it.
    Unfit,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "table `{}`: {}", self.table, self.what)
    }
}

/// Drops the tables of the models and creates them anew. Their data is lost.
///
/// Several processes may do so at once; they wait for each other.
///
/// # Errors
/// The database is not reached, or it refuses a statement; the error names the statement. Except on MySQL, which
/// cannot undo such statements, nothing is changed then.
pub async fn auto_migrate(db: &DatabaseConnection, models: &[Arc<ModelNode>]) -> Result<()> {
    let dialect = Dialect::of(db).await?;
    let lock = Lock::take(db, dialect).await?;
    let outcome = migrate(lock.connection(), dialect, models).await;
    lock.release(outcome).await
}

async fn migrate(db: &impl ConnectionTrait, dialect: Dialect, models: &[Arc<ModelNode>]) -> Result<()> {
    let known = read::foreign_keys(db, dialect, models).await?;
    let ours = |name: &str| models.iter().any(|model| dialect.same_table(name, &model.table));
    if let Some(key) = known.iter().find(|key| !ours(&key.table)) {
        return Err(Error::configuration(format!(
            "auto_migrate cannot drop the table `{}`: the table `{}`, which belongs to no model, refers to it; drop that \
             table or its foreign key by hand",
            key.target, key.table
        )));
    }
    let mut statements = create::drop_statements(dialect, models, &known);
    if models.iter().any(|model| dialect.needs_sequence(model)) {
        statements.push(create::sequences(dialect, true));
    }
    statements.extend(models.iter().flat_map(|model| create_statements(dialect, model)));
    statements.extend(models.iter().flat_map(|model| constraint_statements(dialect, model)));
    for statement in &statements {
        execute(db, statement, || "auto_migrate".to_owned()).await?;
    }
    Ok(())
}

/// Adds what is missing in the database: tables, columns, indexes, foreign keys. Drops nothing and changes no data.
/// Answers what was done.
///
/// Differences of a column's nature are removed where no value can be lost: a column that may be NULL by the model but
/// not by the database, a text column of MySQL that gets an index, a generated id that nothing generates.
///
/// A foreign key that a model names, and that leads elsewhere or does something else now, is made anew. SQLite cannot add
/// one to a column that is there: that is no difference, and a line in the log.
///
/// Several processes may do so at once: one works, the others wait and find nothing left to do.
///
/// # Errors
/// Something cannot be done without risk, or rows would break a foreign key: then nothing is done, and the error names
/// every difference. Or the database
/// refuses a statement (two rows are equal where a unique index is to be): the error names the difference and the
/// statement. Nothing is changed then, except on MySQL, which cannot undo; starting again continues there.
pub async fn auto_update(db: &DatabaseConnection, models: &[Arc<ModelNode>]) -> Result<Vec<Change>> {
    let dialect = Dialect::of(db).await?;
    // The usual start finds nothing to do, and then has no need of the lock.
    let planned = plan_now(db, dialect, models).await?;
    let (changes, unguarded) = if planned.changes.is_empty() {
        (planned.changes, planned.unguarded)
    } else {
        let lock = Lock::take(db, dialect).await?;
        let outcome = update(lock.connection(), dialect, models).await;
        lock.release(outcome).await?
    };
    for key in unguarded {
        tracing::warn!("schema: {key}");
    }
    Ok(changes)
}

/// What was done, and what SQLite does not guard.
async fn update(
    db: &impl ConnectionTrait,
    dialect: Dialect,
    models: &[Arc<ModelNode>],
) -> Result<(Vec<Change>, Vec<String>)> {
    let plan::Plan { changes, unguarded } = plan_now(db, dialect, models).await?;
    if changes.iter().any(|change| change.sql.is_empty()) {
        let (able, unable): (Vec<_>, Vec<_>) = changes.into_iter().partition(|change| !change.sql.is_empty());
        let mut message = format!("auto_update cannot make the database fit the models:{}", list(&unable));
        if !able.is_empty() {
            message.push_str(&format!("\nand has left undone what it can:{}", list(&able)));
        }
        return Err(Error::configuration(message));
    }
    for change in &changes {
        for statement in &change.sql {
            execute(db, statement, || change.to_string()).await?;
        }
    }
    Ok((changes, unguarded))
}

/// LoopBack's `isActual`: the differences between the models and the database; none: it fits.
///
/// Tables and columns that no model has are no difference, nor are defaults (the engine sets them) and other widths of
/// a type.
///
/// # Errors
/// The database is not reached, or does not let its catalog be read.
pub async fn difference(db: &DatabaseConnection, models: &[Arc<ModelNode>]) -> Result<Vec<Change>> {
    Ok(plan_now(db, Dialect::of(db).await?, models).await?.changes)
}

/// Differences as lines of a message, each on a line of its own, indented.
pub fn list(changes: &[Change]) -> String {
    changes.iter().map(|change| format!("\n  {change}")).collect()
}

async fn plan_now(db: &impl ConnectionTrait, dialect: Dialect, models: &[Arc<ModelNode>]) -> Result<plan::Plan> {
    let mut catalog = read::catalog(db, dialect, models).await?;
    for model in models {
        if plan::asks_for_rows(dialect, model, &catalog) {
            let filled = read::has_rows(db, dialect, &model.table).await?;
            if let Some(table) = catalog.table_mut(dialect, &model.table) {
                table.filled = filled;
            }
        }
        for key in guards::late_keys(dialect, model, &catalog) {
            let orphans = read::orphans(db, dialect, model, key).await?;
            catalog.orphans.insert(key.name.to_string(), orphans);
        }
    }
    Ok(plan::plan(dialect, models, &catalog, chrono::Utc::now()))
}

async fn execute(db: &impl ConnectionTrait, statement: &str, doing: impl FnOnce() -> String) -> Result<()> {
    tracing::debug!(statement, "schema");
    match db.execute_unprepared(statement).await {
        Ok(_) => Ok(()),
        Err(error) => {
            let hint = if statement.starts_with("CREATE UNIQUE") { " (are there rows with equal values?)" } else { "" };
            let message = format!("{}: the database refuses `{statement}`{hint}", doing());
            Err(Error::configuration(message).with_source(error))
        }
    }
}

/// An error of a query that has nothing to do with the models.
fn unreachable(error: DbErr) -> Error {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Error::unavailable(error),
        error => Error::internal(error),
    }
}
