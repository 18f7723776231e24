//! What the blog has, and who may do what.

use loopback::prelude::*;

/// Somebody who writes.
#[model(base = User)]
pub struct Author {
    #[base]
    pub user: User,
    pub pen_name: Option<String>,
    pub posts: HasMany<Post>,
}

/// Something to read.
#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$everyone", read)]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner", write)]
#[acl(allow, "editor", write)]
#[acl(deny, "muted", methods(create))]
pub struct Post {
    #[property(id, generated)]
    pub id: i64,
    #[property(length(min = 1, max = 120))]
    pub title: String,
    pub text: Option<String>,
    #[property(default = false)]
    pub archived: bool,
    pub author: BelongsTo<Author>,
}

#[model]
impl Post {
    /// Puts a post away.
    #[remote_method(post, "/{id}/archive")]
    #[acl(allow, "editor")]
    async fn archive(&self, ctx: &Ctx) -> Result<()> {
        self.clone().update_attributes(ctx, set!(Post { archived: true })).await?;
        Ok(())
    }
}

/// Who does not say who it is does not write.
#[role_resolver("muted")]
async fn is_muted(context: &AccessContext) -> Result<bool> {
    let ctx = context.ctx();
    let Some(id) = ctx.user_id().cloned() else { return Ok(false) };
    let author = Author::find_by_id(ctx, i64::from_value(id)?).await?;
    Ok(author.and_then(|author| author.pen_name).is_some_and(|name| name == "Anonymous"))
}
