//! Rows of PostgreSQL, from the pool and from the pipeline.

use super::{Cell, Raw, driver, wrong};
use crate::connector::{CellError, Cells};
use crate::graph::Kind;
use crate::value::Value;
use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use sea_orm::sqlx::{self, Row as _, ValueRef as _};
use uuid::Uuid;

/// A row of PostgreSQL.
pub(in crate::connector::sql) struct Postgres<'r>(pub(in crate::connector::sql) &'r sqlx::postgres::PgRow);

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
pub(in crate::connector::sql) struct Pipelined<'r>(pub(in crate::connector::sql) &'r tokio_postgres::Row);

struct Bytes<'r>(&'r [u8]);

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

impl Cells for Pipelined<'_> {
    cells!();
}

impl Cells for Postgres<'_> {
    cells!();
}
