use loopback::prelude::*;

#[boot]
pub struct Fill;

fn main() {}
