use loopback::prelude::*;

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    #[relation(name = "title")]
    pub reviews: HasMany<Review>,
    pub title: String,
    pub owner: BelongsTo<Review>,
    #[relation(name = "owner")]
    pub landlord: BelongsTo<Review>,
    pub owner_id: i64,
    #[relation(name = "and")]
    pub others: ReferencesMany<Review>,
}

#[model]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    pub shop: BelongsTo<Shop>,
}

fn main() {}
