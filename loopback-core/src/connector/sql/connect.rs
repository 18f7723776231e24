//! Connections: pools with the options that were measured to matter.

use super::Backend;
use crate::connector::Watch;
use crate::error::{Error, Result};
use sea_orm::DatabaseConnection;
use sea_orm::sqlx::{self, ConnectOptions as _};
use std::fmt;
use std::time::Duration;

/// How to connect.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// `sqlite:path`, `sqlite::memory:`, `postgres://..`, `mysql://..`
    pub url: String,
    /// The greatest number of connections; `None`: 4 readers and a writer on SQLite, 10 elsewhere.
    pub max_connections: Option<u32>,
    /// How long a request waits for a connection before it is answered 503.
    pub acquire_timeout: Duration,
    /// How long SQLite waits for another process that writes.
    pub busy_timeout: Duration,
    /// Whether SQLite waits for the disk at every commit. Without it a power failure (not a crash of the process) may
    /// lose the last commits; the file stays whole.
    pub synchronous: bool,
}

impl ConnectOptions {
    /// The defaults for a URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: None,
            acquire_timeout: Duration::from_secs(10),
            busy_timeout: Duration::from_secs(10),
            synchronous: true,
        }
    }
}

/// A connector of a SQL database.
pub struct SqlConnector {
    pub(super) pools: Pools,
    /// For the application's own SeaORM queries and for reads in transactions.
    pub(super) db: DatabaseConnection,
    /// For transactions: SQLite has one writer at a time, so it has one connection.
    pub(super) writer: DatabaseConnection,
    /// Hooks around its statements.
    pub(crate) watch: Option<Watch>,
}

impl fmt::Debug for SqlConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqlConnector({})", self.backend())
    }
}

#[derive(Clone)]
pub(super) enum Pools {
    /// A pool of one for writes: writers queue here instead of failing on the file's lock. One of its own for long lists:
    /// a client that takes its time over one keeps nobody else waiting.
    #[cfg(feature = "sqlite")]
    Sqlite { read: sqlx::SqlitePool, long: sqlx::SqlitePool, write: sqlx::SqlitePool },
    /// The pool is for transactions and for the application's own queries; the pipeline, where it may be used, for
    /// everything else.
    #[cfg(feature = "postgres")]
    Postgres { pool: sqlx::PgPool, pipeline: Option<super::pipeline::Pipeline> },
    #[cfg(feature = "mysql")]
    MySql(sqlx::MySqlPool),
}

impl SqlConnector {
    /// Connects.
    ///
    /// # Errors
    /// The URL is none, names a database this build has no feature for, or the database does not answer.
    pub async fn connect(options: &ConnectOptions) -> Result<Self> {
        match Backend::of_url(&options.url) {
            Some(Backend::Sqlite) => Self::sqlite(options).await,
            Some(Backend::Postgres) => Self::postgres(options).await,
            Some(Backend::MySql) => Self::mysql(options).await,
            None => Err(Error::configuration(match options.url.split_once(':') {
                Some((scheme, _)) => {
                    format!("the database URL must begin with `sqlite:`, `postgres:` or `mysql:`, found `{scheme}:`")
                }
                None => format!("the database URL has no scheme; for a SQLite file write `sqlite:{}`", options.url),
            })),
        }
    }

