//! Models against the catalog: what is different, and the statements that remove it. Pure: no I/O.

use super::create::{create_statements, sequence_of_rows, sequences};
use super::defaults::{default_of, has_default};
use super::dialect::{Dialect, has_generated_number};
use super::fits::fits;
use super::foreign_key::{column_constraint, referred};
use super::guards::{Guard, foreign_keys, guard};
use super::index::{create_index, hidden_columns, shape};
use super::read::{Catalog, Column, Table};
use super::types::{column_type, plain_column};
use super::{Change, ChangeKind, SEQUENCES};
use crate::graph::{Default, ForeignKeyNode, IndexNode, ModelNode};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// The column that takes the place of one that is to allow NULL, for a moment, in SQLite.
const RELAXED: &str = "lb_relaxed";

/// Whether the plan depends on whether the model's table has rows.
pub(super) fn asks_for_rows(dialect: Dialect, model: &ModelNode, catalog: &Catalog) -> bool {
    let Some(table) = catalog.table(dialect, &model.table) else { return false };
    model.properties.iter().enumerate().any(|(at, property)| {
        let by_rows = property.required && !has_default(property)
            || dialect == Dialect::Sqlite && matches!(property.default, Default::Now)
            || has_default(property) && !column_constraint(dialect, model, at).is_empty();
        by_rows && table.column(dialect, &property.column).is_none()
    })
}

/// What the models ask of the database.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// All differences, in an order in which they can be removed.
    pub(super) changes: Vec<Change>,
    /// Foreign keys that the database does not guard and cannot be told to, for the log.
    pub(super) unguarded: Vec<String>,
}

/// Compares. `moment` is what `now` means for rows that are there.
pub(super) fn plan(dialect: Dialect, models: &[Arc<ModelNode>], catalog: &Catalog, moment: DateTime<Utc>) -> Plan {
    let mut changes = Vec::new();
    // What is there may get a key to a table that is not there yet.
    let mut alterations = Vec::new();
    let sequenced = models.iter().any(|model| dialect.needs_sequence(model));
    if sequenced && catalog.table(dialect, SEQUENCES).is_none() {
        changes.push(Change {
            table: SEQUENCES.into(),
            what: "the table is missing".into(),
            sql: vec![sequences(dialect, false)],
            kind: ChangeKind::Create,
        });
    }
    for model in models {
        match catalog.table(dialect, &model.table) {
            None => changes.push(Change {
                table: model.table.to_string(),
                what: "the table is missing".into(),
                sql: create_statements(dialect, model),
                kind: ChangeKind::Create,
            }),
            Some(table) => {
                let mut of_table = Planner { dialect, model, table, moment, changes: Vec::new() };
                of_table.columns();
                if !table.view {
                    of_table.id();
                    of_table.indexes();
                    if dialect.needs_sequence(model) && !catalog.sequences.contains(&*model.table) {
                        of_table.add("its row in `loopback_sequences` is missing", sequence_of_rows(dialect, model));
                    }
                }
                alterations.append(&mut of_table.changes);
            }
        }
    }
    changes.append(&mut alterations);
    // Foreign keys come when every table and column is there.
    let mut plan = Plan { changes, unguarded: Vec::new() };
    for model in models {
        foreign_keys(dialect, model, catalog, &mut plan);
    }
    plan
}

struct Planner<'a> {
    dialect: Dialect,
    model: &'a ModelNode,
    table: &'a Table,
    moment: DateTime<Utc>,
    changes: Vec<Change>,
}

