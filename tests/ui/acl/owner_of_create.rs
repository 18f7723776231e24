use loopback::prelude::*;

#[model]
#[acl(allow, "$owner", methods(find, create))]
#[acl(deny, "$related", methods(create))]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
