use loopback::prelude::*;

#[boot]
async fn fill_a<T>(_: Ctx) -> Result<()> {
    Ok(())
}

#[boot]
async unsafe fn fill_b(_: Ctx) -> Result<()> {
    Ok(())
}

#[boot]
async fn fill_c(_: Ctx) -> Result<()>
where
    u8: Copy,
{
    Ok(())
}

fn main() {}
