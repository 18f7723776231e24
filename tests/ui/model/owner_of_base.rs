use loopback::prelude::*;

#[model]
pub struct Animal {
    #[property(id)]
    pub id: i64,
}

#[model(base = Animal, owner = keeper)]
pub struct Dog {
    #[base]
    pub animal: Animal,
    pub breed: String,
}

fn main() {}
