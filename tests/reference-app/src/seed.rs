//! The seed: the rows that every start begins with, in `seed.json`.

use loopback::prelude::*;
use serde_json::Value;

/// Models with their rows, in the order in which they go in, so that ids count from one as in the recordings.
const SEED: &str = include_str!("../seed.json");

/// The seed goes in: hooks have nothing to say, as in the original, where they are installed after it.
pub struct Seeding;

/// Inserts the seed through the whole pipeline: defaults apply, validations are asked.
pub async fn run(ctx: Ctx) -> Result<()> {
    let seed: Vec<(String, Vec<Value>)> = serde_json::from_str(SEED).map_err(Error::internal)?;
    let ctx = ctx.with_option(Seeding);
    for (model, rows) in seed {
        for row in rows {
            ctx.create_json(&model, row).await?;
        }
    }
    Ok(())
}
