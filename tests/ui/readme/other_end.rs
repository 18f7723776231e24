use loopback::prelude::*;

#[model]
pub struct City {
    #[property(id, generated)]
    pub id: i64,
    pub landmarks: HasMany<Landmark>,
}

#[model]
pub struct Landmark {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
}

fn main() {}
