use loopback::prelude::*;

#[model(base = User, user(tll = 3600, "ttl", realm_required, realm_required))]
pub struct A {
    #[base]
    pub user: User,
}

#[model(base = User, user())]
pub struct B {
    #[base]
    pub user: User,
}

fn main() {}
