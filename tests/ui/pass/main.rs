//! `main` answers with a `Result`, and reads its error from `?`.

use loopback::prelude::*;

/// Starts and ends.
#[loopback::main]
async fn main() -> Result<()> {
    std::future::ready(()).await;
    Ok(())
}
