use loopback::prelude::*;

// The relations have mistakes; what uses them has none, so only the mistakes are reported.
#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    #[relation(foreign_ky = shop)]
    pub reviews: HasMany<Review>,
    pub owner: Vec<BelongsTo<Owner>>,
}

#[model]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    #[relation(on_delete = cascad)]
    pub shop: BelongsTo<Shop>,
}

#[model]
pub struct Owner {
    #[property(id, generated)]
    pub id: i64,
    #[relation(through = Review)]
    pub shops: HasMany<Shop>,
    #[relation(nest = 5)]
    pub first: Option<BelongsTo<Review>>,
}

pub fn uses(shop: &Shop, review: &Review) {
    let _ = (Shop::props().reviews, Review::props().shop, &shop.reviews, &review.shop);
}

fn main() {}
