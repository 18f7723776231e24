use loopback::prelude::*;

#[model(base = User, user(ttl = 3600, max_ttl = 60))]
pub struct A {
    #[base]
    pub user: User,
}

fn main() {}
