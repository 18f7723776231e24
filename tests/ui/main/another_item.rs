use loopback::prelude::*;

#[loopback::main]
pub struct Main;

fn main() {
    let _: Result<()> = Ok(());
}
