use loopback::prelude::*;

#[role_resolver]
async fn lead(access: &String) -> Result<bool> {
    let _ = access;
    Ok(true)
}

fn main() {}
