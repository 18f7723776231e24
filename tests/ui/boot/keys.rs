use loopback::prelude::*;

#[boot(ordr = 1)]
async fn fill_a(_: Ctx) -> Result<()> {
    Ok(())
}

#[boot(name = "sample data")]
async fn fill_b(_: Ctx) -> Result<()> {
    Ok(())
}

#[boot(10)]
async fn fill_c(_: Ctx) -> Result<()> {
    Ok(())
}

#[boot(order = 1, order = 2)]
async fn fill_d(_: Ctx) -> Result<()> {
    Ok(())
}

fn main() {}
