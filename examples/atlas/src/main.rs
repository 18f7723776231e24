//! Serves the atlas. Its rows are in `atlas.db`, in the folder it is started in; a new file is filled from
//! `data/atlas.json`.

use atlas::seed;
use loopback::prelude::*;

#[loopback::main]
async fn main() -> Result<()> {
    App::from_env()?.title("Atlas").boot("atlas", |ctx| async move { seed::fill(&ctx).await }).serve().await
}
