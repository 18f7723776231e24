//! Plans as SQL text and arguments.
//!
//! `LIMIT` and `OFFSET` are written, never bound: SQLite prepares a statement anew for each bound limit, which costs
//! more than the query.

use super::Backend;
use super::condition::json_path;
use crate::graph::{Kind, ModelNode, Quoted};
use crate::plan::{Comparison, Condition, InsertPlan, Query, SelectPlan, UpdatePlan};
use crate::value::{Row, Value};
use serde_json::{Map, Value as Json};
use std::fmt::Write;

/// SQL with its arguments.
#[derive(Debug)]
pub(crate) struct Sql<'a> {
    pub(crate) text: String,
    pub(crate) args: Vec<Arg<'a>>,
    pub(super) backend: Backend,
    /// The name of the table whose columns are written, when it is not the table's own.
    pub(super) alias: Option<String>,
    /// How many such names were given.
    pub(super) aliases: usize,
    /// Whether columns of a condition are written with it.
    pub(super) qualified: bool,
}

/// An argument, with the kind that decides how it is bound.
#[derive(Debug)]
pub(crate) struct Arg<'a> {
    pub(crate) value: ArgValue<'a>,
    pub(crate) kind: ArgKind,
}

#[derive(Debug)]
pub(crate) enum ArgValue<'a> {
    Ref(&'a Value),
    Text(String),
    Float(f64),
}

/// How a value is bound; it decides the type of a NULL and of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArgKind {
    Text,
    Integer,
    Number,
    Boolean,
    DateTime,
    Date,
    Decimal,
    Uuid,
    Bytes,
    Json,
}

impl From<&Kind> for ArgKind {
    fn from(kind: &Kind) -> Self {
        match kind {
            Kind::String | Kind::Enum(_) => Self::Text,
            Kind::Integer { .. } => Self::Integer,
            Kind::Number => Self::Number,
            Kind::Boolean => Self::Boolean,
            Kind::DateTime => Self::DateTime,
            Kind::Date => Self::Date,
            Kind::Decimal { .. } => Self::Decimal,
            Kind::Uuid => Self::Uuid,
            Kind::Bytes => Self::Bytes,
            Kind::GeoPoint | Kind::Array(_) | Kind::Object(_) | Kind::Any => Self::Json,
        }
    }
}

impl<'a> Sql<'a> {
    fn new(backend: Backend, start: &str) -> Self {
        let mut text = String::with_capacity(256);
        text.push_str(start);
        Self { text, args: Vec::new(), backend, alias: None, aliases: 0, qualified: false }
    }

    /// `SELECT columns FROM table WHERE .. ORDER BY .. LIMIT .. OFFSET ..`
    pub(crate) fn select(backend: Backend, plan: &SelectPlan<'a>) -> Self {
        let mut sql = Self::new(backend, "SELECT ");
        if let Some(linked) = &plan.linked {
            sql.select_linked(plan, linked);
            return sql;
        }
        sql.columns(plan.model, plan.columns);
        sql.push(" FROM ");
        sql.identifier(&plan.model.quoted_table);
        sql.filter(plan.model, plan.query.condition.as_ref());
        sql.order(plan.model, plan.query);
        sql.limit(plan.query.limit, plan.query.skip);
        // SQLite has one writer, and a transaction of ours is it from its beginning.
        if plan.lock && backend != Backend::Sqlite {
            sql.push(" FOR UPDATE");
        }
        sql
    }

    /// `SELECT COUNT(*) FROM table WHERE ..`
    pub(crate) fn count(
        backend: Backend,
        model: &'a ModelNode,
        condition: Option<&'a Condition>,
        limit: Option<u64>,
    ) -> Self {
        let mut sql = Self::new(backend, "SELECT COUNT(*) FROM ");
        if limit.is_some() {
            sql.push("(SELECT 1 AS one FROM ");
        }
        sql.identifier(&model.quoted_table);
        sql.filter(model, condition);
        if limit.is_some() {
            sql.limit(limit, None);
            sql.push(") AS some_rows");
        }
        sql
    }

