//! Access control: entries, roles, and the keys of models about both.
#![deny(warnings)]

use loopback::prelude::*;

/// Who buys.
#[model(base = User, user(ttl = 3600))]
pub struct Customer {
    #[base]
    pub user: User,
    pub orders: HasMany<Order>,
}

#[model(
    base = User,
    default_permission = allow,
    user(
        email_verification_required,
        ttl = 1209600,
        max_ttl = 31556926,
        reset_password_token_ttl = 900,
        verification_token_ttl = 86400,
        realm_required = false,
        realm_delimiter = ":",
        salt_work_factor = 12,
        case_sensitive_email = true,
        allow_eternal_tokens,
        restrict_reset_password_token_scope = true,
        reject_password_changes_via_patch_or_replace = true,
        password_policy(min_length = 12),
        reveal_accounts = false,
        login_throttle = off,
        max_sessions = 5
    )
)]
pub struct Clerk {
    #[base]
    pub user: User,
}

#[model(base = User, user(password_policy = none, login_throttle = on))]
pub struct Guest {
    #[base]
    pub user: User,
}

#[model(base = User, user(password_policy = default))]
pub struct Partner {
    #[base]
    pub user: User,
}

/// What was bought.
#[acl(deny, "$everyone")]
#[acl(allow, "$owner", write)]
#[model(
    owner(customer, clerk_id),
    owner_writable = false,
    default_permission = deny,
    acl_error_status = 404,
    relation_acl = both
)]
#[acl(allow, "$authenticated", methods(create))]
#[acl(methods(find, prototype.patchAttributes, find_by_id, "prototype.__get__notes"), "admin", allow)]
#[loopback::acl(audit, user = 1, execute, methods(ship))]
#[acl(audit, user = "5f0c", all)]
#[derive(Clone)]
#[acl(alarm, app = "x", replicate)]
pub struct Order {
    #[property(id, generated)]
    pub id: i64,
    pub clerk_id: i64,
    pub customer: BelongsTo<Customer>,
    #[relation(relation_acl = called)]
    pub notes: HasMany<Note>,
}

#[model(owner = author)]
pub struct Note {
    #[property(id, generated)]
    pub id: i64,
    pub author: Option<BelongsTo<Customer>>,
    #[relation(relation_acl = both)]
    pub order: BelongsTo<Order>,
}

#[model(base = Note, owner = id)]
pub struct LongNote {
    #[base]
    pub note: Note,
    pub more: String,
}

#[model]
impl Order {
    /// Sends it.
    #[acl(deny, "$everyone")]
    #[remote_method(inherited)]
    #[acl(allow, "teamLead")]
    #[loopback::acl(allow, "$owner", execute)]
    async fn ship(&mut self) -> Result<()> {
        Ok(())
    }

    #[remote_method(get, access = write)]
    #[acl(allow, "$related")]
    async fn touch(&mut self) -> Result<()> {
        Ok(())
    }

    #[remote_method(get, "/changes", access = replicate)]
    fn changes() -> Result<u32> {
        Ok(0)
    }
}

#[role_resolver]
async fn team_lead(access: &AccessContext) -> Result<bool> {
    let _ = access;
    std::future::ready(()).await;
    Ok(true)
}

#[role_resolver("teacher")]
#[deprecated]
pub fn teaches(_: &AccessContext) -> std::result::Result<bool, Error> {
    Ok(false)
}

#[loopback::role_resolver("never")]
#[cfg(not(all()))]
async fn never(access: &NoType) -> Result<bool> {}

fn main() {}
