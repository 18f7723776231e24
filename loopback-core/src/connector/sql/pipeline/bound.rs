//! Arguments of statements, as PostgreSQL takes them.

use crate::connector::sql::bind::Plain;
use crate::connector::sql::text::{Arg, ArgKind};
use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

impl ArgKind {
    pub(super) fn postgres(self) -> Type {
        match self {
            Self::Text => Type::TEXT,
            Self::Integer => Type::INT8,
            Self::Number => Type::FLOAT8,
            Self::Boolean => Type::BOOL,
            Self::DateTime => Type::TIMESTAMPTZ,
            Self::Date => Type::DATE,
            Self::Decimal => Type::NUMERIC,
            Self::Uuid => Type::UUID,
            Self::Bytes => Type::BYTEA,
            Self::Json => Type::JSONB,
        }
    }
}

/// An argument in PostgreSQL's binary form.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) &'a Arg<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self.0.plain() {
            Plain::Null => return Ok(IsNull::Yes),
            Plain::Bool(b) => out.put_u8(b.into()),
            Plain::Int(n) => out.put_i64(n),
            Plain::Float(n) => out.put_f64(n),
            Plain::Text(text) => out.put_slice(text.as_bytes()),
            Plain::Json(text) => {
                // The version of JSONB's binary form.
                out.put_u8(1);
                out.put_slice(text.as_bytes());
            }
            // Both count from 2000-01-01.
            Plain::DateTime(at) => out.put_i64(at.timestamp_micros() - 946_684_800_000_000),
            Plain::Date(day) => out.put_i32(day.to_epoch_days() - 10_957),
            Plain::Decimal(n) => return n.to_sql(kind, out),
            Plain::Uuid(id) => out.put_slice(id.as_bytes()),
            Plain::Bytes(bytes) => out.put_slice(bytes),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