    /// `INSERT INTO table (..) VALUES (..), (..) RETURNING id`
    pub(crate) fn insert(backend: Backend, plan: &InsertPlan<'a>, rows: &'a [Row], returning: bool) -> Self {
        let model = plan.model;
        let mut sql = Self::new(backend, "INSERT INTO ");
        sql.identifier(&model.quoted_table);
        let columns: Vec<usize> = rows.first().map(|row| row.iter().map(|(at, _)| at).collect()).unwrap_or_default();
        if columns.is_empty() {
            sql.push(if backend == Backend::MySql { " () VALUES ()" } else { " DEFAULT VALUES" });
        } else {
            sql.push(" (");
            sql.columns(model, &columns);
            sql.push(") VALUES ");
            for (i, row) in rows.iter().enumerate() {
                sql.push(if i > 0 { ", (" } else { "(" });
                for (j, (at, value)) in row.iter().enumerate() {
                    sql.push(if j > 0 { ", " } else { "" });
                    sql.value(value, ArgKind::from(&model.properties[at].kind));
                }
                sql.push(")");
            }
        }
        if returning {
            sql.push(" RETURNING ");
            sql.identifier(&model.id_property().quoted);
        }
        sql
    }

    /// `UPDATE table SET .. WHERE .. RETURNING ..`; `None` when there is nothing to set.
    pub(crate) fn update(backend: Backend, plan: &UpdatePlan<'a>) -> Option<Self> {
        let model = plan.model;
        let mut sql = Self::new(backend, "UPDATE ");
        sql.identifier(&model.quoted_table);
        sql.push(" SET ");
        let mut first = true;
        for (at, value) in plan.set.iter() {
            sql.push(if first { "" } else { ", " });
            first = false;
            sql.identifier(&model.properties[at].quoted);
            sql.push(" = ");
            sql.value(value, ArgKind::from(&model.properties[at].kind));
        }
        if let (Some(at), Some(free)) = (model.free, plan.merge_free.filter(|free| !free.is_empty())) {
            sql.push(if first { "" } else { ", " });
            first = false;
            sql.merge(&model.properties[at].quoted, free);
        }
        if first {
            return None;
        }
        sql.filter_of_write(model, plan.condition);
        if plan.returning.is_empty() {
            return Some(sql);
        }
        if let (Backend::Sqlite, Some(by_id)) = (backend, plan.condition.filter(|c| is_id(model, c))) {
            // RETURNING makes SQLite build a temporary table for each statement. There is one writer: what the second
            // statement of the two reads is what the first one wrote.
            sql.push("; SELECT ");
            sql.columns(model, plan.returning);
            sql.push(" FROM ");
            sql.identifier(&model.quoted_table);
            sql.filter(model, Some(by_id));
        } else if backend.has_update_returning() {
            sql.push(" RETURNING ");
            sql.columns(model, plan.returning);
        }
        Some(sql)
    }

