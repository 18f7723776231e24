//! Rows of each driver as [`Cells`]: decoded in place, a stored value of another kind is an error, never a default.

use crate::connector::{CellError, Cells};
use crate::graph::Kind;
use crate::value::{Value, parse_date, parse_date_time, write_json, write_json_string};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sea_orm::sqlx;
use uuid::Uuid;

type Cell<T> = Result<T, CellError>;

fn wrong(kind: &Kind, stored: &str) -> CellError {
    CellError(format!("the stored value is {stored}, expected {}", kind.describe()))
}

fn driver(error: impl std::fmt::Display) -> CellError {
    CellError(error.to_string())
}

macro_rules! cells {
    () => {
        fn value(&self, at: usize, kind: &Kind) -> Cell<Value> {
            self.raw(at, kind)?.value(kind)
        }

        fn write_json(&self, at: usize, kind: &Kind, out: &mut Vec<u8>) -> Cell<()> {
            self.raw(at, kind)?.write_json(kind, out)
        }
    };
}

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "mysql")]
pub(super) use mysql::MySql;
#[cfg(feature = "postgres")]
pub(super) use postgres::{Pipelined, Postgres};
#[cfg(feature = "sqlite")]
pub(super) use sqlite::Sqlite;

/// A cell as a driver gives it, before it is seen as the property's kind.
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "no database gives every sort")
)]
enum Raw<'r> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'r str),
    /// JSON text that the database has checked, and written in its own form.
    Json(&'r str),
    Bytes(&'r [u8]),
    DateTime(DateTime<Utc>),
    Date(NaiveDate),
    Decimal(Decimal),
    Uuid(Uuid),
}

impl Raw<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::Json(_) => "JSON",
            Self::Bytes(_) => "bytes",
            Self::DateTime(_) => "a date and time",
            Self::Date(_) => "a day",
            Self::Decimal(_) => "a decimal",
            Self::Uuid(_) => "a UUID",
        }
    }

    fn value(self, kind: &Kind) -> Cell<Value> {
        let name = self.name();
        let bad = || wrong(kind, name);
        Ok(match (kind, self) {
            (_, Raw::Null) => Value::Null,
            (Kind::String, Raw::Text(text)) => Value::Text(text.to_owned()),
            (Kind::Enum(words), Raw::Text(text)) => {
                if !words.iter().any(|word| **word == *text) {
                    return Err(wrong(kind, "another word"));
                }
                Value::Text(text.to_owned())
            }
            (Kind::String, Raw::Uuid(id)) => Value::Text(id.to_string()),
            (Kind::Integer { .. }, Raw::Int(n)) => Value::Int(n),
            (Kind::Integer { .. }, Raw::Float(n)) if n.fract() == 0.0 && n.abs() < 9.0e15 => Value::Int(n as i64),
            (Kind::Number, Raw::Int(n)) => Value::Float(n as f64),
            (Kind::Number, Raw::Float(n)) => Value::Float(n),
            (Kind::Number, Raw::Decimal(n)) => Value::Float(n.to_string().parse().map_err(|_| bad())?),
            (Kind::Boolean, Raw::Bool(b)) => Value::Bool(b),
            (Kind::Boolean, Raw::Int(n @ (0 | 1))) => Value::Bool(n == 1),
            (Kind::DateTime, Raw::DateTime(at)) => Value::DateTime(crate::value::truncate_to_millis(at)),
            (Kind::DateTime, Raw::Text(text)) => Value::DateTime(parse_date_time(text).ok_or_else(bad)?),
            (Kind::DateTime, Raw::Date(day)) => Value::DateTime(day.and_hms_opt(0, 0, 0).ok_or_else(bad)?.and_utc()),
            (Kind::Date, Raw::Date(day)) => Value::Date(day),
            (Kind::Date, Raw::Text(text)) => Value::Date(parse_date(text).ok_or_else(bad)?),
            (Kind::Date, Raw::DateTime(at)) => Value::Date(at.date_naive()),
            (Kind::Decimal { .. }, Raw::Decimal(n)) => Value::Decimal(n.normalize()),
            (Kind::Decimal { .. }, Raw::Int(n)) => Value::Decimal(n.into()),
            (Kind::Decimal { .. }, Raw::Text(text)) => {
                Value::Decimal(text.parse::<Decimal>().map_err(|_| bad())?.normalize())
            }
            (Kind::Decimal { .. }, Raw::Float(n)) => {
                Value::Decimal(n.to_string().parse::<Decimal>().map_err(|_| bad())?.normalize())
            }
            (Kind::Uuid, Raw::Uuid(id)) => Value::Uuid(id),
            (Kind::Uuid, Raw::Text(text)) => Value::Uuid(text.parse().map_err(|_| bad())?),
            (Kind::Uuid, Raw::Bytes(bytes)) => Value::Uuid(Uuid::from_slice(bytes).map_err(|_| bad())?),
            (Kind::Bytes, Raw::Bytes(bytes)) => Value::Bytes(bytes.to_vec()),
            (kind, Raw::Json(text) | Raw::Text(text)) if kind.is_json() => match serde_json::from_str(text) {
                Ok(serde_json::Value::Null) => Value::Null,
                Ok(json) => Value::Json(json),
                Err(_) => return Err(CellError("the stored text is not JSON".into())),
            },
            (_, _) => return Err(bad()),
        })
    }

    /// The kinds of most cells go to bytes as they are; the rest takes the way over [`Value`].
    fn write_json(self, kind: &Kind, out: &mut Vec<u8>) -> Cell<()> {
        match (kind, self) {
            (_, Raw::Null) => out.extend_from_slice(b"null"),
            (Kind::String, Raw::Text(text)) => write_json_string(out, text),
            (Kind::Number, Raw::Float(n)) => crate::value::write_number(out, n),
            (Kind::DateTime, Raw::Text(text)) if crate::value::write_stored_date_time(text, out) => {}
            (kind, Raw::Json(text)) if kind.is_json() => match write_list(text, out) {
                true => {}
                false => write_json(out, &Raw::Json(text).value(kind)?),
            },
            (kind, Raw::Text(text)) if kind.is_json() => {
                // SQLite does not check JSON; what is broken must not break the answer.
                let raw: &serde_json::value::RawValue =
                    serde_json::from_str(text).map_err(|_| CellError("the stored text is not JSON".into()))?;
                out.extend_from_slice(raw.get().as_bytes());
            }
            (kind, raw) => write_json(out, &raw.value(kind)?),
        }
        Ok(())
    }
}

