use loopback::prelude::*;

#[model]
#[acl(allow, "admin", read, write)]
#[acl(allow, "admin", all, read)]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
