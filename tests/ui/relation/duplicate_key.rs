use loopback::prelude::*;

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    #[relation(foreign_key = shop, nest)]
    #[relation(nest, foreign_key = shop)]
    pub reviews: HasMany<Review>,
}

#[model]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    pub shop: BelongsTo<Shop>,
}

fn main() {}
