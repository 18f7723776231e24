use loopback::prelude::*;

#[derive(Clone, PropertyType)]
pub struct Pair<T> {
    pub a: T,
    pub b: T,
}

fn main() {}
