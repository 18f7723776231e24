//! Values as arguments of sqlx and of SeaORM.

use super::Backend;
use super::text::{Arg, ArgKind, ArgValue, Sql};
use crate::value::{Value, storage_date_time, truncate_to_millis};
use sea_orm::sqlx::Arguments;

/// A value that could not be handed to the driver: our fault.
type Bound<A> = Result<A, sea_orm::sqlx::error::BoxDynError>;

/// The argument's value in the form that both drivers take.
pub(super) enum Plain<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    Json(String),
    DateTime(chrono::DateTime<chrono::Utc>),
    Date(chrono::NaiveDate),
    Decimal(rust_decimal::Decimal),
    Uuid(uuid::Uuid),
    Bytes(&'a [u8]),
}

impl Arg<'_> {
    pub(super) fn plain(&self) -> Plain<'_> {
        let value = match &self.value {
            ArgValue::Text(text) => return Plain::Text(text),
            ArgValue::Float(n) => return Plain::Float(*n),
            ArgValue::Ref(value) => *value,
        };
        match (self.kind, value) {
            (_, Value::Null) => Plain::Null,
            (ArgKind::Json, Value::Json(json)) => Plain::Json(json.to_string()),
            (ArgKind::Json, other) => Plain::Json(other.to_json().to_string()),
            (ArgKind::Number, Value::Int(n)) => Plain::Float(*n as f64),
            (_, Value::Bool(b)) => Plain::Bool(*b),
            (_, Value::Int(n)) => Plain::Int(*n),
            (_, Value::Float(n)) => Plain::Float(*n),
            (_, Value::Text(text)) => Plain::Text(text),
            // A time is compared as it is stored: with milliseconds.
            (_, Value::DateTime(at)) => Plain::DateTime(truncate_to_millis(*at)),
            (_, Value::Date(day)) => Plain::Date(*day),
            (_, Value::Decimal(n)) => Plain::Decimal(*n),
            (_, Value::Uuid(id)) => Plain::Uuid(*id),
            (_, Value::Bytes(bytes)) => Plain::Bytes(bytes),
            (_, Value::Json(json)) => Plain::Json(json.to_string()),
        }
    }
}

