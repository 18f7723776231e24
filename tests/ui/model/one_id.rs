use loopback::prelude::*;

#[model]
pub struct Nameless {
    pub name: String,
}

#[model]
pub struct Two {
    #[property(id)]
    pub first: i64,
    #[property(id)]
    pub second: i64,
}

fn main() {}
