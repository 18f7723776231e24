use loopback::prelude::*;

#[model(index(reviews))]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    pub code: String,
    pub owner: BelongsToAny,
    #[relation(primary_key = coed, properties(nam = text, reviews = text))]
    pub reviews: HasMany<Review>,
    #[property(uniqueness(scope(reviews)))]
    pub name: String,
}

#[model]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    pub text: String,
    pub shop: BelongsTo<Shop>,
}

fn main() {}
