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

/// Who buys.
#[model(base = User, plural = "users", table = "users", user(token = Token, login_throttle = off))]
pub struct Buyer {
    #[base]
    pub user: User,
}

/// A session of a buyer.
#[model(base = AccessToken, table = "access_tokens", public = false)]
pub struct Token {
    #[base]
    pub token: AccessToken,
}

/// What a buyer has bought: nobody else's business.
#[model(plural = "orders", table = "orders")]
#[acl(deny, "$everyone")]
#[acl(allow, "$owner", read)]
pub struct Order {
    #[property(id, generated)]
    pub id: i64,
    pub user: BelongsTo<Buyer>,
    pub total: f64,
    pub status: String,
}

#[loopback::main]
async fn main() -> Result<()> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:bench.db".into());
    let mut database = ConnectOptions::new(url);
    // As the hand-written peers: a crash of the process loses nothing, a power failure may.
    database.synchronous = false;
    App::from_env()?
        .data_source("db", database)
        // The driver's tokens are stored as they are, as LoopBack does.
        .auth(|auth| auth.token_storage(TokenStorage::Plain).without_stored_rules())
        .migrate(Migrate::Leave)
        .explorer(false)
        .serve()
        .await
}
