use loopback::prelude::*;

#[model]
#[acl(allow, "")]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
