//! Serves the shop. Its categories are in `own-connector.db`, in the folder it is started in; its stock is in memory.

use loopback::prelude::*;
use own_connector::with_stock;

#[loopback::main]
async fn main() -> Result<()> {
    let app = App::from_env()?.title("Own connector").database_url_or("sqlite:own-connector.db");
    with_stock(app).serve().await
}
