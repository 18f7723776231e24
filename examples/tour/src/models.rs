//! The models of the tour.

use crate::types::{Address, Percent, Tier};
use loopback::prelude::*;

/// A place that serves coffee.
#[model]
pub struct CoffeeShop {
    #[property(id, generated)]
    pub id: i64,
    /// What is on the sign.
    #[property(length(min = 1, max = 80), uniqueness(scope(city)))]
    pub name: String,
    #[property(index)]
    pub city: Option<String>,
    #[property(default = 0.0, range(min = 0, max = 5))]
    pub rating: f64,
    #[property(default = now)]
    pub opened_at: DateTime<Utc>,
    #[property(default = "basic")]
    pub tier: Tier,
    pub address: Option<Address>,
    pub place: Option<GeoPoint>,
    #[property(name = "web", format("^https://", message = "must begin with https://"))]
    pub website: Option<String>,
    #[property(hidden)]
    pub margin: Option<Percent>,
}

/// Money of a shop.
#[model(plural = "accounts", table = "money")]
pub struct Account {
    #[property(id, generated)]
    pub id: Uuid,
    #[property(validate = not_negative, sql(precision = 18, scale = 2))]
    pub balance: Decimal,
}

fn not_negative(balance: &Decimal) -> Result<(), Invalid> {
    if balance.is_sign_negative() { Err("is overdrawn".into()) } else { Ok(()) }
}

/// Whatever a visitor writes down.
#[model(strict = false, disable(deleteById))]
pub struct Note {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}
