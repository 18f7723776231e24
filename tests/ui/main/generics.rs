use loopback::prelude::*;

#[loopback::main]
async fn main<T>() -> Result<()> {
    Ok(())
}
