use loopback::prelude::*;

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    // `Tag` does not refer to `Shop`.
    pub tags: HasMany<Tag>,
    // `Review` does by two fields.
    pub review: HasOne<Review>,
    // `Visit` refers to neither.
    #[relation(through = Visit)]
    pub visitors: HasMany<Tag>,
}

#[model]
pub struct Tag {
    #[property(id, generated)]
    pub id: i64,
}

#[model]
pub struct Visit {
    #[property(id, generated)]
    pub id: i64,
}

#[model]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    pub shop: BelongsTo<Shop>,
    pub other_shop: Option<BelongsTo<Shop>>,
}

fn main() {}
