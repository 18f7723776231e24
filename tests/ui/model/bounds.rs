use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
    #[property(length(min = 80, max = 1))]
    pub name: String,
    #[property(range(min = 0.5, max = -0.5))]
    pub rating: f64,
    #[property(sql(precision = 2, scale = 4))]
    pub price: Decimal,
}

fn main() {}
