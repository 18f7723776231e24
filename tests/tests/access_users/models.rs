//! The models of users, each with settings of its own.

use loopback::prelude::*;

/// A list of definitions: `models![Customer, Order]`.
macro_rules! models {
    ($($model:ty),+ $(,)?) => { [$(<$model as loopback::prelude::Model>::DEF),+] };
}
pub(crate) use models;

/// A user as the defaults make one, but for the cost of a digest.
#[model(base = User, user(salt_work_factor = 4))]
#[acl(
    allow,
    "$owner",
    methods(
        "__get__accessTokens",
        "__findById__accessTokens",
        "__create__accessTokens",
        "__updateById__accessTokens",
        "__destroyById__accessTokens",
        "__get__orders",
        "__create__orders",
        "__get__profile"
    )
)]
pub struct Customer {
    #[base]
    pub user: User,
    pub name: Option<String>,
    pub orders: HasMany<Order>,
    pub profile: HasOne<Profile>,
}

#[model]
impl Customer {
    /// What a token with a scope opens.
    #[remote_method(get, "/report", scopes("reports"))]
    #[acl(allow, "$authenticated")]
    async fn report(user: Option<CurrentUser>) -> Result<serde_json::Value> {
        Ok(serde_json::json!({ "userId": user.map(|user| user.id().to_json()) }))
    }
}

#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner")]
pub struct Order {
    #[property(id, generated)]
    pub id: i64,
    pub title: Option<String>,
    pub customer: Option<BelongsTo<Customer>>,
}

/// Everybody's.
#[model]
pub struct Profile {
    #[property(id, generated)]
    pub id: i64,
    pub bio: Option<String>,
    pub customer: Option<BelongsTo<Customer>>,
}

#[model(base = AccessToken, public = false)]
pub struct MemberToken {
    #[base]
    pub token: AccessToken,
}

/// A user whose e-mail has to be confirmed.
#[model(
    base = User,
    user(
        token = MemberToken,
        salt_work_factor = 4,
        email_verification_required,
        case_sensitive_email = false,
        ttl = 3600,
        max_ttl = 7200
    )
)]
pub struct Member {
    #[base]
    pub user: User,
    pub nick: Option<String>,
}

#[model(base = AccessToken, public = false)]
pub struct TenantToken {
    #[base]
    pub token: AccessToken,
}

/// A user of one of several realms.
#[model(base = User, user(token = TenantToken, salt_work_factor = 4, realm_required, realm_delimiter = ":"))]
pub struct Tenant {
    #[base]
    pub user: User,
}

#[model(base = AccessToken, public = false)]
pub struct LaxToken {
    #[base]
    pub token: AccessToken,
}

/// A user as LoopBack has them, and with few sessions.
#[model(
    base = User,
    plural = "Laxes",
    user(
        token = LaxToken,
        salt_work_factor = 4,
        reject_password_changes_via_patch_or_replace = false,
        reveal_accounts,
        login_throttle = off,
        allow_eternal_tokens,
        max_sessions = 3
    )
)]
#[acl(allow, "$owner", methods("__create__accessTokens"))]
pub struct Lax {
    #[base]
    pub user: User,
    pub name: Option<String>,
}
