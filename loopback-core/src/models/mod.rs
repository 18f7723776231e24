//! LoopBack's built-in models, written with our own macros and stored through the same engine. Answers to loopback
//! `common/models`.
//!
//! They are part of an app that has enabled them, and each can be extended: `#[model(base = User)]`.

mod access_log;
mod access_token;
mod acl;
mod application;
mod email;
mod login_attempt;
mod outbox_email;
mod role;
mod scope;
mod user;

pub use access_log::AccessLog;
pub use access_token::AccessToken;
pub use acl::Acl;
pub use application::{Application, ApplicationKeys};
pub use email::{Email, Mailer};
pub use login_attempt::LoginAttempt;
pub use outbox_email::{OutboxEmail, OutboxState};
pub use role::{Role, RoleMapping};
pub use scope::Scope;
pub use user::{
    Credentials, ResetOptions, ResetPasswordRequest, Session, SetPassword, TemplateFn, TokenGenerator, TokenOptions,
    User, UserModel, VerifyOptions, VerifyRequest,
};

pub(crate) use user::{Passwords, RESET_SCOPE, check_user, registered, registering, seal, seal_ahead, sweep};
pub(crate) use user::{confirmed_page, reset_page};

use crate::meta::ModelDef;
use crate::typed::Model;

/// The framework's models that others may extend or lead to.
pub(crate) fn extendable() -> [&'static ModelDef; 8] {
    [User::DEF, AccessToken::DEF, Role::DEF, RoleMapping::DEF, Acl::DEF, Application::DEF, Scope::DEF, Email::DEF]
}

/// Adds the framework's models that an app needs and does not have.
pub(crate) fn complete(models: &mut Vec<&'static ModelDef>, wanted: &[&'static ModelDef], stored_rules: bool) {
    let extends = |def: &'static ModelDef, of: &ModelDef| {
        def.bases().chain([def]).any(|one| one.name == of.name && one.location == of.location)
    };
    let rules = stored_rules.then_some(Acl::DEF);
    let always = [Role::DEF, RoleMapping::DEF, LoginAttempt::DEF, AccessLog::DEF, User::DEF];
    for def in rules.into_iter().chain(always).chain(wanted.iter().copied()) {
        // One that extends it takes its place.
        if !models.iter().any(|model| extends(model, def)) {
            models.push(def);
        }
    }
    let has_own_tokens = |def: &'static ModelDef| {
        def.bases().chain([def]).any(|one| one.settings.user.is_some_and(|user| user.token.is_some()))
    };
    let needs_tokens = models.iter().any(|def| extends(def, User::DEF) && !has_own_tokens(def));
    if needs_tokens && !models.iter().any(|def| def.name == AccessToken::DEF.name) {
        models.push(AccessToken::DEF);
    }
}
