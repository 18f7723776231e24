//! Countries, cities and points on the map.

use loopback::prelude::*;

#[model]
pub struct Country {
    #[property(id)]
    pub code: String,
    pub name: String,
    pub population: Option<f64>,
    pub cities: HasMany<City>,
}

#[model(default_scope = inhabited)]
pub struct City {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub inhabitants: Option<f64>,
    #[property(name = "countryCode", column = "country_code")]
    pub country: Option<BelongsTo<Country>>,
}

fn inhabited() -> Filter<City> {
    let city = City::props();
    city.inhabitants.gt(0.0).or(city.inhabitants.is_null()).order(city.name.asc())
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
