//! Executes plans: on the pool, or on the connection of a transaction.

use super::connect::{Pools, SqlConnector};
use super::error::DbFailure;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use super::lease::Lease;
#[cfg(feature = "postgres")]
use super::pipeline::Outcome;
use super::streams::Place;
use super::text::Sql;
use super::transaction::{Transaction, TransactionOptions, Tx};
#[cfg(any(feature = "postgres", feature = "mysql"))]
use super::trouble::answer;
use super::{Backend, cells};
use crate::connector::{self, CellError, Cells, Connector, RowVisitor};
use crate::error::{Error, Result};
use crate::graph::{Kind, ModelNode};
use crate::plan::{Condition, InsertPlan, Query, SelectPlan, UpdatePlan};
use crate::value::{Row, Value};
use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use sea_orm::sqlx;
use sea_orm::{ConnectionTrait, DatabaseTransaction, ExecResult, QueryResult, Statement};
use sqlx::AssertSqlSafe;
use std::sync::Arc;

/// Numbers and text of a row that has no model: counts, ids.
const INTEGER: Kind = Kind::Integer { min: i64::MIN, max: i64::MAX };

/// So many rows of a list are held for a client, and no connection.
const FEW: usize = 200;

/// What ends a query early: the database, or the visitor.
pub(super) enum Ended {
    Db(DbFailure),
    Visitor(Error),
}

impl<E: Into<DbFailure>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Db(error.into())
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Db(failure) => failure.fmt(f),
            Self::Visitor(error) => error.fmt(f),
        }
    }
}

impl Ended {
    fn of(self, model: &ModelNode, backend: Backend) -> Error {
        match self {
            Self::Db(failure) => failure.of(model, backend),
            Self::Visitor(error) => error,
        }
    }
}

/// Which connections a statement may use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    /// A read of more rows than a driver is to hold ready.
    Long,
    /// A read of so many rows that they should not be on their way all at once: on a connection of its own, which the
    /// database stops filling when nobody reads.
    Whole,
    /// As many, for a client that reads them at its own speed. `open`: nothing says how many, and they may be few.
    Stream {
        open: bool,
    },
    Write,
}

impl Access {
    /// How the rows of a plan are read, by how many they may be.
    fn of(plan: &SelectPlan<'_>, rows: &dyn RowVisitor) -> Self {
        if rows.pauses() {
            let query = plan.query;
            return Self::Stream { open: plan.linked.is_none() && query.limit.is_none() && query.skip.is_none() };
        }
        match (&plan.linked, plan.query.limit) {
            (Some(linked), _) if linked.keys.len() > 20 => Self::Long,
            (Some(_), _) => Self::Read,
            (None, Some(limit)) if limit <= 1_000 => Self::Read,
            (None, Some(limit)) if limit <= 10_000 => Self::Long,
            (None, _) => Self::Whole,
        }
    }
}

/// Gives a row to a visitor, and waits when that has enough for now: so does the database then. After some rows others have
/// their turn: the drivers hand over what they have without a pause, and new connections would have to wait.
async fn take(
    place: &mut Option<Place<'_>>,
    rows: &mut dyn RowVisitor,
    cells: &(dyn Cells + Sync),
) -> Result<(), Ended> {
    rows.row(cells).map_err(Ended::Visitor)?;
    tokio::task::coop::consume_budget().await;
    match place {
        Some(place) if rows.is_full() => place.make_room(rows).await,
        _ => Ok(()),
    }
}

struct Collect {
    kind: Kind,
    values: Vec<Value>,
}

impl RowVisitor for Collect {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        self.values.push(cells.value(0, &self.kind).map_err(|CellError(message)| Error::internal(message))?);
        Ok(())
    }
}

/// Shows a statement to who wants to see it: `RUST_LOG=loopback::sql=trace`. Without its arguments: they may be secrets.
fn trace(sql: &Sql<'_>) {
    tracing::trace!(target: "loopback::sql", "{}", sql.text);
}

