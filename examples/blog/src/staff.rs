//! Who is there from the start.

use crate::models::Author;
use loopback::prelude::*;

/// An editor: the role is a row, and so is who is in it. The password comes from the environment.
pub async fn hire(ctx: Ctx) -> Result<()> {
    let Ok(password) = std::env::var("EDITOR_PASSWORD") else { return Ok(()) };
    if Author::count(&ctx, ()).await? > 0 {
        return Ok(());
    }
    let editor = Author::create(&ctx, set!(Author { email: "editor@blog.test", password: password })).await?;
    let role = Role::create(&ctx, set!(Role { name: "editor" })).await?;
    role.add_user(&ctx, &editor).await?;
    Ok(())
}
