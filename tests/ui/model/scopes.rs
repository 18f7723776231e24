use loopback::prelude::*;

#[model(scopes(cheap, queries::cheap, count, "dear", low = 5), default_limit = 50, max_limit = 20)]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model(scopes(), default_scope, default_limit = 0, max_limit = "5")]
pub struct Gadget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
