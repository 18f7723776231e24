//! Countries, cities and points on the map.

use loopback::prelude::*;

#[model]
pub struct Country {
    #[property(id)]
    pub code: String,
    pub name: String,
    pub population: Option<f64>,
}

#[model]
pub struct City {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub inhabitants: Option<f64>,
    pub country_code: Option<String>,
}

/// In LoopBack's memory connector in the original; the answers are the same from a table.
#[model]
pub struct Place {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub geo: Option<GeoPoint>,
    pub kind: Option<String>,
}
