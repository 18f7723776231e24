//! Property types of the application's own.

use loopback::meta::KindDef;
use loopback::prelude::*;
use loopback::value::{PropertyType, TypeError, Value};

/// Stored as text: `"basic"`, `"gold"`.
#[derive(Clone, Copy, Debug, PartialEq, PropertyType)]
pub enum Tier {
    Basic,
    Gold,
}

/// Stored as JSON: `{"street": "Markveien 1", "postCode": "0554"}`.
#[derive(Clone, Debug, PartialEq, PropertyType)]
pub struct Address {
    pub street: String,
    pub post_code: Option<String>,
}

/// Stored as an integer from 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percent(pub i64);

impl PropertyType for Percent {
    const KIND: KindDef = KindDef::Integer { min: 0, max: 100 };

    fn into_value(self) -> Value {
        Value::Int(self.0)
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        i64::from_value(value).map(Percent)
    }
}
