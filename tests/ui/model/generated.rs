use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id, generated)]
    pub id: bool,
    #[property(generated)]
    pub number: i64,
}

fn main() {}
