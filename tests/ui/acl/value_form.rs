use loopback::prelude::*;

#[model]
#[acl("allow", "$owner")]
#[acl(allow = "admin")]
#[acl(allow, "admin", read(find))]
#[acl(allow, user = admin)]
#[acl(allow, user = "")]
#[acl(allow, app = 1)]
#[acl = "admin"]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
