use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
    #[cfg(all())]
    pub name: String,
}

fn main() {}
