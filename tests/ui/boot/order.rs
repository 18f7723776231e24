use loopback::prelude::*;

#[boot(order = "first")]
async fn fill_a(_: Ctx) -> Result<()> {
    Ok(())
}

#[boot(order = 1.5)]
async fn fill_b(_: Ctx) -> Result<()> {
    Ok(())
}

#[boot(order = 100000)]
async fn fill_c(_: Ctx) -> Result<()> {
    Ok(())
}

#[boot(order)]
async fn fill_d(_: Ctx) -> Result<()> {
    Ok(())
}

fn main() {}
