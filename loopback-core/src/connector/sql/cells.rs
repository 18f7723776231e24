//! Rows of each driver as [`Cells`]: decoded in place, a stored value of another kind is an error, never a default.

use crate::connector::{CellError, Cells};
use crate::graph::Kind;
use crate::value::{Value, parse_date, parse_date_time, write_json, write_json_string};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rust_decimal::Decimal;
use sea_orm::sqlx;
use sqlx::{Decode, Row as _, TypeInfo as _, ValueRef as _};
use uuid::Uuid;

type Cell<T> = Result<T, CellError>;

fn wrong(kind: &Kind, stored: &str) -> CellError {
    CellError(format!("the stored value is {stored}, expected {}", kind.describe()))
}

fn driver(error: impl std::fmt::Display) -> CellError {
    CellError(error.to_string())
}

/// A cell as a driver gives it, before it is seen as the property's kind.
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
            (Kind::String | Kind::Enum(_), Raw::Text(text)) => Value::Text(text.to_owned()),
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
            (Kind::DateTime, Raw::Date(day)) => {
                Value::DateTime(day.and_hms_opt(0, 0, 0).ok_or_else(bad)?.and_utc())
            }
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

/// A row of SQLite.
pub(super) struct Sqlite<'r>(pub(super) &'r sqlx::sqlite::SqliteRow);

impl Sqlite<'_> {
    fn raw(&self, at: usize, _: &Kind) -> Cell<Raw<'_>> {
        let value = self.0.try_get_raw(at).map_err(driver)?;
        if value.is_null() {
            return Ok(Raw::Null);
        }
        // The type of the value, not of the column: SQLite stores what it is given.
        // INTEGER or BOOLEAN, REAL, BLOB, TEXT: the first letters tell, and this is asked for every cell.
        Ok(match value.type_info().name().as_bytes() {
            [b'I', ..] | [b'B', b'O', ..] => Raw::Int(Decode::<sqlx::Sqlite>::decode(value).map_err(driver)?),
            [b'R', ..] => Raw::Float(Decode::<sqlx::Sqlite>::decode(value).map_err(driver)?),
            [b'B', ..] => Raw::Bytes(Decode::<sqlx::Sqlite>::decode(value).map_err(driver)?),
            _ => Raw::Text(Decode::<sqlx::Sqlite>::decode(value).map_err(driver)?),
        })
    }
}

impl Cells for Sqlite<'_> {
    cells!();
}

/// A row of PostgreSQL.
#[cfg(feature = "postgres")]
pub(super) struct Postgres<'r>(pub(super) &'r sqlx::postgres::PgRow);

#[cfg(feature = "postgres")]
impl Postgres<'_> {
    fn raw(&self, at: usize, kind: &Kind) -> Cell<Raw<'_>> {
        let value = self.0.try_get_raw(at).map_err(driver)?;
        if value.is_null() {
            return Ok(Raw::Null);
        }
        let oid = value.type_info().oid().map_or(0, |oid| oid.0);
        postgres_raw(oid, value.as_bytes().map_err(driver)?, kind)
    }
}

/// A value of PostgreSQL in its binary form: every statement of ours is prepared, so there is no other.
#[cfg(feature = "postgres")]
fn postgres_raw<'r>(oid: u32, bytes: &'r [u8], kind: &Kind) -> Cell<Raw<'r>> {
    fn fixed<const N: usize>(bytes: &[u8]) -> Cell<[u8; N]> {
        bytes.try_into().map_err(|_| CellError("the database sent a value of another length".into()))
    }
    let text = |bytes| std::str::from_utf8(bytes).map_err(driver);
    let beyond = || CellError("the stored date is beyond the years that a date can have".into());
    // PostgreSQL counts from 2000-01-01.
    let date_time = |micros: i64| {
        let micros = micros.checked_add(946_684_800_000_000).ok_or_else(beyond)?;
        DateTime::from_timestamp_micros(micros).ok_or_else(beyond)
    };
    Ok(match oid {
        25 | 1042 | 1043 | 19 => Raw::Text(text(bytes)?),
        114 => Raw::Json(text(bytes)?),
        3802 => Raw::Json(text(bytes.get(1..).unwrap_or_default())?),
        16 => Raw::Bool(bytes == [1]),
        20 => Raw::Int(i64::from_be_bytes(fixed(bytes)?)),
        23 => Raw::Int(i32::from_be_bytes(fixed(bytes)?).into()),
        21 => Raw::Int(i16::from_be_bytes(fixed(bytes)?).into()),
        701 => Raw::Float(f64::from_be_bytes(fixed(bytes)?)),
        700 => Raw::Float(f32::from_be_bytes(fixed(bytes)?).into()),
        17 => Raw::Bytes(bytes),
        2950 => Raw::Uuid(Uuid::from_slice(bytes).map_err(driver)?),
        1184 | 1114 => Raw::DateTime(date_time(i64::from_be_bytes(fixed(bytes)?))?),
        1082 => {
            let days = i32::from_be_bytes(fixed(bytes)?).checked_add(10_957).ok_or_else(beyond)?;
            Raw::Date(NaiveDate::from_epoch_days(days).ok_or_else(beyond)?)
        }
        1700 => {
            use tokio_postgres::types::{FromSql, Type};
            Raw::Decimal(Decimal::from_sql(&Type::NUMERIC, bytes).map_err(driver)?)
        }
        _ => return Err(wrong(kind, &format!("of the type with OID {oid}"))),
    })
}

