use loopback::prelude::*;

#[derive(Clone, PropertyType)]
pub enum Tier {
    Basic,
    Gold(i64),
    Silver { since: i64 },
}

fn main() {}
