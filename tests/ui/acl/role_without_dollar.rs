use loopback::prelude::*;

#[model]
#[acl(deny, "everyone")]
#[acl(allow, "owner", write)]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
