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

    /// How far another point is, on a sphere, as LoopBack counts it.
    pub fn distance_to(self, other: Self, unit: Unit) -> f64 {
        2.0 * self.haversine(other).sqrt().min(1.0).asin() * unit.radius()
    }

    /// The square of the sine of half the angle between two points: it grows with the distance, and needs no more
    /// than what every database has.
    pub(crate) fn haversine(self, other: Self) -> f64 {
        let half = |a: f64| (a.to_radians() / 2.0).sin().powi(2);
        let cosines = self.lat.to_radians().cos() * other.lat.to_radians().cos();
        half(other.lat - self.lat) + cosines * half(other.lng - self.lng)
    }

    /// Its JSON; whole degrees without a fraction.
    pub fn to_json(self) -> serde_json::Value {
        json!({ "lat": Value::Float(self.lat).to_json(), "lng": Value::Float(self.lng).to_json() })
    }
}

/// What distances on earth are counted in. The radius of the earth in each is LoopBack's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are LoopBack's units")]
pub enum Unit {
    Kilometers,
    Meters,
    #[default]
    Miles,
    Feet,
    Radians,
    Degrees,
}

impl Unit {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Kilometers, Self::Meters, Self::Miles, Self::Feet, Self::Radians, Self::Degrees];

    /// Its name: `kilometers`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kilometers => "kilometers",
            Self::Meters => "meters",
            Self::Miles => "miles",
            Self::Feet => "feet",
            Self::Radians => "radians",
            Self::Degrees => "degrees",
        }
    }

    /// The unit of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name)
    }

    /// The radius of the earth.
    fn radius(self) -> f64 {
        match self {
            Self::Kilometers => 6370.99056,
            Self::Meters => 6_370_990.56,
            Self::Miles => 3958.75,
            Self::Feet => 20_902_200.0,
            Self::Radians => 1.0,
            Self::Degrees => 57.295_779_5,
        }
    }

    /// The angle that a distance is.
    pub(crate) fn to_radians(self, distance: f64) -> f64 {
        distance / self.radius()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_loopbacks() {
        let (oslo, bergen) = (GeoPoint { lat: 59.9139, lng: 10.7522 }, GeoPoint { lat: 60.3913, lng: 5.3221 });
        let close = |a: f64, b: f64| (a - b).abs() < b * 1e-9;
        // As `GeoPoint.distanceBetween` of loopback-datasource-juggler answers.
        let kilometers = oslo.distance_to(bergen, Unit::Kilometers);
        assert!((304.0..306.0).contains(&kilometers), "{kilometers}");
        for (unit, factor) in [
            (Unit::Meters, 1000.0),
            (Unit::Miles, 3958.75 / 6370.99056),
            (Unit::Feet, 20_902_200.0 / 6370.99056),
            (Unit::Radians, 1.0 / 6370.99056),
            (Unit::Degrees, 57.295_779_5 / 6370.99056),
        ] {
            assert!(close(oslo.distance_to(bergen, unit), kilometers * factor), "{unit:?}");
            assert_eq!(Unit::of_name(unit.name()), Some(unit));
        }
        let degree = GeoPoint { lat: 0.0, lng: 1.0 }.distance_to(GeoPoint { lat: 0.0, lng: 0.0 }, Unit::Degrees);
        assert!((degree - 1.0).abs() < 1e-8, "{degree}");
    }

    #[test]
    fn opposite_points_are_half_the_circumference_apart() {
        for lat in [-90.0, -12.3, 0.0, 45.0] {
            let (here, there) = (GeoPoint { lat, lng: 10.0 }, GeoPoint { lat: -lat, lng: -170.0 });
            let apart = here.distance_to(there, Unit::Radians);
            assert!((apart - std::f64::consts::PI).abs() < 1e-7, "{lat}: {apart}");
            assert_eq!(here.distance_to(here, Unit::Meters), 0.0);
        }
    }
}
