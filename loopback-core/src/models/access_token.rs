//! Access tokens. Answers to loopback `common/models/access-token.js`.

use crate::access::new_token_id;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::hooks::{AfterSave, BeforeSave, Persist};
use crate::typed::Model as _;
use crate::value::Value;
use chrono::{DateTime, Utc};
use loopback_macros::model;

/// A session of a user. The id that is stored is the digest of the token, which only the log-in says; in lists it is a
/// handle, by which the session can be ended. With `.auth(|auth| auth.token_storage(TokenStorage::Plain))` it is the token.
///
/// Which model of users it is of is said there: the one that has no tokens of its own, `user(token = MemberToken)`.
#[model(built_in, public = false)]
#[acl(deny, "$everyone")]
pub struct AccessToken {
    /// The digest of the token.
    #[property(id, sql(length = 512))]
    pub id: String,
    /// Seconds that it is good for, from `created` on; -1: for ever.
    #[property(default = 1_209_600)]
    pub ttl: i64,
    /// What it is good for; none: for all that asks for no scope.
    pub scopes: Option<Vec<String>>,
    /// When it was made.
    #[property(default = now)]
    pub created: DateTime<Utc>,
    /// The user.
    #[property(index)]
    pub user_id: Option<i64>,
}

impl AccessToken {
    /// A new id, as [`User::create_access_token`](super::User) makes one: 64 characters, 384 random bits.
    pub fn create_access_token_id() -> String {
        new_token_id()
    }

    /// Whether it is good now. Eternal ones are when the model of users allows them.
    pub fn is_valid(&self, ctx: &Ctx) -> bool {
        let eternal = || {
            let of = ctx.app().graph().users_of_tokens(Self::DEF.name)?;
            of.user.as_ref().map(|user| user.settings.allow_eternal_tokens)
        };
        match self.ttl {
            -1 => eternal().unwrap_or(false),
            ttl => Utc::now().signed_duration_since(self.created).num_milliseconds() < ttl.saturating_mul(1_000),
        }
    }
}

#[model]
impl AccessToken {
    /// A token of its own, within what its user's model and its maker may give.
    #[operation_hook(before_save, order = -1000)]
    async fn prepare(op: &mut BeforeSave<'_, Self>) -> Result<()> {
        let token = Self::props();
        if op.is_new_instance() != Some(true) {
            if op.ctx().is_remote() {
                return Err(Error::new(422, "a token is not changed: make another").with_code("INVALID_TOKEN_CHANGE"));
            }
            return Ok(());
        }
        let (ctx, model) = (op.ctx().clone(), op.operation().model().name.clone());
        let given = op.get(token.id).is_some_and(|id| !id.is_empty());
        if given && ctx.is_remote() {
            return Err(Error::new(422, "the id of a token is made by the server").with_code("INVALID_TOKEN_ID"));
        }
        if !given {
            op.set(token.id, new_token_id());
        }
        let user_model = ctx.app().graph().users_of_tokens(&model);
        let Some(settings) = user_model.and_then(|of| of.user.as_ref()).map(|user| user.settings.clone()) else {
            return Ok(());
        };
        if !ctx.is_remote() {
            return Ok(());
        }
        // It is as old as it is, and none that sets a password without the old one.
        op.set(token.created, Utc::now());
        let wanted = op.get(token.scopes).flatten();
        if wanted.as_ref().is_some_and(|wanted| wanted.iter().any(|scope| scope == super::user::RESET_SCOPE)) {
            return Err(Error::new(403, "a token of a reset is made by the reset").with_code("ACCESS_DENIED"));
        }
        let wrong = {
            let op = op.operation();
            let at = op.model.property("ttl");
            op.data.as_ref().zip(at).is_some_and(|(input, at)| input.is_wrong(&op.model, at))
        };
        if wrong {
            // The validation says what.
            return Ok(());
        }
        let ttl = op.get(token.ttl).unwrap_or(settings.ttl);
        let eternal = ttl == -1 && settings.allow_eternal_tokens;
        if !eternal {
            if ttl < 1 {
                return Err(
                    Error::new(422, "the ttl of a token is a number of seconds from 1").with_code("INVALID_TTL")
                );
            }
            op.set(token.ttl, ttl.min(settings.max_ttl));
        }
        // Who makes a token for itself hands on no more than it has.
        let user = op.get(token.user_id).flatten().map(Value::Int);
        if let Some(own) = ctx.access_token().filter(|own| user.as_ref() == Some(own.user_id())) {
            let has =
                |scope: &str| own.scopes().map_or(scope == "DEFAULT", |own| own.iter().any(|own| **own == *scope));
            let within = match &wanted {
                Some(wanted) => wanted.iter().all(|scope| has(scope)),
                None => own.scopes().is_none(),
            };
            if !within {
                return Err(Error::new(403, "a token hands on no more scopes than it has").with_code("ACCESS_DENIED"));
            }
        }
        Ok(())
    }

    /// A user has so many sessions and no more.
    #[operation_hook(after_save, order = 1000)]
    async fn end_oldest(op: &mut AfterSave<'_, Self>) -> Result<()> {
        let token = Self::props();
        if op.is_new_instance() != Some(true) || op.get(token.scopes).flatten().is_some() {
            return Ok(());
        }
        let (ctx, model) = (op.ctx().clone(), op.operation().model.clone());
        let Some(auth) = ctx.app().auth() else { return Ok(()) };
        let user_model = ctx.app().graph().users_of_tokens(&model.name);
        let (Some(user_model), Some(user), Some(id)) = (user_model, op.get(token.user_id).flatten(), op.get(token.id))
        else {
            return Ok(());
        };
        let new = Value::Text(auth.options.stored_token(&id));
        super::user::end_oldest(&ctx.of_application(), user_model, &Value::Int(user), &new).await
    }

    /// What is stored is no use to who reads it.
    #[operation_hook(persist, order = 1000)]
    async fn conceal(op: &mut Persist<'_, Self>) -> Result<()> {
        let token = Self::props();
        let Some(auth) = op.ctx().app().auth() else { return Ok(()) };
        if op.is_new_instance() == Some(true)
            && let Some(id) = op.get(token.id)
        {
            let stored = auth.options.stored_token(&id);
            op.set(token.id, stored);
        }
        Ok(())
    }
}