impl SqlConnector {
    /// Runs a statement and gives its rows to a visitor.
    async fn rows(&self, tx: Tx<'_>, access: Access, sql: Sql<'_>, rows: &mut dyn RowVisitor) -> Result<(), Ended> {
        trace(&sql);
        let done = match &self.watch {
            None => self.fetch(tx, access, sql, rows).await,
            Some(watch) => {
                let text = sql.text.clone();
                Box::pin(watch.around(&text, self.fetch(tx, access, sql, rows), Ended::Visitor)).await
            }
        };
        if matches!(done, Err(Ended::Db(DbFailure::Unavailable(_)))) {
            self.trouble.happens();
        }
        done
    }

    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres")),
        allow(unused_variables, reason = "MySQL has one pool for reads and writes")
    )]
    async fn fetch(&self, tx: Tx<'_>, access: Access, sql: Sql<'_>, rows: &mut dyn RowVisitor) -> Result<(), Ended> {
        if let Some(tx) = tx {
            let statement = self.statement(&sql);
            let results = tx.with(async |tx: &DatabaseTransaction| Ok(tx.query_all_raw(statement).await?)).await?;
            return visit_all(&results, rows).await;
        }
        #[cfg(feature = "postgres")]
        let _lock_place = if let Pools::Postgres { pipeline: Some(pipeline), .. } = &self.pools
            && !matches!(access, Access::Whole | Access::Stream { .. })
            && let Some(ride) = pipeline.ride()
        {
            match pipeline.rows(ride, &sql, access != Access::Write, rows).await? {
                Outcome::Done(()) => return Ok(()),
                Outcome::Left => None,
                Outcome::Locked => Some(pipeline.lock_place().await?),
            }
        } else {
            None
        };
        // Goes after the statement.
        let mut place = None;
        if let Access::Stream { open } = access {
            if open && self.streams.is_full() && self.few(&sql, rows).await? {
                return Ok(());
            }
            place = Some(self.streams.enter().await?);
        }
        match &self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite { read, long, write } => {
                let pool = match access {
                    Access::Read => read,
                    Access::Long | Access::Whole | Access::Stream { .. } => long,
                    Access::Write => write,
                };
                let _turn =
                    if matches!(access, Access::Long | Access::Whole) { self.streams.turn().await? } else { None };
                let args = sql.sqlite()?;
                let mut stream = sqlx::query_with(AssertSqlSafe(sql.text), args).fetch(pool);
                while let Some(row) = stream.try_next().await? {
                    take(&mut place, rows, &cells::Sqlite(&row)).await?;
                }
                Ok(())
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres { pool, .. } => {
                let args = sql.postgres()?;
                let mut lease = Lease::of(pool, &self.trouble).await?;
                let (connection, mut answering) = lease.parts();
                let mut stream = sqlx::query_with(AssertSqlSafe(sql.text), args).fetch(connection);
                let done = loop {
                    match answer(self.limit, stream.try_next()).await? {
                        Ok(Some(row)) => {
                            answering.note();
                            take(&mut place, rows, &cells::Postgres(&row)).await?;
                        }
                        Ok(None) => break Ok(()),
                        Err(error) => break Err(error.into()),
                    }
                };
                drop(stream);
                lease.done();
                done
            }
            #[cfg(feature = "mysql")]
            Pools::MySql(pool) => {
                let args = sql.mysql()?;
                let mut lease = Lease::of(pool, &self.trouble).await?;
                let (connection, mut answering) = lease.parts();
                let mut stream = sqlx::query_with(AssertSqlSafe(sql.text), args).fetch(connection);
                let done = loop {
                    match answer(self.limit, stream.try_next()).await? {
                        Ok(Some(row)) => {
                            answering.note();
                            take(&mut place, rows, &cells::MySql(&row)).await?;
                        }
                        Ok(None) => break Ok(()),
                        Err(error) => break Err(error.into()),
                    }
                };
                drop(stream);
                lease.done();
                done
            }
        }
    }

    /// A list that may be short, while there is no place for a long one: with few rows it needs none, for its connection goes
    /// back before its client gets them. Says whether it had few.
    async fn few(&self, sql: &Sql<'_>, rows: &mut dyn RowVisitor) -> Result<bool, Ended> {
        let mut statement = self.statement(sql);
        statement.sql.push_str(&format!(" LIMIT {}", FEW + 1));
        let results = super::trouble::answer(self.limit, self.db.query_all_raw(statement)).await??;
        if results.len() > FEW {
            return Ok(false);
        }
        visit_all(&results, rows).await?;
        Ok(true)
    }

    /// Runs a statement without rows. Gives the number of rows changed, and the last id that the database made.
    async fn execute(&self, tx: Tx<'_>, sql: Sql<'_>) -> Result<(u64, i64), DbFailure> {
        trace(&sql);
        let Some(watch) = &self.watch else { return self.trouble.note(self.change(tx, sql).await) };
        let text = sql.text.clone();
        self.trouble.note(Box::pin(watch.around(&text, self.change(tx, sql), DbFailure::Refused)).await)
    }

    async fn change(&self, tx: Tx<'_>, sql: Sql<'_>) -> Result<(u64, i64), DbFailure> {
        if let Some(tx) = tx {
            let statement = self.statement(&sql);
            let result = tx.with(async |tx: &DatabaseTransaction| Ok(tx.execute_raw(statement).await?)).await?;
            return Ok((result.rows_affected(), self.last_id(&result)));
        }
        #[cfg(feature = "postgres")]
        let _lock_place = if let Pools::Postgres { pipeline: Some(pipeline), .. } = &self.pools
            && let Some(ride) = pipeline.ride()
        {
            match pipeline.execute(ride, &sql).await? {
                Outcome::Done(changed) => return Ok((changed, 0)),
                Outcome::Left => None,
                Outcome::Locked => Some(pipeline.lock_place().await?),
            }
        } else {
            None
        };
        match &self.pools {
            #[cfg(feature = "sqlite")]
            Pools::Sqlite { write, .. } => {
                let args = sql.sqlite()?;
                let done = sqlx::query_with(AssertSqlSafe(sql.text), args).execute(write).await?;
                Ok((done.rows_affected(), done.last_insert_rowid()))
            }
            #[cfg(feature = "postgres")]
            Pools::Postgres { pool, .. } => {
                let args = sql.postgres()?;
                let mut lease = Lease::of(pool, &self.trouble).await?;
                let work = sqlx::query_with(AssertSqlSafe(sql.text), args).execute(lease.parts().0);
                let done = answer(self.limit, work).await?;
                lease.done();
                Ok((done?.rows_affected(), 0))
            }
            #[cfg(feature = "mysql")]
            Pools::MySql(pool) => {
                let args = sql.mysql()?;
                let mut lease = Lease::of(pool, &self.trouble).await?;
                let work = sqlx::query_with(AssertSqlSafe(sql.text), args).execute(lease.parts().0);
                let done = answer(self.limit, work).await?;
                lease.done();
                let done = done?;
                Ok((done.rows_affected(), done.last_insert_id().cast_signed()))
            }
        }
    }

    fn last_id(&self, result: &ExecResult) -> i64 {
        // SeaORM panics when PostgreSQL is asked.
        if self.backend() == Backend::Postgres { 0 } else { result.last_insert_id().cast_signed() }
    }

    fn statement(&self, sql: &Sql<'_>) -> Statement {
        let backend = self.backend();
        Statement::from_sql_and_values(backend.sea_orm(), sql.text.clone(), sql.sea_orm(backend == Backend::Sqlite))
    }

    /// Inserts one row whose id the database makes, and gives the id.
    async fn insert_generated(&self, tx: Tx<'_>, plan: &InsertPlan<'_>, row: &Row) -> Result<Value, Ended> {
        let rows = std::slice::from_ref(row);
        if self.backend() == Backend::Postgres {
            let mut ids = Collect { kind: INTEGER, values: Vec::with_capacity(1) };
            self.rows(tx, Access::Write, Sql::insert(self.backend(), plan, rows, true), &mut ids).await?;
            return Ok(ids.values.pop().unwrap_or_default());
        }
        let (_, id) = self.execute(tx, Sql::insert(self.backend(), plan, rows, false)).await?;
        Ok(Value::Int(id))
    }

    /// The next free id of a model whose clients may give ids of their own. Those do not move the sequence, so it may
    /// meet one: then it goes on.
    async fn free_id(&self, tx: &Transaction, model: &Arc<ModelNode>) -> Result<i64, Ended> {
        loop {
            let id = self.next_id(tx, model).await?;
            let taken = Condition::equals(model.id, Value::Int(id));
            if self.count_rows(Some(tx), model, Some(&taken), Some(1)).await? == 0 {
                return Ok(id);
            }
        }
    }

    /// The next id of the sequence. PostgreSQL has one that explicit ids do not move; SQLite and MySQL keep one in a
    /// table.
    async fn next_id(&self, tx: &Transaction, model: &ModelNode) -> Result<i64, DbFailure> {
        let backend = self.backend().sea_orm();
        tx.with(async |tx: &DatabaseTransaction| {
            if self.backend() == Backend::Postgres {
                let next = "SELECT nextval(pg_get_serial_sequence($1, $2))";
                let names: [sea_orm::Value; 2] =
                    [(&*model.quoted_table.standard).into(), (&*model.id_property().column).into()];
                let row = tx.query_one_raw(Statement::from_sql_and_values(backend, next, names)).await?;
                let missing = || DbFailure::Other(format!("no sequence for {}", model.table).into());
                return Ok(row.ok_or_else(missing)?.try_get_by_index::<i64>(0)?);
            }
            let table: sea_orm::Value = (&*model.table).into();
            let bump = "UPDATE loopback_sequences SET next = next + 1 WHERE name = ?";
            tx.execute_raw(Statement::from_sql_and_values(backend, bump, [table.clone()])).await?;
            let read = "SELECT next - 1 AS id FROM loopback_sequences WHERE name = ?";
            let row = tx.query_one_raw(Statement::from_sql_and_values(backend, read, [table])).await?;
            let missing = || DbFailure::Other(format!("no sequence for {}: run auto_update", model.table).into());
            Ok(row.ok_or_else(missing)?.try_get_by_index::<i64>(0)?)
        })
        .await
    }

    async fn insert_rows(&self, tx: Tx<'_>, plan: &InsertPlan<'_>) -> Result<Vec<Value>, Ended> {
        let model = plan.model;
        let mut ids = Vec::with_capacity(plan.rows.len());
        for row in plan.rows {
            if let Some(id) = row.get(model.id) {
                let id = id.clone();
                self.execute(tx, Sql::insert(self.backend(), plan, std::slice::from_ref(row), false)).await?;
                ids.push(id);
            } else if !model.force_id && model.id_property().generated {
                ids.push(self.insert_in_sequence(tx, plan, row).await?);
            } else {
                ids.push(self.insert_generated(tx, plan, row).await?);
            }
        }
        Ok(ids)
    }

    async fn insert_in_sequence(&self, tx: Tx<'_>, plan: &InsertPlan<'_>, row: &Row) -> Result<Value, Ended> {
        let own;
        let (tx, ours) = match tx {
            Some(tx) => (tx, false),
            None => {
                own = Transaction::begin(self, TransactionOptions::default()).await.map_err(Ended::Visitor)?;
                (&own, true)
            }
        };
        let id = Value::Int(self.free_id(tx, plan.model).await?);
        let mut row = row.clone();
        row.set(plan.model.id, id.clone());
        self.execute(Some(tx), Sql::insert(self.backend(), plan, std::slice::from_ref(&row), false)).await?;
        if ours {
            tx.commit().await.map_err(Ended::Visitor)?;
        }
        Ok(id)
    }

    /// MySQL has no `UPDATE .. RETURNING`: the rows are found first, changed and read again, in one transaction.
    async fn update_and_read(
        &self,
        tx: &Transaction,
        plan: &UpdatePlan<'_>,
        rows: &mut dyn RowVisitor,
    ) -> Result<u64, Ended> {
        let model = plan.model;
        let mut ids = Collect { kind: model.id_property().kind.clone(), values: Vec::new() };
        let query = Query::of(plan.condition.cloned());
        let id_column = [model.id];
        let select = SelectPlan::of(model, &id_column, &query);
        let mut find = Sql::select(self.backend(), &select);
        find.text.push_str(" FOR UPDATE");
        self.rows(Some(tx), Access::Write, find, &mut ids).await?;
        if ids.values.is_empty() {
            return Ok(0);
        }
        let found = ids.values.len() as u64;
        let condition = Condition::In(model.id.into(), true, ids.values);
        let by_id = UpdatePlan { condition: Some(&condition), ..plan.clone() };
        if let Some(sql) = Sql::update(self.backend(), &by_id) {
            self.execute(Some(tx), sql).await?;
        }
        let query = Query::of(Some(condition.clone()));
        let select = SelectPlan::of(model, plan.returning, &query);
        self.rows(Some(tx), Access::Write, Sql::select(self.backend(), &select), rows).await?;
        Ok(found)
    }

    async fn update_rows(&self, tx: Tx<'_>, plan: &UpdatePlan<'_>, rows: &mut dyn RowVisitor) -> Result<u64, Ended> {
        let Some(sql) = Sql::update(self.backend(), plan) else {
            // Nothing to set: the rows as they are.
            let mut counting = Counting { rows, count: 0 };
            let query = Query::of(plan.condition.cloned());
            if plan.returning.is_empty() {
                return self.count_rows(tx, plan.model, plan.condition, None).await;
            }
            let select = SelectPlan::of(plan.model, plan.returning, &query);
            self.rows(tx, Access::Read, Sql::select(self.backend(), &select), &mut counting).await?;
            return Ok(counting.count);
        };
        if plan.returning.is_empty() {
            return Ok(self.execute(tx, sql).await?.0);
        }
        if self.backend().has_update_returning() {
            let mut counting = Counting { rows, count: 0 };
            self.rows(tx, Access::Write, sql, &mut counting).await?;
            return Ok(counting.count);
        }
        if let Some(tx) = tx {
            return self.update_and_read(tx, plan, rows).await;
        }
        let tx = Transaction::begin(self, TransactionOptions::default()).await.map_err(Ended::Visitor)?;
        let count = self.update_and_read(&tx, plan, rows).await?;
        tx.commit().await.map_err(Ended::Visitor)?;
        Ok(count)
    }

    async fn count_rows(
        &self,
        tx: Tx<'_>,
        model: &ModelNode,
        condition: Option<&Condition>,
        limit: Option<u64>,
    ) -> Result<u64, Ended> {
        let mut count = Collect { kind: INTEGER, values: Vec::with_capacity(1) };
        self.rows(tx, Access::Read, Sql::count(self.backend(), model, condition, limit), &mut count).await?;
        match count.values.first() {
            Some(Value::Int(n)) => Ok(n.unsigned_abs()),
            _ => Err(Ended::Visitor(Error::internal("the database did not count"))),
        }
    }
}

