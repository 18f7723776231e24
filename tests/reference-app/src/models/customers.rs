//! Customers and their orders.

use super::shop::Product;
use loopback::prelude::*;

/// A user of the shop, for now a plain model with the properties of LoopBack's `User`: no log-in, and nothing digests
/// the password.
#[model]
pub struct Customer {
    #[property(id, generated)]
    pub id: i64,
    pub realm: Option<String>,
    #[property(uniqueness)]
    pub username: Option<String>,
    #[property(uniqueness)]
    pub email: String,
    #[property(hidden)]
    pub password: String,
    pub email_verified: Option<bool>,
    #[property(hidden)]
    pub verification_token: Option<String>,
    pub name: Option<String>,
    pub age: Option<f64>,
    #[property(default = "basic")]
    pub tier: Option<String>,
    pub orders: HasMany<Order>,
    pub profile: HasOne<Profile>,
}

#[model]
impl Customer {
    #[remote_method(get, "/whoami")]
    async fn whoami(user: Option<CurrentUser>) -> Result<serde_json::Value> {
        Ok(serde_json::json!({ "userId": user.map(|user| user.id().to_json()) }))
    }
}

#[model]
pub struct Profile {
    #[property(id, generated)]
    pub id: i64,
    pub bio: Option<String>,
    pub website: Option<String>,
    #[property(default = 0.0)]
    pub visits: Option<f64>,
    pub customer: Option<BelongsTo<Customer>>,
}

#[model]
pub struct Order {
    #[property(id, generated)]
    pub id: i64,
    pub placed_at: Option<DateTime<Utc>>,
    #[property(default = "open")]
    pub status: Option<String>,
    #[property(default = 0.0)]
    pub total: Option<f64>,
    pub customer: Option<BelongsTo<Customer>>,
    pub items: HasMany<OrderItem>,
}

#[model(plural = "order-lines")]
pub struct OrderItem {
    #[property(id, generated)]
    pub id: i64,
    #[property(default = 1.0)]
    pub quantity: Option<f64>,
    pub price: Option<f64>,
    pub order: Option<BelongsTo<Order>>,
    pub product: Option<BelongsTo<Product>>,
}
