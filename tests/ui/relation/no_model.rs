use loopback::prelude::*;

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    pub owner: BelongsTo,
}

fn main() {
    let _ = Shop::props().id;
}
