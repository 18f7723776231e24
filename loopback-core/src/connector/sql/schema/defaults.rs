//! The DEFAULT clause of a column, as the column stores the value.

use super::dialect::Dialect;
use crate::graph::{Default, Kind, PropertyNode};
use crate::value::{Value, storage_date_time};
use chrono::{DateTime, Utc};

/// Whether the database can give the property a value by itself.
pub(super) fn has_default(property: &PropertyNode) -> bool {
    // The type matters to the form of the clause only.
    default_of(Dialect::Sqlite, property, "", None).is_some()
}

/// The default of a column of a type, without the word DEFAULT. What the engine alone can make (UUIDs, functions) has
/// none.
pub(super) fn default_of(
    dialect: Dialect,
    property: &PropertyNode,
    sql_type: &str,
    moment: Option<DateTime<Utc>>,
) -> Option<String> {
    match &property.default {
        Default::Literal(value) => literal(dialect, value, sql_type),
        Default::Now => Some(now(dialect, property.kind == Kind::Date, moment)),
        Default::None | Default::Uuid | Default::Function(_) => None,
    }
}

fn literal(dialect: Dialect, value: &Value, sql_type: &str) -> Option<String> {
    let mysql = dialect.is_mysql();
    Some(match value {
        Value::Null => return None,
        Value::Bool(b) if dialect == Dialect::Postgres => b.to_string(),
        Value::Bool(b) => u8::from(*b).to_string(),
        Value::Int(n) => n.to_string(),
        Value::Float(n) if n.is_finite() => format!("{n:?}"),
        Value::Float(_) => return None,
        // MySQL takes expressions only, in brackets, as defaults of unbounded columns.
        Value::Text(text) if mysql && !sql_type.starts_with("VARCHAR") => format!("({})", dialect.text(text)),
        Value::Text(text) => dialect.text(text),
        Value::DateTime(at) => match dialect {
            Dialect::Sqlite => dialect.text(&storage_date_time(at)),
            Dialect::Postgres => format!("{}::timestamptz", dialect.text(&at.format("%FT%T%.3fZ").to_string())),
            Dialect::MySql { .. } => dialect.text(&at.format("%F %T%.3f").to_string()),
        },
        Value::Date(day) => dialect.text(&day.format("%F").to_string()),
        Value::Decimal(n) if dialect == Dialect::Sqlite => dialect.text(&n.to_string()),
        Value::Decimal(n) => n.to_string(),
        Value::Uuid(id) if dialect == Dialect::Postgres => format!("{}::uuid", dialect.text(&id.to_string())),
        Value::Uuid(id) if mysql => format!("({})", dialect.bytes(id.as_bytes())),
        Value::Uuid(id) => dialect.bytes(id.as_bytes()),
        Value::Bytes(bytes) if mysql => format!("({})", dialect.bytes(bytes)),
        Value::Bytes(bytes) => dialect.bytes(bytes),
        Value::Json(json) => match dialect {
            Dialect::Sqlite => dialect.text(&json.to_string()),
            Dialect::Postgres => format!("{}::jsonb", dialect.text(&json.to_string())),
            Dialect::MySql { .. } => format!("({})", dialect.text(&json.to_string())),
        },
    })
}

fn now(dialect: Dialect, day: bool, moment: Option<DateTime<Utc>>) -> String {
    match (dialect, moment) {
        (Dialect::Sqlite, Some(at)) if day => dialect.text(&at.format("%F").to_string()),
        (Dialect::Sqlite, Some(at)) => dialect.text(&storage_date_time(&at)),
        (Dialect::Sqlite, None) if day => "(date('now'))".into(),
        // A stored date has no fraction when the milliseconds are 0, see `storage_date_time`.
        (Dialect::Sqlite, None) => "(replace(strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'), '.000+', '+'))".into(),
        (Dialect::Postgres, _) if day => "((now() AT TIME ZONE 'UTC')::date)".into(),
        (Dialect::Postgres, _) => "date_trunc('milliseconds', now())".into(),
        // The sessions of the pool are in UTC.
        (Dialect::MySql { .. }, _) if day => "(CURRENT_DATE)".into(),
        (Dialect::MySql { .. }, _) => "CURRENT_TIMESTAMP(3)".into(),
    }
}