/// A row of PostgreSQL, from the pipeline.
#[cfg(feature = "postgres")]
pub(super) struct Pipelined<'r>(pub(super) &'r tokio_postgres::Row);

#[cfg(feature = "postgres")]
struct Bytes<'r>(&'r [u8]);

#[cfg(feature = "postgres")]
impl<'r> tokio_postgres::types::FromSql<'r> for Bytes<'r> {
    fn from_sql(
        _: &tokio_postgres::types::Type,
        bytes: &'r [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(bytes))
    }

    fn accepts(_: &tokio_postgres::types::Type) -> bool {
        true
    }
}

#[cfg(feature = "postgres")]
impl Pipelined<'_> {
    fn raw(&self, at: usize, kind: &Kind) -> Cell<Raw<'_>> {
        match self.0.try_get::<_, Option<Bytes<'_>>>(at).map_err(driver)? {
            None => Ok(Raw::Null),
            Some(Bytes(bytes)) => {
                let oid = self.0.columns().get(at).map_or(0, |column| column.type_().oid());
                postgres_raw(oid, bytes, kind)
            }
        }
    }
}

#[cfg(feature = "postgres")]
impl Cells for Pipelined<'_> {
    cells!();
}

#[cfg(feature = "postgres")]
impl Cells for Postgres<'_> {
    cells!();
}

/// A row of MySQL or MariaDB.
#[cfg(feature = "mysql")]
pub(super) struct MySql<'r>(pub(super) &'r sqlx::mysql::MySqlRow);

#[cfg(feature = "mysql")]
impl MySql<'_> {
    fn raw(&self, at: usize, kind: &Kind) -> Cell<Raw<'_>> {
        let value = self.0.try_get_raw(at).map_err(driver)?;
        if value.is_null() {
            return Ok(Raw::Null);
        }
        let info = value.type_info();
        let unsigned = info.name().ends_with("UNSIGNED");
        Ok(match info.name() {
            "BOOLEAN" => Raw::Int(<i8 as Decode<sqlx::MySql>>::decode(value).map_err(driver)?.into()),
            name if name.contains("INT") && unsigned => {
                let n = <u64 as Decode<sqlx::MySql>>::decode(value).map_err(driver)?;
                Raw::Int(i64::try_from(n).map_err(|_| wrong(kind, "an integer above 63 bits"))?)
            }
            name if name.contains("INT") => Raw::Int(Decode::<sqlx::MySql>::decode(value).map_err(driver)?),
            "DOUBLE" => Raw::Float(Decode::<sqlx::MySql>::decode(value).map_err(driver)?),
            "FLOAT" => Raw::Float(<f32 as Decode<sqlx::MySql>>::decode(value).map_err(driver)?.into()),
            "DECIMAL" => Raw::Decimal(Decode::<sqlx::MySql>::decode(value).map_err(driver)?),
            "DATETIME" | "TIMESTAMP" => {
                Raw::DateTime(<NaiveDateTime as Decode<sqlx::MySql>>::decode(value).map_err(driver)?.and_utc())
            }
            "DATE" => Raw::Date(Decode::<sqlx::MySql>::decode(value).map_err(driver)?),
            // MariaDB's JSON is text with a check, and is announced as text or as bytes by its collation.
            "JSON" => Raw::Json(self.0.try_get_unchecked(at).map_err(driver)?),
            _ if kind.is_json() => Raw::Text(self.0.try_get_unchecked(at).map_err(driver)?),
            _ if kind.is_text() => Raw::Text(self.0.try_get_unchecked(at).map_err(driver)?),
            "VARCHAR" | "TEXT" | "CHAR" | "LONGTEXT" | "MEDIUMTEXT" | "TINYTEXT" | "ENUM" => {
                Raw::Text(self.0.try_get_unchecked(at).map_err(driver)?)
            }
            name if name.contains("BLOB") || name.contains("BINARY") => {
                Raw::Bytes(self.0.try_get_unchecked(at).map_err(driver)?)
            }
            name => return Err(wrong(kind, &format!("of the type {name}"))),
        })
    }
}

#[cfg(feature = "mysql")]
impl Cells for MySql<'_> {
    cells!();
}

/// The value of a named column of a row that SeaORM read; for plain SeaORM queries on a model.
pub(crate) fn read_named(result: &sea_orm::QueryResult, name: &str, kind: &Kind) -> Cell<Value> {
    fn position<R: sqlx::Row>(row: &R, name: &str) -> Cell<usize> {
        use sqlx::Column as _;
        let found = row.columns().iter().position(|column| column.name() == name);
        found.ok_or_else(|| CellError(format!("the row has no column `{name}`")))
    }
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
