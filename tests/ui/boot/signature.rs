use loopback::prelude::*;

#[boot]
async fn fill_a() -> Result<()> {
    Ok(())
}

#[boot]
async fn fill_b(ctx: &Ctx) -> Result<()> {
    let _ = ctx;
    Ok(())
}

#[boot]
async fn fill_c(ctx: App) -> Result<()> {
    let _ = ctx;
    Ok(())
}

#[boot]
async fn fill_d(ctx: Ctx, more: u8) -> Result<()> {
    let _ = (ctx, more);
    Ok(())
}

#[boot]
async fn fill_e(ctx: Ctx) {
    let _ = ctx;
}

#[boot]
async fn fill_f(ctx: Ctx) -> Result<bool> {
    let _ = ctx;
    Ok(true)
}

pub struct Shop;

impl Shop {
    #[boot]
    async fn fill_g(&self) -> Result<()> {
        Ok(())
    }
}

// All that is wrong is told at once.
#[boot(ordr = 1)]
fn fill_h<T>(ctx: &Ctx) {
    let _ = ctx;
}

fn main() {}
