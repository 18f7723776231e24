use loopback::prelude::*;

#[model(strict = "thow")]
pub struct First {
    #[property(id)]
    pub id: i64,
}

#[model(strict = "true")]
pub struct Second {
    #[property(id)]
    pub id: i64,
}

#[model(strict = 5)]
pub struct Third {
    #[property(id)]
    pub id: i64,
}

#[model(strict)]
pub struct Fourth {
    #[property(id)]
    pub id: i64,
}

fn main() {}
