use loopback::prelude::*;

#[model(
    transient,
    plural = "addresses",
    path = "/addresses",
    table = "address",
    data_source = "db",
    public = true,
    disable(count),
    index(street),
    unique(street),
    scopes(all),
    default_scope = all,
    default_limit = 5
)]
pub struct Address {
    #[property(index, unique, column = "s", sql(length = 5))]
    pub street: String,
    pub shops: HasMany<Shop>,
}

#[model(transient = true)]
pub struct Place {
    #[property(id)]
    pub id: i64,
    #[property(id)]
    pub other: i64,
}

#[model]
pub struct Shop {
    #[property(id, generated)]
    pub id: i64,
    pub address: EmbedsOne<Address>,
}

fn main() {}