    /// `DELETE FROM table WHERE ..`
    pub(crate) fn delete(backend: Backend, model: &'a ModelNode, condition: Option<&'a Condition>) -> Self {
        let mut sql = Self::new(backend, "DELETE FROM ");
        sql.identifier(&model.quoted_table);
        sql.filter_of_write(model, condition);
        sql
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// A column of the table that is being written about.
    pub(super) fn column_name(&mut self, name: &Quoted) {
        if self.qualified
            && let Some(alias) = &self.alias
        {
            self.text.push_str(alias);
            self.text.push('.');
        }
        self.identifier(name);
    }

    pub(super) fn identifier(&mut self, name: &Quoted) {
        self.text.push_str(if self.backend == Backend::MySql { &name.mysql } else { &name.standard });
    }

    pub(super) fn columns(&mut self, model: &ModelNode, columns: &[usize]) {
        for (i, at) in columns.iter().enumerate() {
            self.push(if i > 0 { ", " } else { "" });
            self.identifier(&model.properties[*at].quoted);
        }
    }

    pub(super) fn placeholder(&mut self) {
        match self.backend {
            Backend::Postgres => {
                let _ = write!(self.text, "${}", self.args.len());
            }
            Backend::Sqlite | Backend::MySql => self.text.push('?'),
        }
    }

    pub(super) fn value(&mut self, value: &'a Value, kind: ArgKind) {
        self.args.push(Arg { value: ArgValue::Ref(value), kind });
        self.placeholder();
    }

    pub(super) fn text_value(&mut self, text: String) {
        self.args.push(Arg { value: ArgValue::Text(text), kind: ArgKind::Text });
        self.placeholder();
        if self.backend == Backend::Postgres {
            self.push("::text");
        }
    }

    pub(super) fn float_value(&mut self, value: f64) {
        self.args.push(Arg { value: ArgValue::Float(value), kind: ArgKind::Number });
        self.placeholder();
        if self.backend == Backend::Postgres {
            self.push("::double precision");
        }
    }

    /// MySQL does not let a statement ask in a condition about the table that it changes; behind a table of its own it does.
    fn filter_of_write(&mut self, model: &ModelNode, condition: Option<&'a Condition>) {
        if self.backend != Backend::MySql || !condition.is_some_and(Condition::is_related) {
            return self.filter(model, condition);
        }
        self.push(" WHERE ");
        self.identifier(&model.id_property().quoted);
        self.push(" IN (SELECT lb_id FROM (SELECT ");
        self.identifier(&model.id_property().quoted);
        self.push(" AS lb_id FROM ");
        self.identifier(&model.quoted_table);
        self.filter(model, condition);
        self.push(") AS lb_ids)");
    }

    fn filter(&mut self, model: &ModelNode, condition: Option<&'a Condition>) {
        if let Some(condition) = condition {
            self.push(" WHERE ");
            self.condition(model, condition);
        }
    }

    fn order(&mut self, model: &ModelNode, query: &'a Query) {
        // One row needs no order.
        if query.limit == Some(1) && query.order.is_empty() && is_by_id(model, query) {
            return;
        }
        self.push(" ORDER BY ");
        self.order_terms(model, query, None);
    }

    /// What rows are ordered by. Ties go by the id, or by the given column, in the direction of the last property: so an
    /// index on that property gives the whole order.
    pub(super) fn order_terms(&mut self, model: &ModelNode, query: &Query, last: Option<&str>) {
        let mut total = false;
        let mut descending = false;
        if let Some(near) = query.nearest() {
            self.distance(model, near);
            self.push(", ");
        }
        for order in &query.order {
            let property = &model.properties[order.at];
            // NULL is last ascending and first descending: PostgreSQL's way, on every database.
            let nullable = !property.required && order.at != model.id;
            if nullable && self.backend == Backend::MySql {
                self.identifier(&property.quoted);
                self.push(if order.descending { " IS NULL DESC, " } else { " IS NULL, " });
            }
            self.identifier(&property.quoted);
            self.push(if order.descending { " DESC" } else { "" });
            if nullable && self.backend == Backend::Sqlite {
                self.push(if order.descending { " NULLS FIRST" } else { " NULLS LAST" });
            }
            self.push(", ");
            total |= order.at == model.id;
            descending = order.descending;
        }
        if total {
            self.text.truncate(self.text.len() - 2);
            return;
        }
        match last {
            Some(column) => self.push(column),
            None => self.identifier(&model.id_property().quoted),
        }
        self.push(if descending { " DESC" } else { "" });
    }

    pub(super) fn limit(&mut self, limit: Option<u64>, skip: Option<u64>) {
        // A number that MySQL and SQLite take for "all": they know no OFFSET without LIMIT.
        match (limit, skip.filter(|skip| *skip > 0)) {
            (Some(limit), _) => {
                let _ = write!(self.text, " LIMIT {limit}");
            }
            (None, Some(_)) if self.backend != Backend::Postgres => self.push(" LIMIT 9223372036854775807"),
            _ => {}
        }
        if let Some(skip) = skip.filter(|skip| *skip > 0) {
            let _ = write!(self.text, " OFFSET {skip}");
        }
    }

    /// `column = column with these keys`: whole values are replaced, as a patch does with an object.
    fn merge(&mut self, column: &Quoted, free: &'a Map<String, Json>) {
        self.identifier(column);
        self.push(" = ");
        match self.backend {
            Backend::Postgres => {
                self.push("COALESCE(");
                self.identifier(column);
                self.push(", '{}'::jsonb) || ");
                self.text_value(Json::Object(free.clone()).to_string());
                self.push("::jsonb");
            }
            Backend::Sqlite | Backend::MySql => {
                let sqlite = self.backend == Backend::Sqlite;
                self.push(if sqlite { "json_set(COALESCE(" } else { "JSON_SET(COALESCE(" });
                self.identifier(column);
                self.push(", '{}')");
                for (key, value) in free {
                    self.push(", ");
                    self.text_value(json_path(std::slice::from_ref(key)));
                    self.push(if sqlite { ", json(" } else { ", JSON_EXTRACT(" });
                    self.text_value(value.to_string());
                    self.push(if sqlite { ")" } else { ", '$')" });
                }
                self.push(")");
            }
        }
    }
}

fn is_by_id(model: &ModelNode, query: &Query) -> bool {
    query.condition.as_ref().is_some_and(|condition| is_id(model, condition))
}

fn is_id(model: &ModelNode, condition: &Condition) -> bool {
    matches!(condition, Condition::Compare(column, Comparison::Eq, _) if column.at == model.id)
}
