//! Distances on SQLite, which is built without sines: a collation compares texts by the distance they stand for.

use crate::value::GeoPoint;
use std::cmp::Ordering;

/// Compares `{"lat":..,"lng":..} lat lng` (a point, and where the distance is from) or a number by the haversine of it.
/// What is neither comes last.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    haversine(a).total_cmp(&haversine(b))
}

fn haversine(text: &str) -> f64 {
    match text.rsplit_once('}') {
        None => text.parse().unwrap_or(f64::INFINITY),
        Some((point, from)) => between(point, from).unwrap_or(f64::INFINITY),
    }
}

/// The bracket that closes the point is cut off.
fn between(point: &str, from: &str) -> Option<f64> {
    let (lat, lng) = from.trim_start().split_once(' ')?;
    let from = GeoPoint { lat: lat.parse().ok()?, lng: lng.parse().ok()? };
    let point = GeoPoint::from_json(&serde_json::from_str(&format!("{point}}}")).ok()?)?;
    Some(point.haversine(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_compare_by_distance_and_with_numbers() {
        let (near, far) = (r#"{"lat":0,"lng":1} 0 0"#, r#"{"lat": 2.5, "lng": 0} 0 0"#);
        assert_eq!(compare(near, far), Ordering::Less);
        assert_eq!(compare(near, r#"{"lat":0,"lng":-1} 0 0"#), Ordering::Equal);
        let bound = (1.0_f64.to_radians() / 2.0).sin().powi(2).to_string();
        assert_eq!(compare(near, &bound), Ordering::Equal);
        assert_eq!(compare(far, &bound), Ordering::Greater);
        assert_eq!(compare("null 0 0", far), Ordering::Greater, "what is no point is last");
    }
}