struct Counting<'v> {
    rows: &'v mut dyn RowVisitor,
    count: u64,
}

impl RowVisitor for Counting<'_> {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        self.count += 1;
        self.rows.row(cells)
    }
}

/// Rows that SeaORM has read, all of them.
async fn visit_all(results: &[QueryResult], rows: &mut dyn RowVisitor) -> Result<(), Ended> {
    for result in results {
        visit(result, rows)?;
        if rows.is_full() {
            rows.make_room().await.map_err(Ended::Visitor)?;
        }
    }
    Ok(())
}

/// A row that SeaORM read.
fn visit(result: &QueryResult, rows: &mut dyn RowVisitor) -> Result<(), Ended> {
    #[cfg(feature = "sqlite")]
    if let Some(row) = result.try_as_sqlite_row() {
        return rows.row(&cells::Sqlite(row)).map_err(Ended::Visitor);
    }
    #[cfg(feature = "postgres")]
    if let Some(row) = result.try_as_pg_row() {
        return rows.row(&cells::Postgres(row)).map_err(Ended::Visitor);
    }
    #[cfg(feature = "mysql")]
    if let Some(row) = result.try_as_mysql_row() {
        return rows.row(&cells::MySql(row)).map_err(Ended::Visitor);
    }
    Err(Ended::Visitor(Error::internal("a row of an unknown driver")))
}

