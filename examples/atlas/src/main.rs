//! Serves the atlas. Its rows are in `atlas.db`, in the folder it is started in; a new file is filled from
//! `data/atlas.json`.

use atlas::seed;
use loopback::prelude::*;

#[loopback::main]
async fn main() -> Result<()> {
    let app = App::from_env()?.title("Atlas").build().await?;
    seed::fill(&app.ctx()).await?;
    app.serve().await
}
