use loopback::prelude::*;

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    #[relation(foreing_key = shop)]
    pub reviews: HasMany<Review>,
    #[relation(column = "maker_data")]
    pub maker: EmbedsOne<Review>,
    #[property(on_delete = cascade)]
    pub main_review: Option<BelongsTo<Review>>,
    #[relation("x")]
    pub others: ReferencesMany<Review>,
}

#[model]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    pub shop: BelongsTo<Shop>,
}

fn main() {
    let _ = Shop::props().reviews;
}
