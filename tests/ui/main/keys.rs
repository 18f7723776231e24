use loopback::prelude::*;

#[loopback::main(threads = 2)]
async fn main() -> Result<()> {
    Ok(())
}
