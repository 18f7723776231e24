use loopback::prelude::*;

#[model(path = "x/widgets", plural = "", table = "")]
pub struct Widget {
    #[property(id, name = "", column = "")]
    pub id: i64,
    #[property(format(""))]
    pub name: String,
}

fn main() {}
