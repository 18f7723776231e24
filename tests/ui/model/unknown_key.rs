use loopback::prelude::*;

#[model(plurl = "widgets", tabel = "widget", colour = "red", "widgets")]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
