use loopback::prelude::*;

#[model(base = User, user(ttl = 0, max_sessions = 0, salt_work_factor = 32, realm_delimiter = "", realm_required = 1))]
pub struct A {
    #[base]
    pub user: User,
}

#[model(base = User, user(restrict_reset_password_token_scope, login_throttle = offf, password_policy = strong))]
pub struct B {
    #[base]
    pub user: User,
}

#[model(base = User, user(password_policy(min_length = 7)))]
pub struct C {
    #[base]
    pub user: User,
}

#[model(base = User, user(password_policy(min = 8), reset_password_token_ttl = "1h"))]
pub struct D {
    #[base]
    pub user: User,
}

fn main() {}
