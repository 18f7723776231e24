use loopback::prelude::*;

#[model]
#[acl(deny, "admin", read)]
#[acl(allow, "admin", read)]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model]
#[acl(allow, "admin", methods(find, count))]
#[acl(deny, "admin", methods(count, find))]
pub struct Widget2 {
    #[property(id)]
    pub id: i64,
}

fn main() {}
