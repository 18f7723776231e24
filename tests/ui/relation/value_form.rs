use loopback::prelude::*;

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    #[relation(foreign_key = "shop", through = "Visit", disable_include = true, name = 5)]
    pub reviews: HasMany<Review>,
    #[relation(foreign_key, through(Visit), properties(id), scope = "cheap", nest(5))]
    pub others: HasMany<Review>,
    #[relation(properties(), key_through = a::b)]
    pub more: HasMany<Review>,
    #[relation(properties(id = a, id = a))]
    pub even_more: HasMany<Review>,
    #[relation(on_delete = cascad, foreign_key_constraint = 1)]
    pub best: BelongsTo<Review>,
    #[relation(on_delete = "set_null")]
    pub worst: Option<BelongsTo<Review>>,
    #[relation(on_delete)]
    pub middle: Option<BelongsTo<Review>>,
    #[relation(through = "")]
    pub linked: HasAndBelongsToMany<Review>,
}

#[model]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    pub shop: BelongsTo<Shop>,
}

fn main() {}
