use loopback::prelude::*;

pub struct NoError;

#[boot]
async fn fill(_: Ctx) -> Result<(), NoError> {
    Ok(())
}

fn main() {}
