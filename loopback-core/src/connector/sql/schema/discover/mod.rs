//! What a database has, for models that are to be written for it: LoopBack's `discoverSchemas`. It is only read.
//!
//! | Step | File |
//! |---|---|
//! | which tables, and what the catalog says of them besides | `facts` |
//! | a column as a kind of values, the other way round than `types` | `kind` |
//! | a default of a column as one of a property | `default` |

mod default;
mod facts;
mod kind;
#[cfg(test)]
mod tests;

use super::SEQUENCES;
use super::dialect::Dialect;
use super::fits;
use super::read::{self, Column};
use crate::error::Result;
use crate::graph::Kind;
use sea_orm::DatabaseConnection;
use serde_json::Value as Json;
use std::collections::HashSet;

/// The tables and views of a database, the framework's own left out.
#[derive(Debug)]
pub(crate) struct Found {
    dialect: Dialect,
    pub(crate) tables: Vec<FoundTable>,
}

/// A table or view.
#[derive(Debug, Default)]
pub(crate) struct FoundTable {
    pub(crate) name: String,
    /// What it is when it is no plain table: `view`.
    pub(crate) other: Option<&'static str>,
    pub(crate) comment: String,
    pub(crate) columns: Vec<FoundColumn>,
    /// The columns of the primary key, in its order.
    pub(crate) key: Vec<String>,
    /// The indexes over whole columns and all rows.
    pub(crate) indexes: Vec<FoundIndex>,
    pub(crate) foreign_keys: Vec<FoundKey>,
    /// Whether its ids come from [`SEQUENCES`].
    pub(crate) sequenced: bool,
}

/// A column.
#[derive(Debug)]
pub(crate) struct FoundColumn {
    pub(crate) name: String,
    /// As the database writes it: `character varying(80)`.
    pub(crate) full_type: String,
    /// What values it takes; `None`: none that the framework reads.
    pub(crate) kind: Option<FoundKind>,
    pub(crate) nullable: bool,
    /// Whether a row gets a value that names none.
    pub(crate) has_default: bool,
    /// Whether the database counts its values.
    pub(crate) counted: bool,
    /// Whether it takes no value that it has not counted.
    pub(crate) always: bool,
    /// Whether it is computed from other columns.
    pub(crate) computed: bool,
    pub(crate) default: FoundDefault,
    pub(crate) comment: String,
    dialect: Dialect,
    column: Column,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FoundKind {
    pub(crate) kind: Kind,
    /// The most characters of a text.
    pub(crate) length: Option<u32>,
    /// What the kind does not say of the column's type, for people; the type alone when it is `""`.
    pub(crate) note: Option<&'static str>,
}

/// The default of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FoundDefault {
    None,
    /// A value, as JSON has it.
    Literal(Json),
    Now,
    Uuid,
    /// An expression of the database's.
    Other(String),
}

/// An index.
#[derive(Debug, PartialEq)]
pub(crate) struct FoundIndex {
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
}

/// A foreign key.
#[derive(Debug)]
pub(crate) struct FoundKey {
    /// The columns that refer, and those that they refer to.
    pub(crate) columns: Vec<(String, String)>,
    /// The table that they refer to; with its schema when that is not the current one.
    pub(crate) target: String,
    /// In SQL's words.
    pub(crate) on_delete: String,
}

impl Found {
    /// Whether two names of tables are the same to the database.
    pub(crate) fn same_table(&self, one: &str, other: &str) -> bool {
        self.dialect.same_table(one, other)
    }

    /// Whether two names of columns are the same to the database.
    pub(crate) fn same_column(&self, one: &str, other: &str) -> bool {
        self.dialect.same_column(one, other)
    }

    pub(crate) fn table(&self, name: &str) -> Option<&FoundTable> {
        self.tables.iter().find(|table| self.same_table(&table.name, name))
    }

    /// What LoopBack calls the database's connector: the key of a definition's settings for it.
    pub(crate) fn connector(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "sqlite3",
            Dialect::Postgres => "postgresql",
            Dialect::MySql { .. } => "mysql",
        }
    }
}

impl FoundColumn {
    /// Whether it can hold the values of a kind, as [`difference`](super::difference) sees it.
    pub(crate) fn holds(&self, kind: &Kind) -> bool {
        fits::holds(self.dialect, kind, &self.column)
    }
}

