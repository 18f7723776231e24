use loopback::prelude::*;

#[derive(Clone, PropertyType)]
pub struct Label {
    pub text: &'static str,
}

fn main() {}