    /// Which database it is.
    pub fn backend(&self) -> Backend {
        match self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite { .. } => Backend::Sqlite,
            #[cfg(feature = "postgres")]
            Pools::Postgres { .. } => Backend::Postgres,
            #[cfg(feature = "mysql")]
            Pools::MySql(_) => Backend::MySql,
        }
    }

    /// The SeaORM connection, for queries of the application's own. They pass no hook and no access rule.
    pub fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// The SeaORM connection that changes of the schema go through.
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    #[cfg(feature = "sqlite")]
    async fn sqlite(options: &ConnectOptions) -> Result<Self> {
        use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
        let unreachable =
            |error: sqlx::Error| Error::configuration(format!("SQLite does not open `{}`: {error}", options.url));
        let memory = options.url.contains(":memory:") || options.url.contains("mode=memory");
        let connect: SqliteConnectOptions = options.url.parse().map_err(unreachable)?;
        let connect = connect
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(options.busy_timeout)
            // `like` sees case, as on the other databases.
            .pragma("case_sensitive_like", "ON")
            .collation("decimal", compare_decimals)
            .collation("loopback_distance", super::distance::compare)
            // The crate `regex`, for `regexp` and `ilike`.
            .with_regexp()
            // The rows of a list cross from the database's thread in one go instead of fifty at a time.
            .row_buffer_size(1024)
            // Every statement would pass through the log's filter, twice.
            .disable_statement_logging();
        let connect = if memory {
            connect
        } else {
            let synchronous = if options.synchronous { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
            connect.journal_mode(SqliteJournalMode::Wal).synchronous(synchronous).pragma("mmap_size", "268435456")
        };
        let pool = |size| {
            SqlitePoolOptions::new()
                .max_connections(size)
                .acquire_timeout(options.acquire_timeout)
                // A connection in this process does not go stale; the check costs a round trip each time.
                .test_before_acquire(false)
                .idle_timeout(None)
                .max_lifetime(None)
        };
        let write = pool(1).connect_with(connect.clone()).await.map_err(unreachable)?;
        // A database in memory lives in its connection: there is one.
        let (read, long) = if memory {
            (write.clone(), write.clone())
        } else {
            let size = options.max_connections.unwrap_or(4).max(1);
            // Of a list that is longer than what is on its way, the part that is should fit into the processor's cache:
            // 1,024 rows cost 40% more there. Its connections are opened when they are needed.
            let long = pool(size).connect_lazy_with(connect.clone().row_buffer_size(128));
            (pool(size).connect_with(connect).await.map_err(unreachable)?, long)
        };
        let db = sea_orm::SqlxSqliteConnector::from_sqlx_sqlite_pool(read.clone());
        let writer = sea_orm::SqlxSqliteConnector::from_sqlx_sqlite_pool(write.clone());
        Ok(Self { pools: Pools::Sqlite { read, long, write }, db, writer, watch: None })
    }

    #[cfg(not(feature = "sqlite"))]
    async fn sqlite(_: &ConnectOptions) -> Result<Self> {
        Err(Error::configuration("this build has no SQLite: add the feature `sqlite` to the crate `loopback`"))
    }

    #[cfg(feature = "postgres")]
    async fn postgres(options: &ConnectOptions) -> Result<Self> {
        let connect: sqlx::postgres::PgConnectOptions = options
            .url
            .parse()
            .map_err(|error| Error::configuration(format!("the PostgreSQL URL cannot be read: {error}")))?;
        let connect = connect.disable_statement_logging();
        let place = format!("{}:{}", connect.get_host(), connect.get_port());
        let unreachable =
            |error: sqlx::Error| Error::configuration(format!("PostgreSQL at {place} does not answer: {error}"));
        // A pool would try for seconds and then say no more than that it had no time.
        let first = <sqlx::PgConnection as sqlx::Connection>::connect_with(&connect).await.map_err(unreachable)?;
        sqlx::Connection::close(first).await.map_err(unreachable)?;
        let pool = sqlx::postgres::PgPoolOptions::new()
            .max_connections(options.max_connections.unwrap_or(10).max(1))
            .acquire_timeout(options.acquire_timeout)
            // A ping before each use costs 15%; a connection that was lost shows itself at its first statement.
            .test_before_acquire(false)
            .connect_with(connect.options([("timezone", "UTC")]))
            .await
            .map_err(unreachable)?;
        let db = sea_orm::SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
        let pipeline = super::pipeline::Pipeline::connect(&options.url, options.acquire_timeout).await;
        Ok(Self { pools: Pools::Postgres { pool, pipeline }, writer: db.clone(), db, watch: None })
    }

    #[cfg(not(feature = "postgres"))]
    async fn postgres(_: &ConnectOptions) -> Result<Self> {
        Err(Error::configuration("this build has no PostgreSQL: add the feature `postgres` to the crate `loopback`"))
    }

    #[cfg(feature = "mysql")]
    async fn mysql(options: &ConnectOptions) -> Result<Self> {
        let connect: sqlx::mysql::MySqlConnectOptions = options
            .url
            .parse()
            .map_err(|error| Error::configuration(format!("the MySQL URL cannot be read: {error}")))?;
        // A statement that makes room for another costs 40 ms: the driver's word of it waits for an acknowledgement.
        let connect = match options.url.contains("statement-cache-capacity") {
            true => connect,
            false => connect.statement_cache_capacity(500),
        };
        let connect = connect.disable_statement_logging();
        let place = connect.get_host().to_owned();
        let unreachable =
            |error: sqlx::Error| Error::configuration(format!("MySQL at {place} does not answer: {error}"));
        // A pool would try for seconds and then say no more than that it had no time.
        let first = <sqlx::MySqlConnection as sqlx::Connection>::connect_with(&connect).await.map_err(unreachable)?;
        sqlx::Connection::close(first).await.map_err(unreachable)?;
        let pool = sqlx::mysql::MySqlPoolOptions::new()
            .max_connections(options.max_connections.unwrap_or(10).max(1))
            .acquire_timeout(options.acquire_timeout)
            .test_before_acquire(false)
            // Conditions over relations are joins to the planner. By default it looks at every order of up to 62 tables:
            // of ten such conditions, for hours.
            .after_connect(|connection, _| {
                Box::pin(async move {
                    sqlx::Executor::execute(connection, "SET SESSION optimizer_search_depth = 5").await.map(drop)
                })
            })
            .connect_with(connect)
            .await
            .map_err(unreachable)?;
        let db = sea_orm::SqlxMySqlConnector::from_sqlx_mysql_pool(pool.clone());
        Ok(Self { pools: Pools::MySql(pool), writer: db.clone(), db, watch: None })
    }

    #[cfg(not(feature = "mysql"))]
    async fn mysql(_: &ConnectOptions) -> Result<Self> {
        Err(Error::configuration("this build has no MySQL: add the feature `mysql` to the crate `loopback`"))
    }
}

#[cfg(feature = "sqlite")]
/// Decimals are text in SQLite, which has no exact numbers; this order makes them numbers again.
fn compare_decimals(a: &str, b: &str) -> std::cmp::Ordering {
    match (a.parse::<rust_decimal::Decimal>(), b.parse::<rust_decimal::Decimal>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(b),
    }
}
