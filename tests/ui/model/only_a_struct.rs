use loopback::prelude::*;

#[model]
pub enum Tier {
    Basic,
    #[property(hidden)]
    Gold,
}

#[model]
pub union Bits {
    #[property(id)]
    id: i64,
    other: u64,
}

#[model]
pub struct Pair(#[property(id)] i64, String);

#[model]
pub struct Nothing;

#[model]
pub struct Page<T> {
    #[property(id)]
    pub id: i64,
    pub item: Option<T>,
}

#[model]
pub fn function() {}

fn main() {}
