//! The engine's values, and the only place where JSON meets typed values.

mod coerce;
mod date;
mod geo;
mod json;
mod property_type;

pub use coerce::{CoerceError, coerce, coerce_text};
pub(crate) use coerce::{finite, fits};
pub(crate) use date::write_stored_date_time;
pub use date::{format_date_time, parse_date, parse_date_time, storage_date_time, truncate_to_millis};
pub use geo::{GeoPoint, Unit};
pub(crate) use json::stored;
pub use json::{write_json, write_json_string, write_number};
pub use property_type::{IntoProperty, PropertyType, TypeError};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

/// A value of a property, on its way between JSON, Rust types and a database.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A double; never NaN or infinite when it comes from a client.
    Float(f64),
    /// Text, also of an enum.
    Text(String),
    /// A moment in UTC.
    DateTime(DateTime<Utc>),
    /// A day.
    Date(NaiveDate),
    /// A decimal number.
    Decimal(Decimal),
    /// A UUID.
    Uuid(Uuid),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list, an object, a geo point or anything else that is stored as JSON.
    Json(serde_json::Value),
}

impl Value {
    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The JSON of it, as a client reads it.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null => Json::Null,
            Self::Bool(b) => Json::Bool(*b),
            Self::Int(n) => Json::from(*n),
            Self::Float(n) if n.fract() == 0.0 && n.abs() < 9.0e15 => Json::from(*n as i64),
            Self::Float(n) => Json::from(*n),
            Self::Text(text) => Json::String(text.clone()),
            Self::DateTime(at) => Json::String(format_date_time(at)),
            Self::Date(day) => Json::String(day.format("%Y-%m-%d").to_string()),
            Self::Decimal(n) => Json::String(n.to_string()),
            Self::Uuid(id) => Json::String(id.to_string()),
            Self::Bytes(bytes) => Json::String(json::base64(bytes)),
            Self::Json(json) => json.clone(),
        }
    }
}

/// The values of some or all properties of a row, by the property's index. `None`: not set, or not selected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    values: Vec<Option<Value>>,
    /// The rows that an include brought, by the relation's index.
    related: Vec<(usize, Vec<Row>)>,
}

impl Row {
    /// A row of a model with so many properties, nothing set.
    pub fn new(width: usize) -> Self {
        Self { values: vec![None; width], related: Vec::new() }
    }

    /// The number of properties.
    pub fn width(&self) -> usize {
        self.values.len()
    }

    /// The value of a property, when it is set.
    pub fn get(&self, at: usize) -> Option<&Value> {
        self.values.get(at)?.as_ref()
    }

    /// Sets a property.
    pub fn set(&mut self, at: usize, value: Value) {
        if at >= self.values.len() {
            self.values.resize(at + 1, None);
        }
        self.values[at] = Some(value);
    }

    /// Takes the value of a property out.
    pub fn take(&mut self, at: usize) -> Option<Value> {
        self.values.get_mut(at)?.take()
    }

    /// The properties that are set.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Value)> {
        self.values.iter().enumerate().filter_map(|(at, value)| Some((at, value.as_ref()?)))
    }

    /// The rows that an include brought for a relation; `None`: it was not included.
    pub fn related(&self, relation: usize) -> Option<&[Row]> {
        self.related.iter().find(|(at, _)| *at == relation).map(|(_, rows)| rows.as_slice())
    }

    /// Takes the rows that an include brought for a relation out.
    pub fn take_related(&mut self, relation: usize) -> Option<Vec<Row>> {
        let found = self.related.iter().position(|(at, _)| *at == relation)?;
        Some(self.related.swap_remove(found).1)
    }

    /// Keeps the rows that an include brought for a relation.
    pub fn set_related(&mut self, relation: usize, rows: Vec<Row>) {
        self.take_related(relation);
        self.related.push((relation, rows));
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }
}
