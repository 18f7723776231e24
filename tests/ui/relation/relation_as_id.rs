use loopback::prelude::*;

#[model]
pub struct Shop {
    #[property(id)]
    pub owner: BelongsTo<Owner>,
}

#[model]
pub struct Owner {
    #[property(id, generated)]
    pub id: i64,
}

fn main() {}
