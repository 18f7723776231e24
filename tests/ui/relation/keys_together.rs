use loopback::prelude::*;

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    #[relation(foreign_key = shop, polymorphic = subject)]
    pub reviews: HasMany<Review>,
    #[relation(key_through = shop)]
    pub others: HasMany<Review>,
    #[relation(through = "ShopReview", foreign_key = shop, key_through = review)]
    pub linked: HasAndBelongsToMany<Review>,
    #[relation(on_delete = set_null)]
    pub best: BelongsTo<Review>,
}

#[model]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    pub shop: BelongsTo<Shop>,
    pub subject: BelongsToAny,
}

fn main() {}
