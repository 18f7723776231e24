//! Whether a column that is there can hold a property. Lenient: a table made by hand counts, whatever the width of its
//! types; what matters is that values come back as they went in.

use super::dialect::Dialect;
use super::read::Column;
use crate::graph::{Kind, PropertyNode};

/// Whether the column's type can hold the property's values. A property that names its type word for word is not
/// judged.
pub(super) fn fits(dialect: Dialect, property: &PropertyNode, column: &Column) -> bool {
    property.sql.sql_type.is_some() || holds(dialect, &property.kind, column)
}

/// Whether the column's type can hold the values of a kind.
pub(super) fn holds(dialect: Dialect, kind: &Kind, column: &Column) -> bool {
    let name = column.type_name.as_str();
    let of_class = match dialect {
        Dialect::Sqlite => return sqlite(kind, name),
        Dialect::Postgres => postgres(kind),
        Dialect::MySql { .. } => mysql(kind),
    };
    // A database rounds what has more digits after the point than the column, and says nothing.
    let rounds = match kind {
        Kind::Decimal { scale, .. } => scale_of(&column.full_type).is_some_and(|held| held < *scale),
        _ => false,
    };
    of_class.contains(&name) && !rounds
}

/// SQLite takes any words as a type; they count as its own rules of affinity read them.
fn sqlite(kind: &Kind, name: &str) -> bool {
    let any = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let text = any(&["char", "clob", "text"]);
    match kind {
        Kind::String | Kind::Enum(_) => text || name.is_empty(),
        Kind::Integer { .. } => any(&["int"]) && !text,
        // What is NUMERIC to SQLite holds a whole number as one, which is read as a number all the same.
        Kind::Number => any(&["real", "floa", "doub", "num", "dec"]) && !text,
        Kind::Boolean => any(&["bool", "int"]),
        Kind::DateTime => text || any(&["date", "time"]),
        Kind::Date => text || any(&["date"]),
        // As a number it would be a double, and lose digits.
        Kind::Decimal { .. } => text,
        Kind::Uuid => any(&["blob", "uuid"]) || name.is_empty(),
        Kind::Bytes => any(&["blob"]) || name.is_empty(),
        Kind::GeoPoint | Kind::Array(_) | Kind::Object(_) | Kind::Any => text || any(&["json"]),
    }
}

fn postgres(kind: &Kind) -> &'static [&'static str] {
    match kind {
        Kind::String | Kind::Enum(_) => &["text", "varchar", "bpchar", "citext"],
        Kind::Integer { .. } => &["int2", "int4", "int8"],
        Kind::Number => &["float4", "float8"],
        Kind::Boolean => &["bool"],
        // Without a time zone it would mean another moment in each session.
        Kind::DateTime => &["timestamptz"],
        Kind::Date => &["date"],
        Kind::Decimal { .. } => &["numeric"],
        Kind::Uuid => &["uuid"],
        Kind::Bytes => &["bytea"],
        // PostgreSQL does not take JSON for a text column.
        Kind::GeoPoint | Kind::Array(_) | Kind::Object(_) | Kind::Any => &["jsonb", "json"],
    }
}

fn mysql(kind: &Kind) -> &'static [&'static str] {
    match kind {
        Kind::String | Kind::Enum(_) => &["varchar", "longtext", "text", "mediumtext", "tinytext", "char", "enum"],
        Kind::Integer { .. } => &["tinyint", "smallint", "mediumint", "int", "bigint"],
        Kind::Number => &["double", "float"],
        Kind::Boolean => &["tinyint"],
        Kind::DateTime => &["datetime", "timestamp"],
        Kind::Date => &["date"],
        Kind::Decimal { .. } => &["decimal"],
        Kind::Uuid => &["binary", "varbinary"],
        Kind::Bytes => &["longblob", "blob", "mediumblob", "tinyblob", "binary", "varbinary"],
        Kind::GeoPoint | Kind::Array(_) | Kind::Object(_) | Kind::Any => &["json", "longtext", "mediumtext", "text"],
    }
}

/// The 2 of `numeric(10,2)`.
fn scale_of(full_type: &str) -> Option<u32> {
    let (_, inside) = full_type.split_once('(')?;
    let (inside, _) = inside.split_once(')')?;
    inside.split_once(',').map_or(Some(0), |(_, scale)| scale.trim().parse().ok())
}
