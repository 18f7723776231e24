use loopback::prelude::*;

#[model(plurl = "shops")]
pub struct CoffeeShop {
    #[property(id, generated)]
    pub id: i64,
    #[property(lenght(max = 80))]
    pub name: String,
    #[property(default = "high")]
    pub rating: f64,
}

fn main() {}
