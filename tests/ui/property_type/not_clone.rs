use loopback::prelude::*;

#[derive(PropertyType)]
pub enum Tier {
    Basic,
    Gold,
}

fn main() {}
