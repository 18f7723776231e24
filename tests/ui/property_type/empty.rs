use loopback::prelude::*;

#[derive(Clone, PropertyType)]
pub enum Never {}

#[derive(Clone, PropertyType)]
pub struct Empty {}

fn main() {}
