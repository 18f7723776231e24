use loopback::prelude::*;

#[model]
#[acl(alow, "admin")]
#[acl(allow, "admin", metods(find))]
#[acl(allow, owner)]
#[acl(allow, teacher)]
#[acl(allow, "admin", 5)]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
