//! Calls from Rust: what the tour shows of relations.

use crate::models::{City, Country, Landmark};
use loopback::prelude::*;
use loopback::value::Unit;

/// The countries that have a city of more than a million, each with its two largest and its anthem.
pub async fn with_large_cities(ctx: &Ctx) -> Result<Vec<Country>> {
    let (country, city) = (Country::props(), City::props());
    let large = country.cities.some(city.population.gt(1_000_000));
    let two = country.cities.scope(city.population.desc().limit(2));
    Country::find(ctx, large.order(country.name.asc()).include((two, country.anthem))).await
}

/// What stands within some kilometres of a place, the nearest first, with its city.
pub async fn around(ctx: &Ctx, place: GeoPoint, kilometres: f64) -> Result<Vec<Landmark>> {
    let landmark = Landmark::props();
    let near = landmark.place.near(place).max_distance(kilometres, Unit::Kilometers);
    Landmark::find(ctx, near.include(landmark.city)).await
}

/// A new landmark of a city. The key comes from the city it is created through.
pub async fn discover(ctx: &Ctx, city: &City, name: &str, place: GeoPoint) -> Result<Landmark> {
    city.landmarks.create(ctx, set!(Landmark { name: name, place: place })).await
}
