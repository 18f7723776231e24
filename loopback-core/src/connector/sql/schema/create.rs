//! A model as the statements that create its table. Pure: no I/O.

use super::SEQUENCES;
use super::dialect::Dialect;
use super::foreign_key::drop_constraint;
use super::index::{create_index, hidden_columns, inline_index};
use super::read::ForeignKey;
use super::types::column;
use crate::graph::ModelNode;
use std::sync::Arc;

/// The statements that create the table of a model, its indexes and, where it has one, its row in
/// `loopback_sequences`, in the order in which they are to be run. On SQLite the table has its foreign keys; for the
/// others see [`constraint_statements`](super::constraint_statements).
pub fn create_statements(dialect: Dialect, model: &ModelNode) -> Vec<String> {
    let mut parts: Vec<_> = (0..model.properties.len()).map(|at| column(dialect, model, at)).collect();
    let mut statements = Vec::new();
    if dialect.is_mysql() {
        for index in &model.indexes {
            for (_, definition) in hidden_columns(dialect, model, index) {
                // Several indexes may have the same scope.
                if !parts.contains(&definition) {
                    parts.push(definition);
                }
            }
        }
        parts.extend(model.indexes.iter().map(|index| inline_index(dialect, model, index)));
    } else {
        statements.extend(model.indexes.iter().map(|index| create_index(dialect, model, index)));
    }
    let table = dialect.name(&model.table);
    let end = if dialect.is_mysql() {
        format!(") ENGINE=InnoDB DEFAULT{}", dialect.text_collation())
    } else {
        ")".to_owned()
    };
    statements.insert(0, format!("CREATE TABLE {table} (\n  {}\n{end}", parts.join(",\n  ")));
    if dialect.needs_sequence(model) {
        // A row may be left from a table that was dropped by hand.
        let name = dialect.text(&model.table);
        statements.push(format!("DELETE FROM {} WHERE name = {name}", dialect.name(SEQUENCES)));
        statements.push(format!("INSERT INTO {} (name, next) VALUES ({name}, 1)", dialect.name(SEQUENCES)));
    }
    statements
}

/// The statements that drop the tables of the models, those that are there, in whatever circles they refer to each
/// other. To be run in a transaction; `known` are the foreign keys that the tables have.
pub(super) fn drop_statements(dialect: Dialect, models: &[Arc<ModelNode>], known: &[ForeignKey]) -> Vec<String> {
    let tables: Vec<_> = models.iter().map(|model| dialect.name(&model.table)).collect();
    if tables.is_empty() {
        return Vec::new();
    }
    match dialect {
        Dialect::Sqlite => drop_in_sqlite(models, known),
        // What one statement drops may refer to each other.
        Dialect::Postgres => vec![format!("DROP TABLE IF EXISTS {}", tables.join(", "))],
        Dialect::MySql { .. } => known
            .iter()
            .map(|key| drop_constraint(dialect, &key.table, &key.name))
            .chain(tables.iter().map(|table| format!("DROP TABLE IF EXISTS {table}")))
            .collect(),
    }
}

/// SQLite deletes the rows of a table before it drops it, with all that follows from a deletion. Deferred, it asks at
/// the end of the transaction only whether a key leads nowhere, RESTRICT included; the setting ends with the transaction.
///
/// What follows from a deletion cannot be worked out for a table with a second foreign key, to a table that is gone
/// already. So an empty one with the same keys stands in for each until all are gone.
fn drop_in_sqlite(models: &[Arc<ModelNode>], known: &[ForeignKey]) -> Vec<String> {
    let dialect = Dialect::Sqlite;
    let mut statements = vec!["PRAGMA defer_foreign_keys = ON".to_owned()];
    let mut stand_ins = Vec::new();
    for model in models {
        let table = dialect.name(&model.table);
        let drop = format!("DROP TABLE IF EXISTS {table}");
        statements.push(drop.clone());
        let refers = |key: &&ForeignKey| {
            dialect.same_table(&key.target, &model.table) && !dialect.same_table(&key.table, &model.table)
        };
        let (mut columns, mut keys): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for key in known.iter().filter(refers) {
            let named: Option<Vec<_>> = key.columns.iter().map(|(_, to)| Some(to.as_deref()?.to_lowercase())).collect();
            // Without columns it is the primary key, whose names do not matter.
            let (word, of_key) = match named {
                Some(columns) => ("UNIQUE", columns),
                None => ("PRIMARY KEY", (0..key.columns.len()).map(|at| format!("lb_key_{at}")).collect()),
            };
            let of_key: Vec<_> = of_key.iter().map(|column| dialect.name(column)).collect();
            let constraint = format!("{word} ({})", of_key.join(", "));
            columns.extend(of_key);
            keys.push(constraint);
        }
        for list in [&mut columns, &mut keys] {
            list.sort();
            list.dedup();
        }
        if !keys.is_empty() {
            columns.append(&mut keys);
            statements.push(format!("CREATE TABLE {table} ({})", columns.join(", ")));
            stand_ins.push(drop);
        }
    }
    statements.append(&mut stand_ins);
    statements
}

/// The statement that creates the table of the sequences.
pub(super) fn sequences(dialect: Dialect, if_missing: bool) -> String {
    let condition = if if_missing { "IF NOT EXISTS " } else { "" };
    let (name_type, end) = match dialect {
        Dialect::Sqlite => ("TEXT".to_owned(), ""),
        Dialect::Postgres => ("varchar(64)".to_owned(), ""),
        Dialect::MySql { .. } => (format!("varchar(64){}", dialect.text_collation()), " ENGINE=InnoDB"),
    };
    let table = dialect.name(SEQUENCES);
    format!("CREATE TABLE {condition}{table} (name {name_type} NOT NULL PRIMARY KEY, next bigint NOT NULL){end}")
}

/// The statement that gives a table with rows its row in the sequences.
pub(super) fn sequence_of_rows(dialect: Dialect, model: &ModelNode) -> String {
    let id = dialect.name(&model.id_property().column);
    let (sequences, table) = (dialect.name(SEQUENCES), dialect.name(&model.table));
    let name = dialect.text(&model.table);
    format!("INSERT INTO {sequences} (name, next) SELECT {name}, COALESCE(MAX({id}), 0) + 1 FROM {table}")
}
