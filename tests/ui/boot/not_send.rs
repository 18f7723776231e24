use loopback::prelude::*;

#[boot]
async fn fill(ctx: Ctx) -> Result<()> {
    let here = std::rc::Rc::new(5);
    std::future::ready(()).await;
    let _ = (ctx, here);
    Ok(())
}

fn main() {}
