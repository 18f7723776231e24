use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    pub id: i64,
    #[relation(relation_acl = bth)]
    pub parts: HasMany<Part>,
}

#[model]
pub struct Part {
    #[property(id)]
    pub id: i64,
    #[relation(relation_acl)]
    pub widget: BelongsTo<Widget>,
}

fn main() {}
