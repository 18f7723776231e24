use loopback::prelude::*;

#[derive(Clone, PropertyType)]
pub enum Tier {
    #[property_type(renam = "basic")]
    Basic,
    #[property_type(rename = 5)]
    Gold,
    #[property_type(rename = "")]
    Silver,
    #[property_type(name = "bronze")]
    Bronze,
    #[property_type = "iron"]
    Iron,
}

#[derive(Clone, PropertyType)]
pub struct Dims {
    #[property_type(rename = "w")]
    pub width: f64,
}

fn main() {}
