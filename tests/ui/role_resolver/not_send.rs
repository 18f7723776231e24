use loopback::prelude::*;

#[role_resolver]
async fn lead(access: &AccessContext) -> Result<bool> {
    let here = std::rc::Rc::new(5);
    std::future::ready(()).await;
    let _ = (access, here);
    Ok(true)
}

fn main() {}
