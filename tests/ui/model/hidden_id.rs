use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id, hidden)]
    pub id: i64,
}

fn main() {}
