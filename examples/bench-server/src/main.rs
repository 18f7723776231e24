//! The benchmark's schema, served. `benches/targets.json` is its entry for the peers' driver, which makes the tables
//! and fills them; this program only maps them.

use loopback::ConnectOptions;
use loopback::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Something for sale.
#[model(plural = "products", table = "products")]
pub struct Product {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub description: Option<String>,
    pub price: f64,
    #[property(default = true)]
    pub in_stock: bool,
    pub tags: Vec<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub category: Option<BelongsTo<Category>>,
}

/// A shelf of products.
#[model(plural = "categories", table = "categories")]
pub struct Category {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub products: HasMany<Product>,
}

#[loopback::main]
async fn main() -> Result<()> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:bench.db".into());
    let mut database = ConnectOptions::new(url);
    // As the hand-written peers: a crash of the process loses nothing, a power failure may.
    database.synchronous = false;
    App::from_env()?.data_source("db", database).migrate(Migrate::Leave).explorer(false).serve().await
}
