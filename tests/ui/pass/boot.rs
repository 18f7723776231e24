//! Functions that run at the start.

use loopback::prelude::*;

#[boot]
async fn fill(ctx: Ctx) -> Result<()> {
    let _ = ctx;
    std::future::ready(()).await;
    Ok(())
}

mod other {
    pub struct Broken;

    impl From<Broken> for loopback::Error {
        fn from(_: Broken) -> Self {
            Self::new(500, "broken")
        }
    }

    /// Its name is that of another.
    #[loopback::boot(order = -5)]
    #[deprecated]
    pub async fn fill(_: loopback::ctx::Ctx) -> Result<(), Broken> {
        Ok(())
    }
}

#[boot(order = 10,)]
#[cfg(not(all()))]
async fn never(ctx: Ctx) -> Result<NoType> {}

fn main() {}
