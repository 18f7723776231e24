//! Rows of SQLite.

use super::{Cell, Raw, driver};
use crate::connector::Cells;
use crate::graph::Kind;
use crate::value::Value;
use sea_orm::sqlx::{self, Decode, Row as _, TypeInfo as _, ValueRef as _};

/// A row of SQLite.
pub(in crate::connector::sql) struct Sqlite<'r>(pub(in crate::connector::sql) &'r sqlx::sqlite::SqliteRow);

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