/// Writes a list of text, booleans and plain numbers as we write JSON: without the spaces that PostgreSQL and MySQL put
/// in. `false`, and nothing written, when it holds more: they order keys and write large numbers their own way.
fn write_list(text: &str, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let (mut in_text, mut escaped, mut digits) = (false, false, 0);
    for byte in text.bytes() {
        if in_text {
            (in_text, escaped) = (escaped || byte != b'"', !escaped && byte == b'\\');
        } else {
            digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
            match byte {
                b' ' => continue,
                b'"' => in_text = true,
                b'{' | b'.' | b'e' | b'E' => {
                    out.truncate(start);
                    return false;
                }
                _ if digits > 15 => {
                    out.truncate(start);
                    return false;
                }
                _ => {}
            }
        }
        out.push(byte);
    }
    true
}

/// The value of a named column of a row that SeaORM read; for plain SeaORM queries on a model.
pub(crate) fn read_named(result: &sea_orm::QueryResult, name: &str, kind: &Kind) -> Cell<Value> {
    fn position<R: sqlx::Row>(row: &R, name: &str) -> Cell<usize> {
        use sqlx::Column as _;
        let found = row.columns().iter().position(|column| column.name() == name);
        found.ok_or_else(|| CellError(format!("the row has no column `{name}`")))
    }
    #[cfg(feature = "sqlite")]
    if let Some(row) = result.try_as_sqlite_row() {
        return Sqlite(row).value(position(row, name)?, kind);
    }
    #[cfg(feature = "postgres")]
    if let Some(row) = result.try_as_pg_row() {
        return Postgres(row).value(position(row, name)?, kind);
    }
    #[cfg(feature = "mysql")]
    if let Some(row) = result.try_as_mysql_row() {
        return MySql(row).value(position(row, name)?, kind);
    }
    Err(CellError("a row of an unknown driver".into()))
}
