use loopback::prelude::*;

#[model(table = "a", table = "b")]
pub struct Widget {
    #[property(id, id)]
    pub id: i64,
    #[property(name = "a", length(max = 5, max = 6))]
    #[property(name = "b")]
    pub name: String,
    #[property(presence, presence(message = "is missing"), unique, uniqueness)]
    pub code: String,
}

fn main() {}
