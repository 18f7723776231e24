use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
    #[property(length(maximum = 80, max = 80), presence(min = 1))]
    pub name: String,
    #[property(numericality(integer, message(max = "too much")), sql(len = 5))]
    pub amount: i64,
    #[property(presence("is missing"))]
    pub note: String,
}

fn main() {}
