//! A few PostgreSQL connections that all requests share. What they send is pipelined: a request waits for its answer,
//! not for a connection, and the answers of many requests arrive in one read. Costs the server about half of what a
//! pool costs it.
//!
//! Statements here stand alone: no transaction is ever open on these connections. The pool has those.

use super::bind::Plain;
use super::cells;
use super::error::DbFailure;
use super::execute::Ended;
use super::text::{Arg, ArgKind, Sql};
use crate::connector::RowVisitor;
use bytes::{BufMut, BytesMut};
use futures_util::TryStreamExt;
use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Config, NoTls, RowStream, Statement};

/// Prepared statements that a connection keeps. A client's filters make new ones; beyond this all are forgotten.
const MAX_PREPARED: usize = 500;

/// The shared connections.
#[derive(Clone)]
pub(super) struct Pipeline(Arc<Shared>);

struct Shared {
    config: Config,
    timeout: Duration,
    lines: Vec<Line>,
}

/// A place for a connection, which is made anew when it is lost.
#[derive(Default)]
struct Line {
    connection: RwLock<Option<Arc<Connection>>>,
    making: tokio::sync::Mutex<()>,
    in_flight: AtomicUsize,
}

struct Connection {
    client: Client,
    prepared: RwLock<HashMap<Box<str>, Statement>>,
}

/// Counts a request on a line as long as it lives.
struct Riding<'l>(&'l Line);

impl<'l> Riding<'l> {
    fn on(line: &'l Line) -> Self {
        line.in_flight.fetch_add(1, Ordering::Relaxed);
        Self(line)
    }
}

impl Drop for Riding<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pipeline {
    /// Connects. `None`: these connections have no TLS, so they are for a database on this machine, or one whose URL
    /// says `sslmode=disable`; elsewhere, and where the URL has options that only the pool knows, the pool serves all.
    pub(super) async fn connect(url: &str, timeout: Duration) -> Option<Self> {
        let config: Config = url.parse().ok()?;
        let here = |host: &Host| match host {
            Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
            #[cfg(unix)]
            Host::Unix(_) => true,
        };
        let plain = match config.get_ssl_mode() {
            SslMode::Disable => true,
            SslMode::Prefer => !config.get_hosts().is_empty() && config.get_hosts().iter().all(here),
            _ => false,
        };
        if !plain {
            return None;
        }
        let count = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        let lines = (0..count).map(|_| Line::default()).collect();
        let pipeline = Self(Arc::new(Shared { config, timeout, lines }));
        // A first connection shows whether it works at all.
        match pipeline.0.lines[0].connection(&pipeline.0).await {
            Ok(_) => Some(pipeline),
            Err(error) => {
                tracing::debug!(?error, "no pipelined connections; the pool serves all");
                None
            }
        }
    }

    fn least_busy(&self) -> &Line {
        let lines = &self.0.lines;
        lines.iter().min_by_key(|line| line.in_flight.load(Ordering::Relaxed)).unwrap_or(&lines[0])
    }

    async fn query(&self, line: &Line, sql: &Sql<'_>) -> Result<RowStream, DbFailure> {
        let connection = line.connection(&self.0).await?;
        let statement = connection.prepare(sql).await?;
        Ok(connection.client.query_raw(&statement, sql.args.iter().map(Bound)).await?)
    }

    /// Runs a statement and gives its rows to a visitor. A read that meets a lost connection is tried once more.
    pub(super) async fn rows(&self, sql: Sql<'_>, read: bool, rows: &mut dyn RowVisitor) -> Result<(), Ended> {
        let line = self.least_busy();
        let _riding = Riding::on(line);
        let stream = match self.query(line, &sql).await {
            Err(DbFailure::Unavailable(error)) if read => {
                tracing::debug!(%error, "connection lost; reading again");
                line.forget();
                self.query(line, &sql).await?
            }
            Err(failure) if failure.is_stale_plan() => {
                line.forget();
                self.query(line, &sql).await?
            }
            done => done?,
        };
        let mut stream = pin!(stream);
        while let Some(row) = stream.try_next().await? {
            rows.row(&cells::Pipelined(&row)).map_err(Ended::Visitor)?;
        }
        Ok(())
    }

