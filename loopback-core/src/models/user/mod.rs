//! Users: the model, its endpoints, and the flows behind them. Answers to loopback `common/models/user.js` and `user.json`.
//!
//! The flows ([`login`], [`account`]) work on rows, so that they are the same for every model that extends [`User`]. What
//! holds whichever way a user is written stands in [`hooks`] and [`password`].

mod account;
mod endpoints;
mod hooks;
mod login;
mod mails;
mod password;
mod sweep;
mod throttle;
mod typed;

pub use account::{ResetPasswordRequest, VerifyRequest};
pub use hooks::SetPassword;
pub use login::{Credentials, Session, TokenOptions};
pub use mails::{ResetOptions, TemplateFn, TokenGenerator, VerifyOptions};
pub(crate) use mails::{confirmed_page, reset_page};
pub use typed::UserModel;

pub(crate) use account::{RESET_SCOPE, registered, registering};
pub(crate) use login::end_oldest;
pub(crate) use password::{Passwords, check_user, seal, seal_ahead};
pub(crate) use sweep::sweep;

use crate::error::{Error, Result};
use crate::graph::{ModelNode, UserNode};
use crate::meta::Invalid;
use loopback_macros::model;
use regex::Regex;
use std::sync::OnceLock;

/// A user: what [`#[model(base = User)]`](macro@loopback_macros::model) extends. `ttl` and the other settings go into
/// `user(..)` there.
///
/// | method | route | who may |
/// |---|---|---|
/// | `create` | `POST /Users` | everybody: it is the registration |
/// | `login` | `POST /Users/login` | everybody |
/// | `logout` | `POST /Users/logout` | who has a token |
/// | `confirm` | `GET /Users/confirm` | who has the token of the e-mail |
/// | `resetPassword` | `POST /Users/reset` | everybody |
/// | `setPassword` | `POST /Users/reset-password` | who has the token of a reset |
/// | `changePassword` | `POST /Users/change-password` | who has logged in |
/// | `verify` | `POST /Users/{id}/verify` | everybody |
/// | `findById`, `patchAttributes`, `replaceById`, `deleteById` | `/Users/{id}` | the user |
/// | all others | | nobody, unless a rule says so |
///
/// Differs from LoopBack: passwords pass a policy; a ready-made digest that is sent as a password is a password; `logout`
/// is a POST; whether an e-mail is confirmed is not the user's to say.
#[model(built_in, user(ttl = 1_209_600, max_ttl = 31_556_926))]
#[acl(deny, "$everyone")]
#[acl(allow, "$everyone", methods(create))]
#[acl(allow, "$owner", methods(delete_by_id))]
#[acl(allow, "$everyone", methods(login))]
#[acl(allow, "$everyone", methods(logout))]
#[acl(allow, "$owner", methods(find_by_id))]
#[acl(allow, "$owner", methods(patch_attributes))]
#[acl(allow, "$owner", methods(replace_by_id))]
#[acl(allow, "$everyone", execute, methods(verify))]
#[acl(allow, "$everyone", methods(confirm))]
#[acl(allow, "$everyone", execute, methods(reset_password))]
#[acl(allow, "$authenticated", execute, methods(change_password))]
#[acl(allow, "$authenticated", execute, methods(set_password))]
pub struct User {
    /// The id.
    #[property(id, generated)]
    pub id: i64,
    /// The realm.
    pub realm: Option<String>,
    /// The name to log in with.
    #[property(uniqueness(message = "User already exists"))]
    pub username: Option<String>,
    /// The password. What is written to it is stored as a digest, in bcrypt's form.
    #[property(hidden, sql(length = 255))]
    pub password: String,
    /// The e-mail.
    #[property(validate = custom, uniqueness(message = "Email already exists"))]
    pub email: String,
    /// Whether the user has confirmed the e-mail.
    pub email_verified: Option<bool>,
    /// By what the e-mail can be confirmed: a digest.
    #[property(hidden)]
    pub verification_token: Option<String>,
}

/// Named as LoopBack's validator, by which the code is `custom.email`.
fn custom(email: &str) -> Result<(), Invalid> {
    if email.is_empty() || is_email(email) { Ok(()) } else { Err(Invalid::kind("email")) }
}

/// Whether a text is one e-mail address, without a name or comments.
fn is_email(text: &str) -> bool {
    static FORM: OnceLock<Option<Regex>> = OnceLock::new();
    let form = FORM.get_or_init(|| {
        Regex::new(
            r"^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*@[\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?(\.[\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?)*$",
        )
        .ok()
    });
    text.len() <= 254 && form.as_ref().is_some_and(|form| form.is_match(text))
}

/// What makes the model one of users.
///
/// # Errors
/// 500: it is none.
fn of_users(model: &ModelNode) -> Result<&UserNode> {
    model.user.as_ref().ok_or_else(|| Error::internal(format!("{} is no model of users", model.name)))
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn an_email_is_one_address() {
        for good in ["a@b.test", "first.last+tag@sub.example.org", "a@localhost", "ü@müller.test"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a b@c.test",
            "a@b@c",
            "a..b@c",
            ".a@b",
            "a@-b",
            "a@b-",
            "a@b\n",
            "A <a@b.test>",
            "a@b,c@d",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
