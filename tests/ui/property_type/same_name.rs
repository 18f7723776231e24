use loopback::prelude::*;

#[derive(Clone, PropertyType)]
pub enum Tier {
    Basic,
    #[property_type(rename = "basic")]
    Gold,
}

#[derive(Clone, PropertyType)]
pub struct Dims {
    pub box_width: f64,
    #[property_type(name = "boxWidth")]
    pub other: f64,
}

fn main() {}
