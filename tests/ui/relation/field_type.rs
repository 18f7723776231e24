use loopback::prelude::*;

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    pub reviews: Option<HasMany<Review>>,
    pub sheet: Option<HasOne<Review>>,
    pub owners: Vec<BelongsTo<Review>>,
    pub boxed: Box<BelongsTo<Review>>,
    pub twice: Option<Option<BelongsTo<Review>>>,
    pub two_models: HasMany<Review, Shop>,
    pub parts: EmbedsOne<Vec<Review>>,
    pub any: BelongsToAny<i64, Review>,
}

#[model]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
}

fn main() {
    let _ = Shop::props().id;
}
