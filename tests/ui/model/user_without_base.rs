use loopback::prelude::*;

#[model(user(ttl = 3600))]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
