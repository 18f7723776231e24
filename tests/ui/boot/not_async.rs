use loopback::prelude::*;

#[boot]
fn fill(_: Ctx) -> Result<()> {
    Ok(())
}

fn main() {}
