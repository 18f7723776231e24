use loopback::prelude::*;

#[role_resolver]
pub struct Lead;

fn main() {}
