use loopback::prelude::*;

#[model]
#[acl(allow, "admin", methods())]
#[acl(allow, "admin", methods(find_by_id, "findById"))]
#[acl(allow, "admin", methods("*"))]
#[acl(allow, "admin", methods("a b", find = 1, Widget.find))]
#[acl(allow, "admin", methods = "find")]
#[acl(allow, "admin", methods(find), methods(count))]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
