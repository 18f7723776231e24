//! What the benches have in common: a model, and filters as clients send them.
//!
//! `cargo bench -p loopback-benches` runs them all, `cargo bench -p loopback-benches --bench filter` one. The cost of a
//! request end to end is another matter: `targets.json` is for the load driver of the peers.

use loopback::prelude::*;

/// Something for sale: the benchmark's own model, as in the example `bench-server`.
#[model]
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
#[model]
pub struct Category {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
    pub products: HasMany<Product>,
}

/// A page of a list.
pub const PAGE: &str = r#"{"order":"name ASC","limit":20,"skip":40}"#;

/// A search form.
pub const SEARCH: &str = r#"{"where":{"and":[{"name":{"like":"%phone%"}},{"price":{"gte":10,"lt":99.5}},{"inStock":true}]},"order":["price DESC","name"],"limit":50,"fields":["id","name","price"]}"#;

/// Ids of another list.
pub const IDS: &str = r#"{"where":{"id":{"inq":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]}}}"#;

/// Products of a kind of shelf, with the shelf and a few more that stand there.
pub const RELATED: &str = r#"{"where":{"category":{"name":{"like":"Shelf 1%"}},"inStock":true},"limit":20,"include":{"relation":"category","scope":{"include":{"relation":"products","scope":{"limit":3,"fields":["id","name"]}}}}}"#;

/// The search form in brackets, as npm's `qs` and jQuery write it.
pub const SEARCH_IN_BRACKETS: &str = "filter[where][and][0][name][like]=%25phone%25&filter[where][and][1][price][gte]=10&filter[where][and][1][price][lt]=99.5&filter[where][and][2][inStock]=true&filter[order][0]=price%20DESC&filter[order][1]=name&filter[limit]=50&filter[fields][0]=id&filter[fields][1]=name&filter[fields][2]=price";

/// Text as a part of a URL, percent-encoded.
pub fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
