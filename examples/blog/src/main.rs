//! Serves the blog. Its rows are in `blog.db`, in the folder it is started in.

use blog::staff;
use loopback::prelude::*;

#[loopback::main]
async fn main() -> Result<()> {
    App::from_env()?.title("Blog").enable_auth().boot("staff", staff::hire).serve().await
}
