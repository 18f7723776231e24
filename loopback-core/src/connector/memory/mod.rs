//! Plans on rows in memory: for connectors that have no query language, and for what is embedded in other rows.
//!
//! ```ignore
//! let found = memory::select(&plan, &*self.tables())?;   // what the plan asks for
//! memory::give(found, rows).await                        // to who asked for it
//! ```

mod condition;
mod key;
mod linked;

use super::RowVisitor;
use crate::error::{Error, Result};
use crate::graph::ModelNode;
use crate::plan::{Condition, Query, SelectPlan};
use crate::value::{GeoPoint, PropertyType, Row, Unit, Value};
pub use condition::Matcher;
use condition::{equal, value};
pub use key::Key;
use key::compare;
use std::cmp::Ordering;

/// The rows of a model.
pub type Rows<'t> = Box<dyn Iterator<Item = &'t Row> + Send + 't>;

/// The rows of a data source. `()` has none, for connectors that keep to one model at a time.
pub trait Tables: Sync {
    /// All rows of a model.
    ///
    /// # Errors
    /// They cannot be read here ([`Error::not_supported`]).
    fn rows<'t>(&'t self, model: &ModelNode) -> Result<Rows<'t>>;

    /// The row with an id. Unless it is said how, all rows are looked through.
    ///
    /// # Errors
    /// As [`rows`](Self::rows).
    fn row<'t>(&'t self, model: &ModelNode, id: &Value) -> Result<Option<&'t Row>> {
        Ok(self.rows(model)?.find(|row| row.get(model.id).is_some_and(|own| equal(own, id))))
    }
}

impl Tables for () {
    fn rows<'t>(&'t self, model: &ModelNode) -> Result<Rows<'t>> {
        Err(Error::not_supported(format!(
            "the data source `{}` has no conditions over relations and no relations through other models",
            model.data_source
        )))
    }
}

/// The rows that a condition finds; `None` finds all.
///
/// # Errors
/// Those of the tables.
pub fn matching<'t>(model: &ModelNode, condition: Option<&Condition>, tables: &'t dyn Tables) -> Result<Vec<&'t Row>> {
    let matcher = Matcher::new(model, condition, tables);
    let rows: Rows<'t> = match condition.and_then(|condition| condition.id(model)) {
        Some(id) => Box::new(tables.row(model, id)?.into_iter()),
        None => tables.rows(model)?,
    };
    let mut found = Vec::new();
    for row in rows {
        if matcher.holds(row)? {
            found.push(row);
        }
    }
    Ok(found)
}

/// What a plan asks for, with all that a plan can have: each row has the values of [`SelectPlan::columns`], and behind them
/// the key where the plan is of a relation through another model.
///
/// # Errors
/// Those of the tables.
pub fn select(plan: &SelectPlan<'_>, tables: &dyn Tables) -> Result<Vec<Vec<Value>>> {
    let mut rows = matching(plan.model, plan.query.condition.as_ref(), tables)?;
    if let Some(linked) = &plan.linked {
        return linked::select(plan, linked, rows, tables);
    }
    rows.sort_by(|a, b| ordered(plan.query, a, b, || by_id(plan.model, a, b)));
    let (skip, limit) = page(plan.query);
    Ok(rows.into_iter().skip(skip).take(limit).map(|row| columns(row, plan.columns)).collect())
}

/// How many rows a condition finds, up to a limit.
///
/// # Errors
/// Those of the tables.
pub fn count(model: &ModelNode, condition: Option<&Condition>, limit: Option<u64>, tables: &dyn Tables) -> Result<u64> {
    let found = matching(model, condition, tables)?.len() as u64;
    Ok(limit.map_or(found, |limit| found.min(limit)))
}

