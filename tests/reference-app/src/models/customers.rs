//! Customers and their orders.

use super::shop::Product;
use loopback::prelude::*;

/// A user of the shop.
#[model(
    base = User,
    user(
        salt_work_factor = 4,
        reveal_accounts,
        login_throttle = off,
        reject_password_changes_via_patch_or_replace = false
    )
)]
#[acl(allow, "$owner", methods("__get__accessTokens"))]
#[acl(allow, "$owner", methods("__get__orders"))]
#[acl(allow, "$owner", methods("__create__orders"))]
#[acl(allow, "$owner", methods("__count__orders"))]
#[acl(allow, "$owner", methods("__findById__orders"))]
#[acl(allow, "$owner", methods("__updateById__orders"))]
#[acl(allow, "$owner", methods("__get__profile"))]
#[acl(allow, "$owner", methods("__create__profile"))]
#[acl(allow, "$owner", methods("__update__profile"))]
#[acl(allow, "$owner", methods("__destroy__profile"))]
#[acl(allow, "admin")]
#[acl(allow, "$everyone", methods(exists))]
pub struct Customer {
    #[base]
    pub user: User,
    pub name: Option<String>,
    pub age: Option<f64>,
    #[property(default = "basic")]
    pub tier: Option<String>,
    pub orders: HasMany<Order>,
    pub profile: HasOne<Profile>,
}

#[model]
impl Customer {
    #[remote_method(get, "/whoami")]
    #[acl(allow, "$authenticated")]
    async fn whoami(user: Option<CurrentUser>) -> Result<serde_json::Value> {
        Ok(serde_json::json!({ "userId": user.map(|user| user.id().to_json()) }))
    }

    #[remote_hook(after, login)]
    async fn set_a_cookie(call: &mut RemoteCall) -> Result<()> {
        let wanted = call.query().get("cookie").is_some_and(|cookie| cookie == "1");
        let token = call.result().and_then(|session| session["id"].as_str()).map(str::to_owned);
        if let Some(signed) = token.filter(|_| wanted).and_then(|token| call.ctx().app().sign_cookie(&token)) {
            call.append_header("set-cookie", format!("authorization={signed}; Path=/"));
        }
        Ok(())
    }
}

/// Whoever is a customer of the best tier.
#[role_resolver("teamLead")]
async fn team_lead(access: &AccessContext) -> Result<bool> {
    let Some(token) = access.access_token().filter(|token| token.user_model() == "Customer") else { return Ok(false) };
    let id = i64::from_value(token.user_id().clone())?;
    let customer = Customer::find_by_id(&access.ctx().app().ctx(), id).await?;
    Ok(customer.is_some_and(|customer| customer.tier.as_deref() == Some("gold")))
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
        max_ttl = 7200,
        reveal_accounts,
        login_throttle = off,
        reject_password_changes_via_patch_or_replace = false
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
#[model(
    base = User,
    user(
        token = TenantToken,
        salt_work_factor = 4,
        realm_required,
        realm_delimiter = ":",
        reveal_accounts,
        login_throttle = off,
        reject_password_changes_via_patch_or_replace = false
    )
)]
pub struct Tenant {
    #[base]
    pub user: User,
}

#[model]
pub struct Profile {
    #[property(id, generated)]
    pub id: i64,
    pub bio: Option<String>,
    pub website: Option<String>,
    #[property(default = 0.0)]
    pub visits: Option<f64>,
    pub customer: Option<BelongsTo<Customer>>,
}

#[model]
#[acl(deny, "$everyone")]
#[acl(allow, "$authenticated", methods(create))]
#[acl(allow, "$owner")]
#[acl(allow, "admin")]
#[acl(allow, "editor", methods(find))]
#[acl(allow, "editor", methods(count))]
pub struct Order {
    #[property(id, generated)]
    pub id: i64,
    pub placed_at: Option<DateTime<Utc>>,
    #[property(default = "open")]
    pub status: Option<String>,
    #[property(default = 0.0)]
    pub total: Option<f64>,
    pub customer: Option<BelongsTo<Customer>>,
    pub items: HasMany<OrderItem>,
}

#[model(plural = "order-lines")]
pub struct OrderItem {
    #[property(id, generated)]
    pub id: i64,
    #[property(default = 1.0)]
    pub quantity: Option<f64>,
    pub price: Option<f64>,
    pub order: Option<BelongsTo<Order>>,
    pub product: Option<BelongsTo<Product>>,
}
