//! Rules of access control, as the attributes saw them. Answers to loopback `common/models/acl.json` and `user.json`.

use super::{AccessType, Location, ModelRef};
use crate::access::AccessContext;
use crate::error::Result;
use futures_util::future::BoxFuture;

/// What a rule says, the weakest first: of two rules with the same score the stronger one holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// The call goes on.
    Allow,
    /// The call goes on; it is written to the access log, and listeners are told.
    Alarm,
    /// The call goes on, and is written to the access log.
    Audit,
    /// The call is refused.
    Deny,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Allow, Self::Alarm, Self::Audit, Self::Deny];

    /// LoopBack's word, `ALLOW`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "ALLOW",
            Self::Alarm => "ALARM",
            Self::Audit => "AUDIT",
            Self::Deny => "DENY",
        }
    }

    /// The permission of LoopBack's word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == word)
    }

    /// Whether the call goes on.
    pub const fn allows(self) -> bool {
        !matches!(self, Self::Deny)
    }
}

/// Who a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalDef {
    /// Whoever is in a role: `$everyone`, `admin`.
    Role(&'static str),
    /// A user, by the id as text.
    User(&'static str),
    /// An application, by the id.
    App(&'static str),
}

/// A rule: `#[acl(allow, "$owner", write)]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AclDef {
    /// What it says.
    pub permission: Permission,
    /// Who it is about.
    pub principal: PrincipalDef,
    /// Which calls; `None`: all.
    pub access: Option<AccessType>,
    /// The methods it is about, by any of their names; none: all.
    pub methods: &'static [&'static str],
    /// The line of the attribute.
    pub line: u32,
}

/// Which rules are asked when a relation leads to rows of another model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationAcl {
    /// Those of the model that is called, and those of the model that it leads to.
    Both,
    /// Those of the model that is called: LoopBack's behaviour.
    Called,
}

/// What a user's password has to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordPolicyDef {
    /// Anything that is not empty, up to 72 bytes: LoopBack's behaviour.
    None,
    /// At least 8 characters, none of the common passwords, not the e-mail.
    Default,
    /// As `Default`, with at least so many characters.
    MinLength(u32),
}

/// The settings of a model of users, `user(ttl = 3600)`; `None`: as the base, the app or LoopBack has it.
#[derive(Clone, Copy, Debug)]
pub struct UserDef {
    /// Whether who has not confirmed the e-mail cannot log in.
    pub email_verification_required: Option<bool>,
    /// Seconds that a session lasts when a log-in does not say.
    pub ttl: Option<u64>,
    /// The most seconds that a session lasts.
    pub max_ttl: Option<u64>,
    /// Seconds in which a password can be reset.
    pub reset_password_token_ttl: Option<u64>,
    /// Seconds in which an e-mail can be confirmed.
    pub verification_token_ttl: Option<u64>,
    /// Whether users are found by their realm as well.
    pub realm_required: Option<bool>,
    /// What separates realm and name in `east:tom`.
    pub realm_delimiter: Option<&'static str>,
    /// The cost of bcrypt.
    pub salt_work_factor: Option<u32>,
    /// Whether e-mails that differ in case differ.
    pub case_sensitive_email: Option<bool>,
    /// Whether a token with the ttl -1 lasts for ever.
    pub allow_eternal_tokens: Option<bool>,
    /// Whether the token of a reset is good for that alone.
    pub restrict_reset_password_token_scope: Option<bool>,
    /// Whether a password is changed by `change-password` and `reset-password` alone.
    pub reject_password_changes_via_patch_or_replace: Option<bool>,
    /// What a password has to be like.
    pub password_policy: Option<PasswordPolicyDef>,
    /// Whether a reset says that an e-mail is unknown.
    pub reveal_accounts: Option<bool>,
    /// Whether failed log-ins are counted.
    pub login_throttle: Option<bool>,
    /// Sessions of a user; with one more the oldest ends.
    pub max_sessions: Option<u64>,
    /// The model of its tokens, when that is not `AccessToken`.
    pub token: Option<ModelRef>,
}

impl UserDef {
    /// No settings.
    pub const NONE: Self = Self {
        email_verification_required: None,
        ttl: None,
        max_ttl: None,
        reset_password_token_ttl: None,
        verification_token_ttl: None,
        realm_required: None,
        realm_delimiter: None,
        salt_work_factor: None,
        case_sensitive_email: None,
        allow_eternal_tokens: None,
        restrict_reset_password_token_scope: None,
        reject_password_changes_via_patch_or_replace: None,
        password_policy: None,
        reveal_accounts: None,
        login_throttle: None,
        max_sessions: None,
        token: None,
    };

    /// These settings, completed by those of a base.
    pub(crate) fn or(self, base: Self) -> Self {
        Self {
            email_verification_required: self.email_verification_required.or(base.email_verification_required),
            ttl: self.ttl.or(base.ttl),
            max_ttl: self.max_ttl.or(base.max_ttl),
            reset_password_token_ttl: self.reset_password_token_ttl.or(base.reset_password_token_ttl),
            verification_token_ttl: self.verification_token_ttl.or(base.verification_token_ttl),
            realm_required: self.realm_required.or(base.realm_required),
            realm_delimiter: self.realm_delimiter.or(base.realm_delimiter),
            salt_work_factor: self.salt_work_factor.or(base.salt_work_factor),
            case_sensitive_email: self.case_sensitive_email.or(base.case_sensitive_email),
            allow_eternal_tokens: self.allow_eternal_tokens.or(base.allow_eternal_tokens),
            restrict_reset_password_token_scope: self
                .restrict_reset_password_token_scope
                .or(base.restrict_reset_password_token_scope),
            reject_password_changes_via_patch_or_replace: self
                .reject_password_changes_via_patch_or_replace
                .or(base.reject_password_changes_via_patch_or_replace),
            password_policy: self.password_policy.or(base.password_policy),
            reveal_accounts: self.reveal_accounts.or(base.reveal_accounts),
            login_throttle: self.login_throttle.or(base.login_throttle),
            max_sessions: self.max_sessions.or(base.max_sessions),
            token: self.token.or(base.token),
        }
    }
}

/// A role that a function decides about, as `#[role_resolver]` saw it.
#[derive(Clone, Copy)]
pub struct RoleResolverDef {
    /// The role's name.
    pub role: &'static str,
    /// Asks whether the caller is in the role.
    pub call: RoleResolverFn,
    /// Where the function stands.
    pub location: Location,
}

impl std::fmt::Debug for RoleResolverDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.role, self.location)
    }
}

/// Asks whether the caller is in a role.
pub type RoleResolverFn = for<'a> fn(&'a AccessContext) -> BoxFuture<'a, Result<bool>>;

/// What `#[role_resolver]` submits at link time.
pub struct RoleResolverEntry(pub RoleResolverDef);

inventory::collect!(RoleResolverEntry);
