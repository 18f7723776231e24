use loopback::prelude::*;

#[model]
#[acl(allow)]
#[acl(allow, "admin", "teacher")]
#[acl(allow, user = 1, app = "x")]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
