//! The smallest application: one model, served.

use loopback::prelude::*;

/// A place that serves coffee.
#[model]
pub struct CoffeeShop {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(min = 1, max = 80))]
    pub name: String,
    pub city: Option<String>,
    #[property(default = 0.0)]
    pub rating: f64,
    #[property(default = now)]
    pub opened_at: DateTime<Utc>,
}

#[loopback::main]
async fn main() -> Result<()> {
    App::from_env()?.serve().await
}
