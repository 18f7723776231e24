use loopback::prelude::*;

#[model(owner = custmer)]
pub struct Widget {
    #[property(id)]
    pub id: i64,
    pub customer: Option<BelongsTo<Customer>>,
    pub parts: HasMany<Part>,
}

#[model(owner(customer, parts))]
pub struct Gadget {
    #[property(id)]
    pub id: i64,
    pub customer: Option<BelongsTo<Customer>>,
    pub parts: HasMany<Part>,
}

#[model(owner = "customer", owner_writable = 1)]
pub struct Tool {
    #[property(id)]
    pub id: i64,
    pub customer: Option<BelongsTo<Customer>>,
    pub parts: HasMany<Part>,
}

#[model]
pub struct Customer {
    #[property(id)]
    pub id: i64,
}

#[model]
pub struct Part {
    #[property(id)]
    pub id: i64,
    pub widget: BelongsTo<Widget>,
    pub gadget: BelongsTo<Gadget>,
    pub tool: BelongsTo<Tool>,
}

fn main() {}
