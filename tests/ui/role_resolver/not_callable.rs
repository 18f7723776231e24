use loopback::prelude::*;

#[role_resolver]
async fn lead_a<T>(access: &AccessContext) -> Result<bool> {
    let _ = access;
    Ok(true)
}

#[role_resolver]
unsafe fn lead_b(access: &AccessContext) -> Result<bool> {
    let _ = access;
    Ok(true)
}

#[role_resolver]
extern "C" fn lead_c(access: &AccessContext) -> Result<bool> {
    let _ = access;
    Ok(true)
}

fn main() {}
