//! The models that differ in their access rules; without access control they are plain ones.

use loopback::prelude::*;

#[model]
pub struct AclAuth {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model]
pub struct AclRead {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model]
pub struct AclAdmin {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model]
pub struct AclMixed {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
    pub level: Option<f64>,
}

#[model]
impl AclMixed {
    #[remote_method(get, "/ping", returns = "pong")]
    async fn ping() -> Result<bool> {
        Ok(true)
    }

    #[remote_method(post, "/publish", returns = "published")]
    async fn publish() -> Result<bool> {
        Ok(true)
    }

    #[remote_method(post, "/special", returns = "special")]
    async fn special() -> Result<bool> {
        Ok(true)
    }
}

#[model]
pub struct AclOrder {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model]
pub struct AclDeny {
    #[property(id, generated)]
    pub id: i64,
    pub text: Option<String>,
}

#[model]
pub struct Memo {
    #[property(id, generated)]
    pub id: i64,
    pub text: String,
    pub user_id: Option<i64>,
}
