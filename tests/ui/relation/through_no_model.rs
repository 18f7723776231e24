use loopback::prelude::*;

#[derive(Clone, Debug)]
pub struct Plain;

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    #[relation(through = Plain)]
    pub parts: HasMany<Shop>,
    #[relation(through = Missing)]
    pub others: HasAndBelongsToMany<Shop>,
}

fn main() {}
