use loopback::prelude::*;

#[model(default_scope = of_reviews, scopes(five, missing, of_shops))]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    #[relation(scope = of_shops)]
    pub reviews: HasMany<Review>,
}

#[model]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    pub shop: BelongsTo<Shop>,
}

fn of_reviews() -> Filter<Review> {
    Filter::new()
}

fn of_shops() -> Filter<Shop> {
    Filter::new()
}

fn five() -> i32 {
    5
}

fn main() {}
