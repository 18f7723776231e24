use loopback::prelude::*;

#[loopback::main]
async fn main(args: Vec<String>) -> Result<()> {
    Ok(())
}
