use loopback::prelude::*;

// All of them are read, in their order.
#[acl(allow, "$onwer")]
#[acl(deny, "$evryone")]
#[model]
#[acl(allow, "$ownr")]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
