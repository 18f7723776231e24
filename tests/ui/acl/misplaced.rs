use loopback::prelude::*;

#[model]
pub struct Widget {
    #[property(id)]
    #[acl(allow, "$owner")]
    pub id: i64,
}

#[model]
#[acl(allow, "$owner")]
impl Widget {
    #[acl(allow, "$owner")]
    pub const MOST: u32 = 5;
}

#[model]
#[acl(allow, "$owner")]
pub enum Kind {
    #[acl(allow, "$owner")]
    Small,
}

fn main() {}
