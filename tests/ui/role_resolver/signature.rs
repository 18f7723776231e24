use loopback::prelude::*;

#[role_resolver]
async fn lead_a() -> Result<bool> {
    Ok(true)
}

#[role_resolver]
async fn lead_b(access: AccessContext) -> Result<bool> {
    let _ = access;
    Ok(true)
}

#[role_resolver]
async fn lead_c(access: &mut AccessContext) -> Result<bool> {
    let _ = access;
    Ok(true)
}

#[role_resolver]
async fn lead_d(access: &AccessContext, more: u8) -> Result<bool> {
    let _ = (access, more);
    Ok(true)
}

#[role_resolver]
async fn lead_e(access: &AccessContext) -> bool {
    let _ = access;
    true
}

#[role_resolver]
async fn lead_f(access: &AccessContext) {
    let _ = access;
}

#[role_resolver]
async fn lead_g(access: &AccessContext) -> Result<()> {
    let _ = access;
    Ok(())
}

pub struct Team;

impl Team {
    #[role_resolver]
    async fn lead_h(&self) -> Result<bool> {
        Ok(true)
    }
}

fn main() {}
