//! What an app says about users and access control.

use super::{AppBuilder, Environment};
use crate::access::{AclRule, AuthOptions};
use crate::app::Cors;
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::meta::{PasswordPolicyDef, Permission, RelationAcl, Strict};

/// What files say of users and access control. Code that turns them on later starts from it, so that code goes before files.
#[derive(Default)]
pub(super) struct AuthOfFiles {
    options: AuthOptions,
    /// `"enableAuth": false` has turned the rules off.
    off: bool,
}

impl AppBuilder {
    /// Users, tokens and access control: LoopBack's `enableAuth`. The rules of models are enforced, requests with a token act
    /// for its user, and the tables of tokens, roles and rules are there. Without a model that extends [`User`](crate::models::User)
    /// there is that one, under `/Users`.
    ///
    /// It goes before `"enableAuth": false` of a file, and before what was said of
    /// [`disable_auth_for_tests`](Self::disable_auth_for_tests) until then.
    pub fn enable_auth(mut self) -> Self {
        self.users().enforced = true;
        self.auth_of_files.off = false;
        self
    }

    /// As [`enable_auth`](Self::enable_auth), with settings: `.auth(|auth| auth.cookie_secret(secret))`. They go before those
    /// of files.
    pub fn auth(mut self, set: impl FnOnce(AuthOptions) -> AuthOptions) -> Self {
        // Only what a file has turned off: a component's settings leave tests alone.
        if self.auth_of_files.off {
            self = self.enable_auth();
        }
        self.with_auth(set)
    }

    /// Users and tokens, with what files say of them; whether rules are enforced stays as it was said.
    fn users(&mut self) -> &mut AuthOptions {
        let of_files = &mut self.auth_of_files.options;
        self.auth.get_or_insert_with(|| std::mem::take(of_files))
    }

    fn with_users(mut self) -> Self {
        self.users();
        self
    }

    fn with_auth(mut self, set: impl FnOnce(AuthOptions) -> AuthOptions) -> Self {
        let options = std::mem::take(self.users());
        self.auth = Some(set(options));
        if self.auth.as_ref().is_some_and(|auth| auth.token_storage == crate::access::TokenStorage::Plain) {
            self.restores("token_storage", true);
        }
        self
    }

    /// Users and tokens are there, and nobody is refused anything: for tests of what lies behind the rules.
    pub fn disable_auth_for_tests(mut self) -> Self {
        self.users().enforced = false;
        self.auth_of_files.off = false;
        self
    }

    /// A setting of a file, for when the app has users. It is there before what code says of them.
    pub(in crate::app) fn auth_of_file(mut self, set: impl FnOnce(AuthOptions) -> AuthOptions) -> Self {
        let options = self.auth.as_mut().unwrap_or(&mut self.auth_of_files.options);
        *options = set(std::mem::take(options));
        self
    }

    /// `"enableAuth": false` of a file: users and tokens are there, and nobody is refused anything unless code says so.
    pub(super) fn auth_off_by_file(mut self) -> Self {
        self.users().enforced = false;
        self.auth_of_files.off = true;
        self
    }

    /// The data source of the framework's own models: tokens, roles, rules. The default one unless set.
    pub fn auth_data_source(mut self, name: impl Into<String>) -> Self {
        self.auth_data_source = Some(name.into());
        self.with_users()
    }

    /// Adds one of the framework's models that an app does not have of itself: `.with_model::<Application>()`.
    pub fn with_model<M: crate::typed::Model>(mut self) -> Self {
        self.built_in.push(M::DEF);
        self.with_users()
    }

    /// Gives one of the framework's models endpoints: `.expose("Role")`. Its own rules let nobody in: say with
    /// [`acl`](Self::acl) who may.
    pub fn expose(mut self, model: impl Into<String>) -> Self {
        self.exposed.push(model.into());
        self.with_users()
    }

    /// A rule of access control, beside those of the model's attributes: `.acl("Role", AclRule::allow("admin"))`. What it names
    /// and is not there is a fault at start.
    pub fn acl(mut self, model: impl Into<String>, rule: AclRule) -> Self {
        self.acls.push((model.into(), rule));
        self
    }

    /// What holds where no rule does and the model does not say; a call is allowed unless set, as in LoopBack.
    pub fn default_permission(mut self, permission: Permission) -> Self {
        self.default_permission = permission;
        self
    }

    /// The status with which a user is refused, where the model does not say: 401 (unless set), 403 or 404. Who has shown no
    /// token gets 401 in any case.
    pub fn acl_error_status(mut self, status: u16) -> Self {
        self.acl_error_status = if matches!(status, 403 | 404) { status } else { 401 };
        self
    }

