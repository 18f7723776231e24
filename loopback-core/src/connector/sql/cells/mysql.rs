//! Rows of MySQL and MariaDB.

use super::{Cell, Raw, driver, wrong};
use crate::connector::Cells;
use crate::graph::Kind;
use crate::value::Value;
use chrono::NaiveDateTime;
use sea_orm::sqlx::{self, Decode, Row as _, TypeInfo as _, ValueRef as _};

/// A row of MySQL or MariaDB.
pub(in crate::connector::sql) struct MySql<'r>(pub(in crate::connector::sql) &'r sqlx::mysql::MySqlRow);

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

impl Cells for MySql<'_> {
    cells!();
}
