//! LoopBack's GeoPoint.

use super::{PropertyType, TypeError, Value};
use crate::meta::KindDef;
use serde_json::json;

/// A place on earth: `{"lat": 59.9, "lng": 10.7}` in JSON.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeoPoint {
    /// Latitude, degrees, -90 to 90.
    pub lat: f64,
    /// Longitude, degrees, -180 to 180.
    pub lng: f64,
}

impl GeoPoint {
    /// A point; `None` when a coordinate is out of range or not a number.
    pub fn new(lat: f64, lng: f64) -> Option<Self> {
        ((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lng)).then_some(Self { lat, lng })
    }

    /// Reads `{"lat", "lng"}`, `[lat, lng]` or `"lat,lng"`, as LoopBack does. Numbers may be text.
    pub fn from_json(json: &serde_json::Value) -> Option<Self> {
        use serde_json::Value as Json;
        fn number(json: &Json) -> Option<f64> {
            match json {
                Json::Number(n) => n.as_f64(),
                Json::String(text) => text.trim().parse().ok(),
                _ => None,
            }
        }
        match json {
            Json::Object(map) => Self::new(number(map.get("lat")?)?, number(map.get("lng")?)?),
            Json::Array(list) => match list.as_slice() {
                [lat, lng] => Self::new(number(lat)?, number(lng)?),
                _ => None,
            },
            Json::String(text) => {
                let (lat, lng) = text.split_once(',')?;
                Self::new(lat.trim().parse().ok()?, lng.trim().parse().ok()?)
            }
            _ => None,
        }
    }

    /// Its JSON; whole degrees without a fraction.
    pub fn to_json(self) -> serde_json::Value {
        json!({ "lat": Value::Float(self.lat).to_json(), "lng": Value::Float(self.lng).to_json() })
    }
}

impl PropertyType for GeoPoint {
    const KIND: KindDef = KindDef::GeoPoint;
    const HOLDS_ALL: bool = true;

    fn into_value(self) -> Value {
        Value::Json(self.to_json())
    }

    fn from_value(value: Value) -> Result<Self, TypeError> {
        match &value {
            Value::Json(json) => Self::from_json(json).ok_or_else(|| TypeError::expected("a geo point", &value)),
            _ => Err(TypeError::expected("a geo point", &value)),
        }
    }
}
