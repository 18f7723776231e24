use loopback::prelude::*;

#[loopback::main]
fn main() -> Result<()> {
    Ok(())
}
