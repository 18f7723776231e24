use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
    pub opened_at: String,
    #[property(name = "openedAt")]
    pub since: String,
    pub colour: String,
    #[property(column = "colour")]
    pub paint: String,
}

fn main() {}