/// Gives rows to a visitor, and waits where that has enough for now.
///
/// # Errors
/// Those of the visitor.
pub async fn give(rows: Vec<Vec<Value>>, visitor: &mut dyn RowVisitor) -> Result<()> {
    for row in rows {
        visitor.row(&row)?;
        // Others have their turn.
        tokio::task::coop::consume_budget().await;
        if visitor.is_full() {
            visitor.make_room().await?;
        }
    }
    Ok(())
}

/// The values of some columns of a row, as a visitor takes them.
pub fn columns(row: &Row, columns: &[usize]) -> Vec<Value> {
    columns.iter().map(|at| row.get(*at).cloned().unwrap_or_default()).collect()
}

/// Whether a row may stand beside others: `others` are those of its model, without the row as it was.
///
/// # Errors
/// 409 `DUPLICATE_ID`; 422 when a unique index has another row with the same values.
pub fn unique<'r>(model: &ModelNode, row: &Row, others: impl Iterator<Item = &'r Row>) -> Result<()> {
    let null = |value: Option<&Value>| value.is_none_or(Value::is_null);
    let same = |other: &Row, at: usize| matches!((row.get(at), other.get(at)), (Some(a), Some(b)) if equal(a, b));
    for other in others {
        if same(other, model.id) {
            return Err(Error::duplicate_id(model));
        }
        let broken = model.indexes.iter().filter(|index| index.unique).find(|index| {
            index.properties.iter().all(|at| same(other, *at))
                && index.scope.iter().all(|at| same(other, *at) || null(row.get(*at)) && null(other.get(*at)))
        });
        if let Some(index) = broken {
            return Err(Error::not_unique(model, index));
        }
    }
    Ok(())
}

/// Whether a condition holds for a row that has no related rows, being embedded in another one.
pub(crate) fn holds(condition: &Condition, row: &Row) -> bool {
    // Nothing is read that could fail.
    Matcher::of_embedded(Some(condition)).holds(row).unwrap_or(false)
}

/// The rows that a query finds among those embedded in another one; without an order in the order in which they are stored.
pub(crate) fn select_embedded(rows: Vec<Row>, query: &Query) -> Vec<Row> {
    let matcher = Matcher::of_embedded(query.condition.as_ref());
    let mut rows: Vec<Row> = rows.into_iter().filter(|row| matcher.holds(row).unwrap_or(false)).collect();
    // Stable: ties keep the order in which they are stored.
    rows.sort_by(|a, b| ordered(query, a, b, || Ordering::Equal));
    let (skip, limit) = page(query);
    rows.into_iter().skip(skip).take(limit).collect()
}

/// Rows to leave out and rows to take.
fn page(query: &Query) -> (usize, usize) {
    let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    (size(query.skip.unwrap_or(0)), query.limit.map_or(usize::MAX, size))
}

fn by_id(model: &ModelNode, a: &Row, b: &Row) -> Ordering {
    by_value(a, b, model.id)
}

fn by_value(a: &Row, b: &Row, at: usize) -> Ordering {
    match (value(a, &at.into()), value(b, &at.into())) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (a, b) => compare(&a, &b).unwrap_or(Ordering::Equal),
    }
}

/// The order of two rows by what a query says: by distance, then by its properties. Between those that are equal then
/// `last` decides, in the direction of the last property.
fn ordered(query: &Query, a: &Row, b: &Row, last: impl FnOnce() -> Ordering) -> Ordering {
    if let Some(near) = query.nearest() {
        let distance = |row: &Row| {
            let point = GeoPoint::from_value(row.get(near.at).cloned().unwrap_or_default());
            point.map_or(f64::INFINITY, |point| point.distance_to(near.from, Unit::Radians))
        };
        let by = distance(a).total_cmp(&distance(b));
        if by.is_ne() {
            return by;
        }
    }
    for order in &query.order {
        let by = by_value(a, b, order.at);
        if by.is_ne() {
            return if order.descending { by.reverse() } else { by };
        }
    }
    let descending = query.order.last().is_some_and(|order| order.descending);
    if descending { last().reverse() } else { last() }
}
