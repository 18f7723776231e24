//! Serves the members' pages. Mail goes to the folder `mail` unless `MAIL_URL` names a server; rows are in
//! `user-management.db`. `PUBLIC_URL` is the address that members reach it at.

use loopback::prelude::*;

#[loopback::main]
async fn main() -> Result<()> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let address = std::env::var("PUBLIC_URL").unwrap_or_else(|_| format!("http://localhost:{port}"));
    user_management::app(App::from_env()?, &address).serve().await
}