    /// Which rules are asked where a relation leads to rows of another model, where model and relation do not say: those of
    /// both unless set.
    ///
    /// Differs from LoopBack, which asks those of the called model alone.
    pub fn relation_acl(mut self, which: RelationAcl) -> Self {
        self.relation_acl = which;
        self.restores("relation_acl", which == RelationAcl::Called);
        self
    }

    /// Whether clients may set the property that `$owner` goes by to somebody else, where the model does not say; they may
    /// not unless set.
    ///
    /// Differs from LoopBack, where a record can be given away, and planted on others.
    pub fn owner_writable(mut self, writable: bool) -> Self {
        self.owner_writable = writable;
        self.restores("owner_writable", writable);
        self
    }

    /// What passwords have to be like, where the model of users does not say.
    pub fn password_policy(mut self, policy: PasswordPolicyDef) -> Self {
        self.user.password_policy = Some(policy);
        self.restores("password_policy", policy == PasswordPolicyDef::None);
        self
    }

    /// Turns on every setting that brings LoopBack's behaviour back where ours is safer. The start names them.
    ///
    /// | setting | what it restores |
    /// |---|---|
    /// | `strict = "ignore"` | unknown properties are dropped |
    /// | `relation_acl = called` | relations and includes go by the rules of the called model alone |
    /// | `foreign_key_constraints = false` | a parent goes while children stay |
    /// | `implicit_transactions = false` | every statement stands alone |
    /// | `owner_writable = true` | a record can be given away |
    /// | `token_storage = plain` | tokens are stored as they are |
    /// | `password_policy = none` | any password up to 72 bytes |
    /// | `reject_password_changes_via_patch_or_replace = false` | PATCH sets a password |
    /// | `reveal_accounts = true` | a reset says that an e-mail is unknown |
    /// | `login_throttle = off` | failed log-ins are not counted |
    /// | `cors` | every site may act with its visitors' cookies |
    pub fn compat_loopback3(self) -> Self {
        let mut app = self
            .strict(Strict::Ignore)
            .relation_acl(RelationAcl::Called)
            .foreign_key_constraints(false)
            .implicit_transactions(false)
            .owner_writable(true)
            .password_policy(PasswordPolicyDef::None)
            .with_auth(|auth| auth.token_storage(crate::access::TokenStorage::Plain).without_login_throttle())
            .cors(Cors::loopback3());
        app.user.reject_password_changes_via_patch_or_replace = Some(false);
        app.user.reveal_accounts = Some(true);
        app.user.login_throttle = Some(false);
        for setting in [
            "strict",
            "foreign_key_constraints",
            "implicit_transactions",
            "reject_password_changes_via_patch_or_replace",
            "reveal_accounts",
            "login_throttle",
        ] {
            app.restores(setting, true);
        }
        app
    }

    /// Notes that a setting brings LoopBack's behaviour back.
    pub(super) fn restores(&mut self, setting: &'static str, on: bool) {
        self.compat.retain(|known| *known != setting);
        if on {
            self.compat.push(setting);
        }
    }

    /// Rules that nobody would ask are a fault: LoopBack serves such models to everybody.
    pub(super) fn access_is_decided(&self, graph: &Graph) -> Result<()> {
        // Links that nobody can open are no use, and are noticed late.
        let mail = self.mail.leaves();
        let sends = |auth: &AuthOptions| mail || auth.mailer.is_some() || !auth.on_verify.is_empty();
        if self.environment == Environment::Production
            && self.auth.as_ref().is_some_and(|auth| auth.public_url.is_none() && sends(auth))
        {
            return Err(Error::configuration(
                "e-mails have links to the app, and it does not know its address: write \
                 `.auth(|auth| auth.public_url(\"https://shop.example\"))`, or \"url\": \"https://shop.example\" into \
                 config.json",
            ));
        }
        if self.auth.is_some() || !graph.has_rules() {
            return Ok(());
        }
        // Nobody comes to the outbox from outside: an app without users may have one.
        let asked = graph.models().filter(|model| !model.access.rules.is_empty() && *model.name != *"OutboxEmail");
        let with: Vec<&str> = asked.map(|model| &*model.name).collect();
        if with.is_empty() {
            return Ok(());
        }
        Err(Error::configuration(format!(
            "there are rules of access control ({}) and nobody asks them: write `.enable_auth()`, or \
             `.disable_auth_for_tests()`",
            with.join(", ")
        )))
    }
}