impl Connector for SqlConnector {
    fn select<'a>(
        &'a self,
        tx: connector::Tx<'a>,
        plan: SelectPlan<'a>,
        rows: &'a mut dyn RowVisitor,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let sql = Sql::select(self.backend(), &plan);
            let done = self.rows(own(tx)?, Access::of(&plan, rows), sql, rows).await;
            done.map_err(|ended| ended.of(plan.model, self.backend()))
        })
    }

    fn count<'a>(
        &'a self,
        tx: connector::Tx<'a>,
        model: &'a Arc<ModelNode>,
        condition: Option<&'a Condition>,
        limit: Option<u64>,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let done = self.count_rows(own(tx)?, model, condition, limit).await;
            done.map_err(|ended| ended.of(model, self.backend()))
        })
    }

    fn insert<'a>(&'a self, tx: connector::Tx<'a>, plan: InsertPlan<'a>) -> BoxFuture<'a, Result<Vec<Value>>> {
        Box::pin(async move {
            let done = self.insert_rows(own(tx)?, &plan).await;
            done.map_err(|ended| ended.of(plan.model, self.backend()))
        })
    }

    fn update<'a>(
        &'a self,
        tx: connector::Tx<'a>,
        plan: UpdatePlan<'a>,
        rows: &'a mut dyn RowVisitor,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let done = self.update_rows(own(tx)?, &plan, rows).await;
            done.map_err(|ended| ended.of(plan.model, self.backend()))
        })
    }

    fn delete<'a>(
        &'a self,
        tx: connector::Tx<'a>,
        model: &'a Arc<ModelNode>,
        condition: Option<&'a Condition>,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let done = self.execute(own(tx)?, Sql::delete(self.backend(), model, condition)).await;
            done.map(|(count, _)| count).map_err(|failure| failure.of(model, self.backend()))
        })
    }

    fn has_transactions(&self) -> bool {
        true
    }

    fn begin(&self, options: TransactionOptions) -> BoxFuture<'_, Result<connector::Transaction>> {
        Box::pin(async move { Ok(connector::Transaction::sql(Transaction::begin(self, options).await?)) })
    }

    fn ping(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.db.ping().await.map_err(Error::unavailable) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.close_pools())
    }
}

/// The transaction as this connector has begun it.
fn own(tx: connector::Tx<'_>) -> Result<Tx<'_>> {
    let Some(tx) = tx else { return Ok(None) };
    match tx.of_sql() {
        Some(tx) => Ok(Some(tx)),
        None => Err(Error::internal("a transaction of another connector")),
    }
}
