use loopback::prelude::*;

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: Uuid,
    pub name: String,
    #[relation(foreign_key = shpo)]
    pub reviews: HasMany<Review>,
    #[relation(foreign_key = text)]
    pub texts: HasMany<Review>,
    #[relation(foreign_key = other)]
    pub others: HasMany<Review>,
    #[relation(polymorphic = shop)]
    pub pictures: HasMany<Review>,
    #[relation(polymorphic = subject)]
    pub ids: HasMany<Review>,
    #[relation(through = Review, foreign_key = shop, key_through = text)]
    pub authors: HasMany<Review>,
    #[relation(foreign_key = shop, properties(name = stars))]
    pub stars: HasMany<Review>,
}

#[model]
pub struct Review {
    #[property(id, generated)]
    pub id: i64,
    pub text: String,
    pub stars: i32,
    pub shop: BelongsTo<Shop>,
    pub other: BelongsTo<Review>,
    pub subject: BelongsToAny<i64>,
    #[relation(primary_key = name)]
    pub by_name: BelongsTo<Shop, i64>,
    #[relation(primary_key = nam)]
    pub by_nam: BelongsTo<Shop, String>,
}

fn main() {}
