use loopback::prelude::*;

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    #[relation(foreign_key = shop)]
    pub best: BelongsTo<Review>,
    #[relation(on_delete = cascade)]
    pub reviews: HasMany<Review>,
    #[relation(polymorphic = shop)]
    pub tags: HasAndBelongsToMany<Review>,
    #[relation(nest)]
    pub maker: EmbedsOne<Review>,
    #[relation(scope = cheap)]
    pub any: BelongsToAny,
    #[relation(validate = false)]
    pub others: ReferencesMany<Review>,
    #[property(index)]
    pub any_other: BelongsToAny,
}

#[model]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    pub shop: BelongsTo<Shop>,
}

fn main() {}
