use loopback::prelude::*;

#[role_resolver("$teamLead")]
async fn a(access: &AccessContext) -> Result<bool> {
    let _ = access;
    Ok(true)
}

#[role_resolver("owner")]
async fn b(access: &AccessContext) -> Result<bool> {
    let _ = access;
    Ok(true)
}

#[role_resolver("")]
async fn c(access: &AccessContext) -> Result<bool> {
    let _ = access;
    Ok(true)
}

#[role_resolver(lead)]
async fn d(access: &AccessContext) -> Result<bool> {
    let _ = access;
    Ok(true)
}

#[role_resolver(role = "lead")]
async fn e(access: &AccessContext) -> Result<bool> {
    let _ = access;
    Ok(true)
}

#[role_resolver("lead", "boss")]
async fn f(access: &AccessContext) -> Result<bool> {
    let _ = access;
    Ok(true)
}

#[role_resolver]
fn everyone(access: &AccessContext) -> Result<bool> {
    let _ = access;
    Ok(true)
}

fn main() {}
