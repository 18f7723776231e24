use loopback::prelude::*;

pub struct NoError;

#[role_resolver]
async fn lead(access: &AccessContext) -> Result<bool, NoError> {
    let _ = access;
    Ok(true)
}

fn main() {}
