use loopback::prelude::*;

#[derive(Clone, Debug)]
pub struct Mine;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
    pub mine: Mine,
    pub large: Option<u64>,
}

fn main() {}
