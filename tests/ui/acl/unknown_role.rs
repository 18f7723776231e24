use loopback::prelude::*;

#[model]
#[acl(allow, "$onwer")]
#[acl(allow, "$x")]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