impl Planner<'_> {
    fn push(&mut self, kind: ChangeKind, what: impl Into<String>, sql: Vec<String>) {
        self.changes.push(Change { table: self.model.table.to_string(), what: what.into(), sql, kind });
    }

    fn add(&mut self, what: impl Into<String>, sql: String) {
        self.push(ChangeKind::Add, what, vec![sql]);
    }

    fn unfit(&mut self, what: impl Into<String>, sql: Vec<String>) {
        self.push(ChangeKind::Unfit, what, sql);
    }

    /// `ALTER TABLE "shop" ..`
    fn alter(&self, how: &str) -> String {
        format!("ALTER TABLE {} {how}", self.dialect.name(&self.table.name))
    }

    fn columns(&mut self) {
        let (model, table, dialect) = (self.model, self.table, self.dialect);
        for (at, property) in model.properties.iter().enumerate() {
            match table.column(dialect, &property.column) {
                None => self.missing(at),
                Some(column) => self.present(at, column),
            }
        }
        for column in &table.columns {
            let ours = model.properties.iter().any(|property| dialect.same_column(&property.column, &column.name));
            if !ours && !column.nullable && !column.has_default && !column.computed && !table.view {
                self.unfit(
                    format!(
                        "column `{}` is NOT NULL without a default, and model `{}` has no such property, so that no \
                         row could be added: give the column a default or drop it, or add the property",
                        column.name, model.name
                    ),
                    Vec::new(),
                );
            }
        }
    }

    fn missing(&mut self, at: usize) {
        let (model, table) = (self.model, self.table);
        let property = &model.properties[at];
        if at == model.id || table.view {
            let what = if table.view { "the view has no column" } else { "the table has no id column" };
            return self.unfit(format!("{what} `{}`", property.column), Vec::new());
        }
        if property.required && !has_default(property) && table.filled {
            return self.unfit(
                format!(
                    "column `{}` is missing and cannot be added: `{}.{}` is required and has no default, but the \
                     table has rows; give the property a literal default, or make it an `Option`",
                    property.column, model.name, property.name
                ),
                Vec::new(),
            );
        }
        // SQLite adds a column with a default that is not constant to an empty table only. With rows, the default is
        // the moment of this migration, for good: SQLite cannot change it later. Rows that the engine writes do not
        // depend on it, the engine sets `now` itself; rows written by other programs should name the column.
        let moment = table.filled.then_some(self.moment);
        let mut column = plain_column(self.dialect, model, at, property.required, moment);
        // The rows that are there would have to be looked at for the default; SQLite does not.
        if !table.filled || !has_default(property) {
            column.push_str(&column_constraint(self.dialect, model, at));
        }
        self.add(format!("column `{}` is missing", property.column), self.alter(&format!("ADD COLUMN {column}")));
    }

    fn present(&mut self, at: usize, column: &Column) {
        let (model, dialect) = (self.model, self.dialect);
        let property = &model.properties[at];
        // A key holds what the other column holds.
        let fit = match referred(model, at) {
            Some((target, to)) => fits(dialect, &target.properties[to], column),
            None => fits(dialect, property, column),
        };
        if !fit {
            let (has, needs) = (&column.full_type, column_type(dialect, model, at));
            let name = &column.name;
            return self.unfit(format!("column `{name}` is `{has}`, the model needs `{needs}`"), Vec::new());
        }
        let relaxed = !property.required && at != model.id && !column.nullable && !column.computed && !self.table.view;
        if relaxed {
            self.unfit(
                format!("column `{}` is NOT NULL, but `{}.{}` may be null", column.name, model.name, property.name),
                self.relax(at, column),
            );
        }
    }

    /// The statements that let a column be NULL.
    fn relax(&self, at: usize, column: &Column) -> Vec<String> {
        let (dialect, name) = (self.dialect, self.dialect.name(&column.name));
        match dialect {
            Dialect::Postgres => vec![self.alter(&format!("ALTER COLUMN {name} DROP NOT NULL"))],
            Dialect::MySql { .. } => {
                // The type stays as it is; the default has to be said again, or it is lost.
                let sql_type = &column.full_type;
                let default = default_of(dialect, &self.model.properties[at], sql_type, None);
                let default = default.map(|default| format!(" DEFAULT {default}")).unwrap_or_default();
                vec![self.alter(&format!("MODIFY COLUMN {name} {sql_type} NULL{default}"))]
            }
            Dialect::Sqlite => {
                // SQLite cannot change a column; its values move to a new one. Indexes are in the way, and come back.
                // A default that is not constant is lost; the engine sets defaults anyway.
                let (table, relaxed) = (dialect.name(&self.table.name), dialect.name(RELAXED));
                let indexes = || self.table.indexes.iter().filter_map(|index| Some((&index.name, index.sql.clone()?)));
                let property = &self.model.properties[at];
                let sql_type = column_type(dialect, self.model, at);
                // A new column with a foreign key has no default, as long as there are rows.
                let guarded = |key: &ForeignKeyNode| {
                    key.property == at && !matches!(guard(dialect, self.model, key, self.table), Guard::None)
                };
                let constraint = if self.model.foreign_keys.iter().any(guarded) {
                    column_constraint(dialect, self.model, at)
                } else {
                    String::new()
                };
                let default = match property.default {
                    Default::Literal(_) if constraint.is_empty() => default_of(dialect, property, &sql_type, None),
                    _ => None,
                };
                let default = default.map(|default| format!(" DEFAULT {default}")).unwrap_or_default();
                let mut sql: Vec<_> = indexes().map(|(name, _)| format!("DROP INDEX {}", dialect.name(name))).collect();
                sql.push(self.alter(&format!("ADD COLUMN {relaxed} {sql_type}{default}{constraint}")));
                sql.push(format!("UPDATE {table} SET {relaxed} = {name}"));
                sql.push(self.alter(&format!("DROP COLUMN {name}")));
                sql.push(self.alter(&format!("RENAME COLUMN {relaxed} TO {name}")));
                sql.extend(indexes().map(|(_, statement)| statement));
                sql
            }
        }
    }

    /// The id has to be unique, and to come from somewhere.
    fn id(&mut self) {
        let (model, table, dialect) = (self.model, self.table, self.dialect);
        let Some(column) = table.column(dialect, &model.id_property().column) else { return };
        let unique = table.indexes.iter().any(|index| {
            index.unique
                && index.whole
                && matches!(&index.columns[..], [Some(name)] if dialect.same_column(name, &column.name))
        });
        if !unique {
            self.unfit(format!("column `{}` is the id but neither primary key nor unique", column.name), Vec::new());
            return;
        }
        let engine_counts = dialect.needs_sequence(model);
        if !has_generated_number(model) || engine_counts || column.has_default {
            return;
        }
        let name = dialect.name(&column.name);
        let sql = match dialect {
            // Only `INTEGER PRIMARY KEY` counts, and a primary key is there for good.
            Dialect::Sqlite => Vec::new(),
            Dialect::Postgres => {
                let table = dialect.name(&table.name);
                let sequence =
                    format!("pg_get_serial_sequence({}, {})", dialect.text(&table), dialect.text(&column.name));
                vec![
                    self.alter(&format!("ALTER COLUMN {name} ADD GENERATED BY DEFAULT AS IDENTITY")),
                    format!("SELECT setval({sequence}, COALESCE(MAX({name}), 0) + 1, false) FROM {table}"),
                ]
            }
            Dialect::MySql { .. } => {
                vec![self.alter(&format!("MODIFY COLUMN {name} {} NOT NULL AUTO_INCREMENT", column.full_type))]
            }
        };
        self.unfit(format!("column `{}` is to be generated, but the database does not do so", column.name), sql);
    }

    fn indexes(&mut self) {
        let (model, table, dialect) = (self.model, self.table, self.dialect);
        let (mut hidden, mut bounded) = (Vec::new(), Vec::new());
        for index in &model.indexes {
            match self.index_like(index) {
                Likeness::Same => continue,
                Likeness::Namesake => {
                    self.unfit(
                        format!("index `{}` is there but is another one than the model's: drop it", index.name),
                        Vec::new(),
                    );
                    continue;
                }
                Likeness::None => {}
            }
            for at in index.properties.iter().chain(&index.scope) {
                if !bounded.contains(at) {
                    bounded.push(*at);
                    self.bound(*at);
                }
            }
            let mut sql = Vec::new();
            for (name, definition) in hidden_columns(dialect, model, index) {
                if table.column(dialect, &name).is_none() && !hidden.contains(&name) {
                    sql.push(self.alter(&format!("ADD COLUMN {definition}")));
                    hidden.push(name);
                }
            }
            sql.push(create_index(dialect, model, index));
            let unique = if index.unique { "unique index" } else { "index" };
            let columns: Vec<_> = index.properties.iter().map(|at| &*model.properties[*at].column).collect();
            let what = format!("the {unique} `{}` on {} is missing", index.name, columns.join(", "));
            self.push(ChangeKind::Add, what, sql);
        }
    }

    /// A text column of MySQL that gets an index needs a length.
    fn bound(&mut self, at: usize) {
        let (model, dialect) = (self.model, self.dialect);
        let property = &model.properties[at];
        let Some(column) = self.table.column(dialect, &property.column) else { return };
        let text = property.kind.is_text() && property.sql.sql_type.is_none() && column.type_name.ends_with("text");
        if dialect.is_mysql() && text {
            // In strict mode, which the lock sees to, MySQL refuses this when a value is longer.
            let not_null = !column.nullable && property.required;
            let definition = plain_column(dialect, model, at, not_null, None);
            self.unfit(
                format!("column `{}` is `{}`, which MySQL cannot index", column.name, column.full_type),
                vec![self.alter(&format!("MODIFY COLUMN {definition}"))],
            );
        }
    }

    /// An index of any name will do, when it has the same columns. An index over expressions is known by its name: the
    /// databases do not write expressions back as they were given.
    fn index_like(&self, index: &IndexNode) -> Likeness {
        let shape = shape(self.dialect, self.model, index);
        let by_shape = shape.iter().all(Option::is_some);
        let mut likeness = Likeness::None;
        for known in &self.table.indexes {
            let same_name = self.dialect.same_column(&known.name, &index.name);
            let same_columns = known.columns.len() == shape.len()
                && known.columns.iter().zip(&shape).all(|pair| match pair {
                    (Some(one), Some(other)) => self.dialect.same_column(one, other),
                    (one, other) => one == other,
                });
            let enough = known.whole && (known.unique || !index.unique) && same_columns;
            if enough && (same_name || by_shape) {
                return Likeness::Same;
            }
            if same_name {
                likeness = Likeness::Namesake;
            }
        }
        likeness
    }
}

/// What there is already in place of an index.
enum Likeness {
    Same,
    Namesake,
    None,
}
