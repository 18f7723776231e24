use loopback::prelude::*;

#[derive(Clone)]
pub struct Mine;

#[derive(Clone, PropertyType)]
pub struct Dims {
    pub mine: Mine,
}

fn main() {}
