use loopback::prelude::*;

#[acl(allow, "$owner")]
pub struct Widget {
    pub id: i64,
}

#[acl(allow, "$owner")]
pub enum Kind {
    Small,
}

#[acl(allow, "$owner")]
impl Widget {
    #[acl(deny, "$everyone")]
    fn near(
        /** Where. */
        at: GeoPoint,
    ) {
        let _ = at;
    }
}

#[acl(deny, "$everyone")]
mod inner {}

fn main() {}
