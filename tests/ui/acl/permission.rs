use loopback::prelude::*;

#[model]
#[acl("admin")]
#[acl(allow, deny, "admin")]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
