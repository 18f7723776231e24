use loopback::prelude::*;

#[derive(Clone, Debug)]
pub struct Plain;

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    pub part: EmbedsOne<Plain>,
    pub parts: HasMany<Plain>,
}

fn main() {}
