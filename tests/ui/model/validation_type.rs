use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
    #[property(length(max = 5), format("^[0-9]+$"))]
    pub amount: i64,
    #[property(range(max = 5), numericality(int))]
    pub name: Option<String>,
}

fn main() {}
