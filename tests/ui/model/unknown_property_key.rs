use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
    #[property(lenght(max = 80), colour = "red", "name")]
    pub name: String,
}

fn main() {}
