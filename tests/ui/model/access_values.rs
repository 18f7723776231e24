use loopback::prelude::*;

#[model(default_permission = denny, acl_error_status = 500, relation_acl = "both")]
pub struct Widget {
    #[property(id)]
    pub id: i64,
}

#[model(default_permission = audit, acl_error_status, relation_acl(called))]
pub struct Gadget {
    #[property(id)]
    pub id: i64,
}

fn main() {}
