use loopback::prelude::*;

#[model(public = false)]
pub struct Animal {
    #[property(id, generated)]
    pub id: i64,
    pub name: String,
}

#[model]
pub struct Plant {
    #[property(id, generated)]
    pub id: i64,
}

#[model(base = Animal)]
pub struct NoField {
    pub breed: String,
}

#[model]
pub struct NoKey {
    #[base]
    pub animal: Animal,
    pub breed: String,
}

#[model(base = Animal)]
pub struct Two {
    #[base]
    pub animal: Animal,
    #[base]
    pub second: Animal,
}

#[model(base = Animal)]
pub struct OtherType {
    #[base]
    pub plant: Plant,
}

#[model(base = "Animal")]
pub struct NoPath {
    #[base]
    pub animal: Animal,
}

#[model(base = Animal)]
pub struct Options {
    #[base(hidden)]
    #[property(hidden)]
    #[relation(nest)]
    pub animal: Animal,
}

fn main() {}
