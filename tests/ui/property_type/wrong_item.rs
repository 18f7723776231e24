use loopback::prelude::*;

#[derive(Clone, PropertyType)]
pub struct Unit;

#[derive(Clone, PropertyType)]
pub struct Email(String);

#[derive(Clone, Copy, PropertyType)]
pub union Bits {
    a: i64,
}

fn main() {}
