//! The column of a property.

use super::defaults::default_of;
use super::dialect::{Dialect, has_generated_number};
use super::foreign_key::{column_constraint, referred, without_counter};
use crate::graph::{Kind, ModelNode, PropertyNode};
use chrono::{DateTime, Utc};

/// Characters of a text column of MySQL that has an index and no length of its own.
const KEY_LENGTH: u32 = 255;

/// Characters that fit a VARCHAR of MySQL; longer columns are LONGTEXT.
const VARCHAR_MAX: u32 = 16_000;

/// The type of a property's column: `varchar(80) COLLATE "C"`. A key has the type of what it refers to.
pub(super) fn column_type(dialect: Dialect, model: &ModelNode, at: usize) -> String {
    match referred(model, at) {
        Some((target, to)) => without_counter(&own_type(dialect, &target, to)),
        None => own_type(dialect, model, at),
    }
}

fn own_type(dialect: Dialect, model: &ModelNode, at: usize) -> String {
    let property = &model.properties[at];
    if let Some(word_for_word) = property.sql.sql_type {
        return word_for_word.to_owned();
    }
    match dialect {
        Dialect::Sqlite => sqlite(property),
        Dialect::Postgres => postgres(property, at == model.id && has_generated_number(model)),
        Dialect::MySql { .. } => mysql(dialect, model, at),
    }
}

fn sqlite(property: &PropertyNode) -> String {
    match &property.kind {
        Kind::String | Kind::Enum(_) => match property.sql.length {
            Some(length) => format!("varchar({length})"),
            None => "TEXT".into(),
        },
        Kind::Integer { .. } => "INTEGER".into(),
        Kind::Number => "REAL".into(),
        Kind::Boolean => "BOOLEAN".into(),
        // The collation is the connection's: it compares numbers, not digits.
        Kind::Decimal { .. } => "TEXT COLLATE decimal".into(),
        Kind::Uuid | Kind::Bytes => "BLOB".into(),
        Kind::DateTime | Kind::Date | Kind::GeoPoint | Kind::Array(_) | Kind::Object(_) | Kind::Any => "TEXT".into(),
    }
}

fn postgres(property: &PropertyNode, generated: bool) -> String {
    match &property.kind {
        Kind::String | Kind::Enum(_) => {
            let name = property.sql.length.map_or_else(|| "text".to_owned(), |length| format!("varchar({length})"));
            name + Dialect::Postgres.text_collation()
        }
        Kind::Integer { min, max } if is_small(*min, *max) && !generated => "integer".into(),
        Kind::Integer { .. } => "bigint".into(),
        Kind::Number => "double precision".into(),
        Kind::Boolean => "boolean".into(),
        Kind::DateTime => "timestamptz(3)".into(),
        Kind::Date => "date".into(),
        Kind::Decimal { precision, scale } => format!("numeric({precision},{scale})"),
        Kind::Uuid => "uuid".into(),
        Kind::Bytes => "bytea".into(),
        Kind::GeoPoint | Kind::Array(_) | Kind::Object(_) | Kind::Any => "jsonb".into(),
    }
}

fn mysql(dialect: Dialect, model: &ModelNode, at: usize) -> String {
    let property = &model.properties[at];
    match &property.kind {
        Kind::String | Kind::Enum(_) => {
            let length = property.sql.length.or_else(|| is_key(model, at).then_some(KEY_LENGTH));
            let name = match length {
                Some(length) if length <= VARCHAR_MAX => format!("VARCHAR({length})"),
                _ => "LONGTEXT".into(),
            };
            name + dialect.text_collation()
        }
        Kind::Integer { min, max } if is_small(*min, *max) && !(at == model.id && has_generated_number(model)) => {
            "int".into()
        }
        Kind::Integer { .. } => "bigint".into(),
        Kind::Number => "double".into(),
        Kind::Boolean => "boolean".into(),
        Kind::DateTime => "datetime(3)".into(),
        Kind::Date => "date".into(),
        Kind::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
        Kind::Uuid => "binary(16)".into(),
        Kind::Bytes => "longblob".into(),
        Kind::GeoPoint | Kind::Array(_) | Kind::Object(_) | Kind::Any => "json".into(),
    }
}

/// Whether the column is the id or in an index: MySQL has no index over unbounded text.
pub(super) fn is_key(model: &ModelNode, at: usize) -> bool {
    at == model.id || model.indexes.iter().any(|index| index.properties.contains(&at) || index.scope.contains(&at))
}

fn is_small(min: i64, max: i64) -> bool {
    i32::try_from(min).is_ok() && i32::try_from(max).is_ok()
}

/// The definition of a property's column, id or not: `"city" text COLLATE "C" NOT NULL DEFAULT 'Rome'`.
pub(super) fn column(dialect: Dialect, model: &ModelNode, at: usize) -> String {
    if at != model.id {
        let column = plain_column(dialect, model, at, model.properties[at].required, None);
        return column + &column_constraint(dialect, model, at);
    }
    let name = dialect.name(&model.properties[at].column);
    let sql_type = column_type(dialect, model, at);
    let how = match dialect {
        _ if !has_generated_number(model) => " NOT NULL PRIMARY KEY",
        Dialect::Sqlite if dialect.needs_sequence(model) => " PRIMARY KEY",
        Dialect::Sqlite => " PRIMARY KEY AUTOINCREMENT",
        Dialect::Postgres => " GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
        Dialect::MySql { .. } if dialect.needs_sequence(model) => " NOT NULL PRIMARY KEY",
        Dialect::MySql { .. } => " NOT NULL AUTO_INCREMENT PRIMARY KEY",
    };
    format!("{name} {sql_type}{how}{}", column_constraint(dialect, model, at))
}

/// The definition of a column that is not the id. `moment` stands for `now` in SQLite where the default must be
/// constant.
pub(super) fn plain_column(
    dialect: Dialect,
    model: &ModelNode,
    at: usize,
    not_null: bool,
    moment: Option<DateTime<Utc>>,
) -> String {
    let property = &model.properties[at];
    let sql_type = column_type(dialect, model, at);
    let default = default_of(dialect, property, &sql_type, moment);
    let mut out = format!("{} {sql_type}", dialect.name(&property.column));
    if not_null {
        out.push_str(" NOT NULL");
    }
    if let Some(default) = default {
        out.push_str(" DEFAULT ");
        out.push_str(&default);
    }
    out
}
