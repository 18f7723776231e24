use loopback::prelude::*;

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    #[relation(foreign_key = shop)]
    pub name: String,
    #[property(name = "allReviews")]
    pub reviews: HasMany<Review>,
    #[relation = "x"]
    pub best: BelongsTo<Review>,
}

#[model]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    pub shop: BelongsTo<Shop>,
}

fn main() {}
