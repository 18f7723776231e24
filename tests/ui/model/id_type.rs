use loopback::prelude::*;

#[model]
pub struct Optional {
    #[property(id)]
    pub id: Option<i64>,
}

#[model]
pub struct Float {
    #[property(id)]
    pub id: f64,
}

#[model]
pub struct Listed {
    #[property(id)]
    pub id: Vec<String>,
}

fn main() {}
