//! A column as a kind of values: the other way round than [`types`](super::super::types). Pure.
//!
//! What the framework would make of the kind is not always what is there; then a note says so.

use super::super::dialect::Dialect;
use super::super::read::Column;
use super::FoundKind;
use crate::graph::Kind;

const I64: Kind = Kind::Integer { min: i64::MIN, max: i64::MAX };
const I32: Kind = Kind::Integer { min: i32::MIN as i64, max: i32::MAX as i64 };
const I16: Kind = Kind::Integer { min: i16::MIN as i64, max: i16::MAX as i64 };

/// Digits of a decimal that does not say how many: what `Decimal` has without options.
const DECIMAL: (u32, u32) = (28, 10);

/// What is to be said of a column whose type alone tells what is different.
const AS_IT_IS: Option<&str> = Some("");

/// The kind of a column's values; `None`: the framework reads none of its type. `json`: a check sees to it that it is JSON.
pub(super) fn kind_of(dialect: Dialect, column: &Column, json: bool) -> Option<FoundKind> {
    let (kind, note) = match dialect {
        Dialect::Sqlite => sqlite(column)?,
        Dialect::Postgres => postgres(column)?,
        Dialect::MySql { .. } if json => (Kind::Any, None),
        Dialect::MySql { mariadb, .. } => mysql(column, mariadb)?,
    };
    let length = match kind {
        Kind::String => numbers(&column.full_type).first().copied().filter(|length| *length > 0),
        _ => None,
    };
    Some(FoundKind { kind, length, note })
}

/// SQLite takes any words as a type, and reads them by these rules, in this order.
fn sqlite(column: &Column) -> Option<(Kind, Option<&'static str>)> {
    let name = column.type_name.as_str();
    let any = |words: &[&str]| words.iter().any(|word| name.contains(word));
    Some(match () {
        () if any(&["bool"]) => (Kind::Boolean, None),
        () if any(&["int"]) => (I64, None),
        () if any(&["char", "clob", "text"]) => (Kind::String, None),
        () if any(&["uuid", "guid"]) => (Kind::Uuid, Some("read and written as 16 bytes")),
        () if any(&["blob"]) => (Kind::Bytes, None),
        () if any(&["real", "floa", "doub"]) => (Kind::Number, None),
        () if any(&["json"]) => (Kind::Any, AS_IT_IS),
        () if any(&["datetime", "timestamp"]) => (Kind::DateTime, AS_IT_IS),
        () if any(&["date"]) => (Kind::Date, AS_IT_IS),
        () if any(&["num", "dec"]) => (Kind::Number, AS_IT_IS),
        () => return None,
    })
}

fn postgres(column: &Column) -> Option<(Kind, Option<&'static str>)> {
    Some(match column.type_name.as_str() {
        "text" | "varchar" => (Kind::String, None),
        "bpchar" => (Kind::String, AS_IT_IS),
        "int2" => (I16, None),
        "int4" => (I32, None),
        "int8" => (I64, None),
        "float4" => (Kind::Number, AS_IT_IS),
        "float8" => (Kind::Number, None),
        "bool" => (Kind::Boolean, None),
        "timestamptz" => (Kind::DateTime, differs(&column.full_type, "timestamp(3) with time zone")),
        "date" => (Kind::Date, None),
        "numeric" => decimal(&column.full_type),
        "uuid" => (Kind::Uuid, None),
        "bytea" => (Kind::Bytes, None),
        "jsonb" => (Kind::Any, None),
        "json" => (Kind::Any, AS_IT_IS),
        _ => return None,
    })
}

fn mysql(column: &Column, mariadb: bool) -> Option<(Kind, Option<&'static str>)> {
    let full_type = column.full_type.to_lowercase();
    let unsigned = full_type.contains(" unsigned");
    let whole = |min: i64, max: i64| Kind::Integer { min, max };
    Some(match (column.type_name.as_str(), unsigned) {
        ("varchar" | "longtext" | "mediumtext" | "text" | "tinytext", _) => (Kind::String, None),
        ("char", _) => (Kind::String, AS_IT_IS),
        ("enum", _) => (Kind::Enum(words(&column.full_type, mariadb)?), AS_IT_IS),
        ("tinyint", false) if full_type.starts_with("tinyint(1)") => (Kind::Boolean, None),
        ("tinyint", false) => (whole(i8::MIN.into(), i8::MAX.into()), None),
        ("tinyint", true) | ("smallint", false) => (I16, None),
        ("smallint", true) => (whole(0, u16::MAX.into()), None),
        ("mediumint", _) | ("int", false) => (I32, None),
        ("int", true) => (whole(0, u32::MAX.into()), None),
        ("bigint", false) => (I64, None),
        // What is above 63 bits cannot be read.
        ("bigint", true) => (I64, AS_IT_IS),
        ("double", _) => (Kind::Number, None),
        ("float", _) => (Kind::Number, AS_IT_IS),
        ("decimal", _) => decimal(&full_type),
        ("datetime", _) => (Kind::DateTime, differs(&full_type, "datetime(3)")),
        ("timestamp", _) => (Kind::DateTime, AS_IT_IS),
        ("date", _) => (Kind::Date, None),
        ("binary", _) if full_type.starts_with("binary(16)") => (Kind::Uuid, AS_IT_IS),
        ("longblob" | "blob" | "mediumblob" | "tinyblob", _) => (Kind::Bytes, None),
        ("binary" | "varbinary", _) => (Kind::Bytes, AS_IT_IS),
        ("json", _) => (Kind::Any, None),
        _ => return None,
    })
}

fn differs(full_type: &str, usual: &str) -> Option<&'static str> {
    if full_type == usual { None } else { AS_IT_IS }
}

fn decimal(full_type: &str) -> (Kind, Option<&'static str>) {
    match numbers(full_type).as_slice() {
        [precision, rest @ ..] => {
            let scale = rest.first().copied().unwrap_or(0);
            // PostgreSQL has numbers without a digit before the point and zeros behind it.
            if scale > *precision {
                return (Kind::Decimal { precision: scale, scale }, AS_IT_IS);
            }
            let note =
                if *precision > DECIMAL.0 { Some("a value of more than 28 digits cannot be read") } else { None };
            (Kind::Decimal { precision: *precision, scale }, note)
        }
        [] => (Kind::Decimal { precision: DECIMAL.0, scale: DECIMAL.1 }, AS_IT_IS),
    }
}

/// The 10 and 2 of `numeric(10,2)`.
fn numbers(full_type: &str) -> Vec<u32> {
    let inside = full_type.split_once('(').and_then(|(_, rest)| Some(rest.split_once(')')?.0));
    let parts = inside.into_iter().flat_map(|inside| inside.split(','));
    parts.map_while(|part| part.trim().parse().ok()).collect()
}

/// The words of `enum('new','it''s')`, in which MariaDB escapes what it does in any text.
fn words(full_type: &str, escapes: bool) -> Option<Vec<Box<str>>> {
    let mut rest = full_type.split_once('(')?.1;
    let mut words = Vec::new();
    loop {
        rest = rest.strip_prefix('\'')?;
        let (word, after) = super::default::quoted(rest, escapes)?;
        words.push(word.into());
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return after.starts_with(')').then_some(words),
        }
    }
}
