//! One process at a time: everything that changes tables happens on one connection, under a lock.
//!
//! | Database | Lock | An error undoes everything |
//! |---|---|---|
//! | SQLite | `BEGIN IMMEDIATE`, tried again while the file is busy | yes |
//! | PostgreSQL | advisory lock of the transaction | yes |
//! | MySQL | `GET_LOCK`, named after the database | no: its statements commit by themselves |

use super::dialect::Dialect;
use super::unreachable;
use crate::error::{Error, Result};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The number of PostgreSQL's lock: FNV-1a of "loopback schema", in a bigint. Locks are per database.
const POSTGRES_KEY: i64 = fnv(b"loopback schema").cast_signed();

/// MySQL's locks are the whole server's, so that the name has the database in it; it has 64 characters at most.
const MYSQL_NAME: &str = "CONCAT('loopback_schema_', MD5(DATABASE()))";

/// How long one process waits for the others, in seconds, where the database does the waiting.
const SERVER_WAIT: u32 = 60;

/// How long SQLite is tried, besides its own `busy_timeout`.
const SQLITE_WAIT: Duration = Duration::from_secs(30);

const fn fnv(text: &[u8]) -> u64 {
    let (mut hash, mut at) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while at < text.len() {
        hash = (hash ^ text[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// The lock, with the connection that holds it.
///
/// A lock that is dropped without [`release`](Self::release) (the future was cancelled) undoes the work on SQLite and
/// PostgreSQL. On MySQL it stays with the pool's connection until that is closed.
pub(super) struct Lock {
    transaction: DatabaseTransaction,
    dialect: Dialect,
}

impl Lock {
    pub(super) async fn take(db: &DatabaseConnection, dialect: Dialect) -> Result<Self> {
        let transaction = match dialect {
            Dialect::Sqlite => begin_immediate(db).await?,
            Dialect::Postgres => {
                // A snapshot from before the lock would hide what the process before us has done.
                let options = TransactionOptions {
                    isolation_level: Some(IsolationLevel::ReadCommitted),
                    ..TransactionOptions::default()
                };
                let transaction = db.begin_with_options(options).await.map_err(unreachable)?;
                // A table that a long query holds must not stop all others behind us for ever.
                let sql = format!("SET LOCAL lock_timeout = '{SERVER_WAIT}s'");
                transaction.execute_unprepared(&sql).await.map_err(unreachable)?;
                let sql = format!("SELECT pg_advisory_xact_lock({POSTGRES_KEY})");
                transaction.execute_unprepared(&sql).await.map_err(not_free)?;
                transaction
            }
            Dialect::MySql { .. } => take_mysql(db).await?,
        };
        Ok(Self { transaction, dialect })
    }

    /// The connection that holds the lock.
    pub(super) fn connection(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Ends the work: keeps it, or undoes it when the outcome is an error.
    pub(super) async fn release<T>(self, outcome: Result<T>) -> Result<T> {
        if self.dialect.is_mysql() {
            // The work's error is the one to be told; a connection that cannot answer has lost its lock anyway.
            let mode = self.transaction.execute_unprepared("SET SESSION sql_mode = @loopback_sql_mode").await;
            let free = self.transaction.execute_unprepared(&format!("DO RELEASE_LOCK({MYSQL_NAME})")).await;
            for error in [mode, free].into_iter().filter_map(Result::err) {
                tracing::warn!(%error, "the lock of the schema was not released");
            }
        }
        match outcome {
            Ok(value) => {
                self.transaction.commit().await.map_err(unreachable)?;
                Ok(value)
            }
            Err(error) => {
                if let Err(error) = self.transaction.rollback().await {
                    tracing::warn!(%error, "the transaction of the schema was not rolled back");
                }
                Err(error)
            }
        }
    }
}

async fn begin_immediate(db: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let end = Instant::now() + SQLITE_WAIT;
    let mut pause = Duration::from_millis(5);
    loop {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        match db.begin_with_options(options).await {
            Ok(transaction) => return Ok(transaction),
            Err(error) if is_busy(&error) && Instant::now() < end => {
                sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(200));
            }
            Err(error) if is_busy(&error) => return Err(not_free(error)),
            Err(error) => return Err(unreachable(error)),
        }
    }
}

/// SQLITE_BUSY and SQLITE_LOCKED: "database is locked", "database table is locked".
fn is_busy(error: &DbErr) -> bool {
    error.to_string().contains("is locked")
}

async fn take_mysql(db: &DatabaseConnection) -> Result<DatabaseTransaction> {
    // The transaction pins one connection of the pool, no more: MySQL's DDL commits by itself, and a snapshot would be
    // in the way of reading what others have done.
    let transaction = db.begin().await.map_err(unreachable)?;
    transaction.execute_unprepared("COMMIT").await.map_err(unreachable)?;
    // Without strict mode MySQL cuts values and makes up defaults where it should refuse.
    let sql = "SET @loopback_sql_mode = @@SESSION.sql_mode, \
               SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',STRICT_ALL_TABLES')";
    transaction.execute_unprepared(sql).await.map_err(unreachable)?;
    let sql = format!("SELECT CAST(COALESCE(GET_LOCK({MYSQL_NAME}, {SERVER_WAIT}), 0) AS CHAR) AS taken");
    let statement = Statement::from_string(sea_orm::DbBackend::MySql, sql);
    let row = transaction.query_one_raw(statement).await.map_err(unreachable)?;
    let taken: Option<String> = row.map(|row| row.try_get("", "taken")).transpose()?;
    if taken.as_deref() != Some("1") {
        return Err(not_free(DbErr::Custom("GET_LOCK timed out".into())));
    }
    Ok(transaction)
}

fn not_free(error: DbErr) -> Error {
    Error::configuration("another process is changing the tables and does not come to an end").with_source(error)
}
