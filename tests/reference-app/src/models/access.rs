//! The models that differ in their access rules.

use loopback::prelude::*;

#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated")]
pub struct AclAuth {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model]
#[acl(deny, "$everyone", write)]
#[acl(allow, "admin", write)]
pub struct AclRead {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model(acl_error_status = 403)]
#[acl(deny, "$everyone")]
#[acl(allow, "admin")]
pub struct AclAdmin {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model(acl_error_status = 403)]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", read)]
#[acl(allow, "teamLead", methods(create))]
#[acl(allow, "teamLead", methods(patch_attributes))]
#[acl(allow, "editor", write)]
#[acl(deny, "editor", methods(delete_by_id))]
#[acl(deny, "$everyone", methods(find_one))]
pub struct AclMixed {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub level: Option<f64>,
}

#[model]
impl AclMixed {
    #[remote_method(get, "/ping", returns = "pong")]
    #[acl(allow, "$unauthenticated", execute)]
    async fn ping() -> Result<bool> {
        Ok(true)
    }

    #[remote_method(post, "/publish", returns = "published")]
    #[acl(allow, "admin", execute)]
    async fn publish() -> Result<bool> {
        Ok(true)
    }

    #[remote_method(post, "/special", returns = "special")]
    #[acl(allow, user = 1, execute)]
    async fn special() -> Result<bool> {
        Ok(true)
    }
}

#[model]
#[acl(allow, "$everyone")]
#[acl(deny, "$authenticated", methods(create))]
#[acl(allow, "admin", methods(create))]
#[acl(deny, "$everyone", read, methods(count))]
pub struct AclOrder {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model(default_permission = deny)]
#[acl(allow, "$everyone", methods(find))]
#[acl(allow, "editor", methods(create))]
pub struct AclDeny {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model(acl_error_status = 404)]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$authenticated", methods(find))]
#[acl(allow, "$owner")]
pub struct Memo {
    #[property(id, generated)]
    pub id: i64,
    pub text: String,
    pub user_id: Option<i64>,
}