/// Reads the catalog of a database.
///
/// # Errors
/// The database is not reached, or does not let its catalog be read.
pub(crate) async fn discover(db: &DatabaseConnection) -> Result<Found> {
    let dialect = Dialect::of(db).await?;
    let listed = facts::tables(db, dialect).await?;
    let counts = listed.iter().any(|table| dialect.same_table(&table.name, SEQUENCES));
    let mut tables: Vec<FoundTable> =
        listed.into_iter().filter(|table| !dialect.same_table(&table.name, SEQUENCES)).collect();
    if tables.is_empty() {
        return Ok(Found { dialect, tables });
    }
    let names = read::quoted(dialect, tables.iter().map(|table| &*table.name));
    let read_tables = read::tables(db, dialect, &names).await?;
    let facts = facts::columns(db, dialect, &names).await?;
    let keys = read::keys_of(db, dialect, &names).await?;
    let sequenced = if counts { read::sequenced(db, dialect).await? } else { HashSet::new() };
    for table in &mut tables {
        let Some(known) = read_tables.iter().find(|known| known.name == table.name) else { continue };
        table.sequenced = sequenced.contains(&table.name);
        let of_table: Vec<_> = facts.iter().filter(|fact| fact.table == table.name).collect();
        for column in &known.columns {
            let fact = of_table.iter().find(|fact| fact.column == column.name);
            table.columns.push(found_column(dialect, column, fact.copied()));
        }
        let mut key: Vec<_> = of_table.iter().filter(|fact| fact.key > 0).collect();
        key.sort_by_key(|fact| fact.key);
        table.key = key.iter().map(|fact| fact.column.clone()).collect();
        for index in known.indexes.iter().filter(|index| index.whole) {
            // What indexes an expression is none that a model could name.
            let Some(columns) = index.columns.iter().cloned().collect::<Option<Vec<String>>>() else { continue };
            let index = FoundIndex { columns, unique: index.unique };
            if !table.indexes.contains(&index) {
                table.indexes.push(index);
            }
        }
    }
    for key in &keys {
        // SQLite: without a column it is the primary key.
        let primary = tables.iter().find(|table| dialect.same_table(&table.name, &key.target));
        let primary = primary.map(|table| table.key.clone()).unwrap_or_default();
        let columns = key.columns.iter().enumerate();
        let columns: Option<Vec<_>> = columns
            .map(|(at, (own, other))| Some((own.clone(), other.clone().or_else(|| primary.get(at).cloned())?)))
            .collect();
        let (Some(columns), Some(table)) = (columns, tables.iter_mut().find(|table| table.name == key.table)) else {
            continue;
        };
        let (target, on_delete) = (key.target.clone(), key.on_delete.clone());
        table.foreign_keys.push(FoundKey { columns, target, on_delete });
    }
    Ok(Found { dialect, tables })
}

fn found_column(dialect: Dialect, column: &Column, fact: Option<&facts::Fact>) -> FoundColumn {
    let mut kind = kind::kind_of(dialect, column, fact.is_some_and(|fact| fact.json));
    let expression = fact.and_then(|fact| fact.default.as_deref());
    let written = fact.is_some_and(|fact| fact.expression);
    // SQLite keeps times as text. Where the framework made the column, its default tells.
    if dialect == Dialect::Sqlite
        && let (Some(found), Some(text)) = (&mut kind, expression)
        && found.kind == Kind::String
        && let Some(of_time) = default::kind_of_time(text)
    {
        *found = FoundKind { kind: of_time, length: None, note: None };
    }
    let default = match (&kind, expression) {
        (_, None) => FoundDefault::None,
        (Some(found), Some(text)) => default::default_of(dialect, text, written, &found.kind),
        (None, Some(text)) => FoundDefault::Other(text.to_owned()),
    };
    let counted = fact.is_some_and(|fact| fact.counted);
    FoundColumn {
        name: column.name.clone(),
        full_type: shown_type(&column.full_type),
        kind: kind.filter(|found| fits::holds(dialect, &found.kind, column)),
        nullable: column.nullable,
        has_default: column.has_default,
        counted,
        always: fact.is_some_and(|fact| fact.always),
        computed: column.computed,
        default: if counted { FoundDefault::None } else { default },
        comment: fact.map(|fact| fact.comment.clone()).unwrap_or_default(),
        dialect,
        column: column.clone(),
    }
}

/// Without the character set and collation that MySQL says of every text.
fn shown_type(full_type: &str) -> String {
    let end = full_type.find(" CHARACTER SET ").unwrap_or(full_type.len());
    full_type[..end].to_owned()
}