impl Sql<'_> {
    /// The arguments for sqlx on SQLite.
    #[cfg(feature = "sqlite")]
    pub(super) fn sqlite(&self) -> Bound<sea_orm::sqlx::sqlite::SqliteArguments> {
        let mut bound = sea_orm::sqlx::sqlite::SqliteArguments::default();
        for arg in &self.args {
            match arg.plain() {
                Plain::Null => bound.add(None::<i64>)?,
                Plain::Bool(b) => bound.add(b)?,
                Plain::Int(n) => bound.add(n)?,
                Plain::Float(n) => bound.add(n)?,
                Plain::Text(text) => bound.add(text.to_owned())?,
                Plain::Json(text) => bound.add(text)?,
                Plain::DateTime(at) => bound.add(storage_date_time(&at))?,
                Plain::Date(day) => bound.add(day.format("%Y-%m-%d").to_string())?,
                Plain::Decimal(n) => bound.add(n.normalize().to_string())?,
                Plain::Uuid(id) => bound.add(id.into_bytes().to_vec())?,
                Plain::Bytes(bytes) => bound.add(bytes.to_vec())?,
            }
        }
        Ok(bound)
    }

    /// The arguments for sqlx on PostgreSQL.
    #[cfg(feature = "postgres")]
    pub(super) fn postgres(&self) -> Bound<sea_orm::sqlx::postgres::PgArguments> {
        let mut bound = sea_orm::sqlx::postgres::PgArguments::default();
        for arg in &self.args {
            match arg.plain() {
                // The type of a NULL must be the column's, or PostgreSQL refuses the statement.
                Plain::Null => match arg.kind {
                    ArgKind::Text => bound.add(None::<String>)?,
                    ArgKind::Integer => bound.add(None::<i64>)?,
                    ArgKind::Number => bound.add(None::<f64>)?,
                    ArgKind::Boolean => bound.add(None::<bool>)?,
                    ArgKind::DateTime => bound.add(None::<chrono::DateTime<chrono::Utc>>)?,
                    ArgKind::Date => bound.add(None::<chrono::NaiveDate>)?,
                    ArgKind::Decimal => bound.add(None::<rust_decimal::Decimal>)?,
                    ArgKind::Uuid => bound.add(None::<uuid::Uuid>)?,
                    ArgKind::Bytes => bound.add(None::<Vec<u8>>)?,
                    ArgKind::Json => bound.add(None::<sea_orm::sqlx::types::Json<bool>>)?,
                },
                Plain::Bool(b) => bound.add(b)?,
                Plain::Int(n) => bound.add(n)?,
                Plain::Float(n) => bound.add(n)?,
                Plain::Text(text) => bound.add(text)?,
                Plain::Json(text) => {
                    let raw = serde_json::value::RawValue::from_string(text)?;
                    bound.add(sea_orm::sqlx::types::Json(raw))?;
                }
                Plain::DateTime(at) => bound.add(at)?,
                Plain::Date(day) => bound.add(day)?,
                Plain::Decimal(n) => bound.add(n)?,
                Plain::Uuid(id) => bound.add(id)?,
                Plain::Bytes(bytes) => bound.add(bytes)?,
            }
        }
        Ok(bound)
    }

    /// The arguments for sqlx on MySQL and MariaDB.
    #[cfg(feature = "mysql")]
    pub(super) fn mysql(&self) -> Bound<sea_orm::sqlx::mysql::MySqlArguments> {
        let mut bound = sea_orm::sqlx::mysql::MySqlArguments::default();
        for arg in &self.args {
            match arg.plain() {
                Plain::Null => bound.add(None::<i64>)?,
                Plain::Bool(b) => bound.add(b)?,
                Plain::Int(n) => bound.add(n)?,
                Plain::Float(n) => bound.add(n)?,
                Plain::Text(text) => bound.add(text)?,
                Plain::Json(text) => bound.add(text)?,
                Plain::DateTime(at) => bound.add(at.naive_utc())?,
                Plain::Date(day) => bound.add(day)?,
                Plain::Decimal(n) => bound.add(n)?,
                Plain::Uuid(id) => bound.add(id.into_bytes().to_vec())?,
                Plain::Bytes(bytes) => bound.add(bytes)?,
            }
        }
        Ok(bound)
    }

    /// The arguments for a statement of SeaORM, in a transaction.
    pub(super) fn sea_orm(&self, sqlite: bool) -> Vec<sea_orm::Value> {
        use sea_orm::Value as Sea;
        self.args
            .iter()
            .map(|arg| match arg.plain() {
                Plain::Null => match arg.kind {
                    ArgKind::Text => Sea::String(None),
                    ArgKind::Integer => Sea::BigInt(None),
                    ArgKind::Number => Sea::Double(None),
                    ArgKind::Boolean => Sea::Bool(None),
                    ArgKind::DateTime => Sea::ChronoDateTimeUtc(None),
                    ArgKind::Date => Sea::ChronoDate(None),
                    ArgKind::Decimal => Sea::Decimal(None),
                    ArgKind::Uuid => Sea::Uuid(None),
                    ArgKind::Bytes => Sea::Bytes(None),
                    ArgKind::Json => Sea::Json(None),
                },
                Plain::Bool(b) => b.into(),
                Plain::Int(n) => n.into(),
                Plain::Float(n) => n.into(),
                Plain::Text(text) => text.into(),
                Plain::Json(text) if sqlite => text.into(),
                Plain::Json(text) => {
                    serde_json::from_str::<serde_json::Value>(&text).map_or(Sea::Json(None), Sea::from)
                }
                Plain::DateTime(at) if sqlite => storage_date_time(&at).into(),
                // With a time zone SeaORM binds a TIMESTAMP, and MariaDB makes NULL of one before 1970.
                Plain::DateTime(at) if self.backend == Backend::MySql => at.naive_utc().into(),
                Plain::DateTime(at) => at.into(),
                Plain::Date(day) if sqlite => day.format("%Y-%m-%d").to_string().into(),
                Plain::Date(day) => day.into(),
                Plain::Decimal(n) if sqlite => n.normalize().to_string().into(),
                Plain::Decimal(n) => n.into(),
                Plain::Uuid(id) => id.into(),
                Plain::Bytes(bytes) => bytes.to_vec().into(),
            })
            .collect()
    }
}
