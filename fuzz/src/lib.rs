//! The model that the targets work on: a property of every kind, one hidden, and room for properties without a column.

use loopback::prelude::*;

/// A word of a closed list.
#[derive(Clone, Copy, Debug, PartialEq, PropertyType)]
pub enum Tier {
    Basic,
    Gold,
}

/// A nested struct.
#[derive(Clone, Debug, PartialEq, PropertyType)]
pub struct Dims {
    pub width: f64,
    pub tier: Option<Tier>,
}

/// One property of each kind.
#[model(strict = false, plural = "things", force_id = false)]
pub struct Thing {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(max = 20))]
    pub text: Option<String>,
    pub number: Option<f64>,
    pub whole: Option<i32>,
    pub exact: Option<Decimal>,
    pub at: Option<DateTime<Utc>>,
    pub day: Option<NaiveDate>,
    pub flag: Option<bool>,
    pub uuid: Option<Uuid>,
    pub tier: Option<Tier>,
    pub bytes: Option<Vec<u8>>,
    pub meta: Option<serde_json::Value>,
    pub words: Option<Vec<String>>,
    pub dims: Option<Dims>,
    pub place: Option<GeoPoint>,
    #[property(hidden)]
    pub secret: Option<String>,
}

/// Its id is the client's to give.
#[model(plural = "names")]
pub struct Name {
    #[property(id)]
    pub name: String,
    pub note: Option<String>,
}
