//! Connections: pools with the options that were measured to matter.

use super::Backend;
use super::streams::Streams;
use super::trouble::Trouble;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use super::trouble::reach;
use crate::connector::Watch;
use crate::error::{Error, Result};
use sea_orm::DatabaseConnection;
use sea_orm::sqlx::{self, ConnectOptions as _};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How to connect.
#[derive(Clone)]
pub struct ConnectOptions {
    /// `sqlite:path`, `sqlite::memory:`, `postgres://..`, `mysql://..`
    pub url: String,
    /// The greatest number of connections; `None`: 4 readers and a writer on SQLite, 10 elsewhere. Long lists that are sent
    /// while they are read may have two thirds of them, so that other statements find one whatever clients do; on SQLite
    /// they have up to 32 of their own.
    pub max_connections: Option<u32>,
    /// How long a request waits for a connection before it is answered 503.
    pub acquire_timeout: Duration,
    /// How long a statement may take until the database answers, on PostgreSQL and MySQL; `None`: for ever. Then the request
    /// is answered 503, and the connection is closed.
    pub statement_timeout: Option<Duration>,
    /// How long the start of the app waits for a database that is not there yet, on PostgreSQL and MySQL.
    pub start_timeout: Duration,
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
            statement_timeout: Some(Duration::from_secs(30)),
            start_timeout: Duration::from_secs(10),
            busy_timeout: Duration::from_secs(10),
            synchronous: true,
        }
    }
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL has the password in it.
        f.debug_struct("ConnectOptions")
            .field("url", &super::shown_url(&self.url))
            .field("max_connections", &self.max_connections)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("start_timeout", &self.start_timeout)
            .field("busy_timeout", &self.busy_timeout)
            .field("synchronous", &self.synchronous)
            .finish()
    }
}

/// A connector of a SQL database.
pub struct SqlConnector {
    pub(super) pools: Pools,
    /// For the application's own SeaORM queries and for reads in transactions.
    pub(super) db: DatabaseConnection,
    /// For transactions: SQLite has one writer at a time, so it has one connection.
    pub(super) writer: DatabaseConnection,
    /// How long a statement may take; `None`: for ever.
    pub(super) limit: Option<Duration>,
    /// Long lists that clients read at their own speed.
    pub(super) streams: Arc<Streams>,
    /// When the database was last not there.
    pub(super) trouble: Arc<Trouble>,
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

/// Lists that SQLite may be in the middle of, their clients taking their time: each is a thread that sleeps.
#[cfg(feature = "sqlite")]
const SQLITE_STREAMS: u32 = 32;

/// A connection of SQLite for long lists that lay so long is closed.
#[cfg(feature = "sqlite")]
const SQLITE_IDLE: Duration = Duration::from_secs(60);

/// How many connections of a pool lists may have that clients read at their own speed.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn streams(connections: u32, options: &ConnectOptions) -> Arc<Streams> {
    Streams::new(connections - connections.div_ceil(3), None, options.acquire_timeout)
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

    /// Somebody who may have had a connection was cut off: it may come back in the middle of a statement.
    pub(crate) fn gives_up(&self) {
        self.trouble.gives_up();
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
        let size = options.max_connections.unwrap_or(4).max(1);
        // A database in memory lives in its connection: there is one.
        let (read, long) = if memory {
            (write.clone(), write.clone())
        } else {
            // Of a list that is longer than what is on its way, the part that is should fit into the processor's cache:
            // 1,024 rows cost 40% more there. Its connections are opened when they are needed. Not all of them are at work
            // at once, but those whose clients take nothing are kept.
            let long = pool(size.saturating_add(SQLITE_STREAMS)).idle_timeout(SQLITE_IDLE);
            let long = long.connect_lazy_with(connect.clone().row_buffer_size(128));
            // All of them at once, beside the start: one that is opened when it is needed takes long while lists are read.
            (pool(size).min_connections(size).connect_with(connect).await.map_err(unreachable)?, long)
        };
        let db = sea_orm::SqlxSqliteConnector::from_sqlx_sqlite_pool(read.clone());
        let writer = sea_orm::SqlxSqliteConnector::from_sqlx_sqlite_pool(write.clone());
        let streams = Streams::new(SQLITE_STREAMS, Some(size), options.acquire_timeout);
        let (limit, trouble) = (None, Trouble::none(size));
        Ok(Self { pools: Pools::Sqlite { read, long, write }, db, writer, limit, streams, trouble, watch: None })
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
        let place = format!("PostgreSQL at {}:{}", connect.get_host(), connect.get_port());
        let unreachable = |error: sqlx::Error| Error::configuration(format!("{place} does not answer: {error}"));
        // A pool would try for seconds and then say no more than that it had no time.
        reach::<sqlx::PgConnection>(&place, &connect, options.start_timeout).await?;
        let size = options.max_connections.unwrap_or(10).max(1);
        let pool = sqlx::postgres::PgPoolOptions::new().max_connections(size).acquire_timeout(options.acquire_timeout);
        let trouble = Trouble::none(size);
        let attentive = trouble.clone();
        // A ping before each use would cost 15%.
        let pool = trouble
            .watch(pool, super::trouble::ping)
            .after_connect(move |connection, _| {
                let trouble = attentive.clone();
                Box::pin(async move {
                    // A statement whose client is gone should end, and its locks with it. Older servers, and those on some
                    // systems, cannot tell.
                    if connection.server_version_num().is_some_and(|version| version >= 140_000) {
                        let look = "SET client_connection_check_interval = 1000";
                        match sqlx::Executor::execute(connection, look).await {
                            Ok(_) => trouble.is_attentive(),
                            Err(error) => tracing::debug!(%error, "PostgreSQL does not look after its clients"),
                        }
                    }
                    Ok(())
                })
            })
            .connect_with(connect.options([("timezone", "UTC")]))
            .await
            .map_err(unreachable)?;
        let db = sea_orm::SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
        let limit = options.statement_timeout;
        let pipeline =
            super::pipeline::Pipeline::connect(&options.url, options.acquire_timeout, limit, size as usize / 2).await;
        let (pools, writer, streams) = (Pools::Postgres { pool, pipeline }, db.clone(), streams(size, options));
        Ok(Self { pools, writer, db, limit, streams, trouble, watch: None })
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
        let place = format!("MySQL at {}", connect.get_host());
        let unreachable = |error: sqlx::Error| Error::configuration(format!("{place} does not answer: {error}"));
        // A pool would try for seconds and then say no more than that it had no time.
        reach::<sqlx::MySqlConnection>(&place, &connect, options.start_timeout).await?;
        let size = options.max_connections.unwrap_or(10).max(1);
        let pool = sqlx::mysql::MySqlPoolOptions::new().max_connections(size).acquire_timeout(options.acquire_timeout);
        let trouble = Trouble::none(size);
        let pool = trouble
            .watch(pool, |connection| {
                // Not a ping: a BEGIN that was given up may have begun, which the driver does not know.
                Box::pin(async move { sqlx::Executor::execute(connection, "ROLLBACK").await.map(drop) })
            })
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
        let limit = options.statement_timeout;
        let (writer, streams) = (db.clone(), streams(size, options));
        Ok(Self { pools: Pools::MySql(pool), writer, db, limit, streams, trouble, watch: None })
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