    /// Runs a statement without rows, and counts the rows it changed.
    pub(super) async fn execute(&self, sql: Sql<'_>) -> Result<u64, DbFailure> {
        let line = self.least_busy();
        let _riding = Riding::on(line);
        let mut stream = pin!(self.query(line, &sql).await?);
        while stream.try_next().await?.is_some() {}
        Ok(stream.rows_affected().unwrap_or(0))
    }
}

impl Line {
    fn current(&self) -> Option<Arc<Connection>> {
        let connection = self.connection.read().unwrap_or_else(PoisonError::into_inner);
        connection.as_ref().filter(|connection| !connection.client.is_closed()).cloned()
    }

    /// Lets the next request make a new connection.
    fn forget(&self) {
        self.connection.write().unwrap_or_else(PoisonError::into_inner).take();
    }

    async fn connection(&self, shared: &Shared) -> Result<Arc<Connection>, DbFailure> {
        if let Some(connection) = self.current() {
            return Ok(connection);
        }
        // One request connects; the others wait for it.
        let _making = self.making.lock().await;
        if let Some(connection) = self.current() {
            return Ok(connection);
        }
        let connecting = tokio::time::timeout(shared.timeout, shared.config.connect(NoTls)).await;
        let (client, connection) = connecting.map_err(|late| DbFailure::Unavailable(late.into()))??;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "a PostgreSQL connection was lost");
            }
        });
        let connection = Arc::new(Connection { client, prepared: RwLock::default() });
        *self.connection.write().unwrap_or_else(PoisonError::into_inner) = Some(connection.clone());
        Ok(connection)
    }
}

impl Connection {
    async fn prepare(&self, sql: &Sql<'_>) -> Result<Statement, DbFailure> {
        if let Some(known) = self.prepared.read().unwrap_or_else(PoisonError::into_inner).get(sql.text.as_str()) {
            return Ok(known.clone());
        }
        // The types are ours, not PostgreSQL's guess: a number above the column's range is compared, not refused.
        let types: Vec<Type> = sql.args.iter().map(|arg| arg.kind.postgres()).collect();
        let statement = self.client.prepare_typed(&sql.text, &types).await?;
        let mut prepared = self.prepared.write().unwrap_or_else(PoisonError::into_inner);
        if prepared.len() >= MAX_PREPARED {
            prepared.clear();
        }
        prepared.insert(sql.text.as_str().into(), statement.clone());
        Ok(statement)
    }
}

impl ArgKind {
    fn postgres(self) -> Type {
        match self {
            Self::Text => Type::TEXT,
            Self::Integer => Type::INT8,
            Self::Number => Type::FLOAT8,
            Self::Boolean => Type::BOOL,
            Self::DateTime => Type::TIMESTAMPTZ,
            Self::Date => Type::DATE,
            Self::Decimal => Type::NUMERIC,
            Self::Uuid => Type::UUID,
            Self::Bytes => Type::BYTEA,
            Self::Json => Type::JSONB,
        }
    }
}

/// An argument in PostgreSQL's binary form.
#[derive(Debug)]
struct Bound<'a>(&'a Arg<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self.0.plain() {
            Plain::Null => return Ok(IsNull::Yes),
            Plain::Bool(b) => out.put_u8(b.into()),
            Plain::Int(n) => out.put_i64(n),
            Plain::Float(n) => out.put_f64(n),
            Plain::Text(text) => out.put_slice(text.as_bytes()),
            Plain::Json(text) => {
                // The version of JSONB's binary form.
                out.put_u8(1);
                out.put_slice(text.as_bytes());
            }
            // Both count from 2000-01-01.
            Plain::DateTime(at) => out.put_i64(at.timestamp_micros() - 946_684_800_000_000),
            Plain::Date(day) => out.put_i32(day.to_epoch_days() - 10_957),
            Plain::Decimal(n) => return n.to_sql(kind, out),
            Plain::Uuid(id) => out.put_slice(id.as_bytes()),
            Plain::Bytes(bytes) => out.put_slice(bytes),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
