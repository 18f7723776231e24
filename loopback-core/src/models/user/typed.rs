//! The flows of users in code, with the type of the model.

use super::account;
use super::login::{self, Credentials, Session, TokenOptions};
use super::{User, VerifyOptions, of_users};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::graph::ModelNode;
use crate::typed::{Model, from_row};
use crate::value::{PropertyType, Value};
use futures_util::future::BoxFuture;
use serde_json::{Map, Value as Json};
use std::ops::Deref;
use std::sync::Arc;

/// What every model of users has: [`User`], and what extends it.
///
/// ```ignore
/// let (session, customer) = Customer::login(&ctx, Credentials::email("ann@shop.test", "correct horse")).await?;
/// customer.change_password(&ctx, "correct horse", "battery staple").await?;
/// Customer::logout(&ctx, &session.id).await?;
/// ```
pub trait UserModel: Model {
    /// Logs a user in: the session with its token, and the user.
    ///
    /// # Errors
    /// 400: no name, or no realm. 401 `LOGIN_FAILED`, `LOGIN_FAILED_EMAIL_NOT_VERIFIED`. 429: it has failed too often. 503: too
    /// many log in at once.
    fn login(ctx: &Ctx, credentials: Credentials) -> BoxFuture<'_, Result<(Session, Self)>> {
        Box::pin(async move {
            let (session, row) = login::login(ctx, node::<Self>(ctx)?, credentials).await?;
            Ok((session, from_row(row)?))
        })
    }

    /// Ends the session of a token.
    ///
    /// # Errors
    /// 401: there is no such token.
    fn logout<'a>(ctx: &'a Ctx, token: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { login::logout(ctx, node::<Self>(ctx)?, Some(token)).await })
    }

    /// Ends the session of the request that `ctx` belongs to.
    ///
    /// # Errors
    /// 401: it has no token, or that of another model of users.
    fn end_session(ctx: &Ctx) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { login::logout(ctx, node::<Self>(ctx)?, None).await })
    }

    /// Confirms an e-mail with the token that was sent to it.
    ///
    /// # Errors
    /// 400 `INVALID_TOKEN`. 404 `USER_NOT_FOUND`.
    fn confirm<'a>(ctx: &'a Ctx, id: &'a Self::Id, token: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let id = crate::access::text(&id.clone().into_value());
            account::confirm(ctx, node::<Self>(ctx)?, &id, token, None).await
        })
    }

    /// Begins a reset of the password; the listeners of `on_reset_password` get the token.
    ///
    /// # Errors
    /// 400 `EMAIL_REQUIRED`. 429: too often.
    fn reset_password<'a>(ctx: &'a Ctx, email: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let options = Map::from_iter([("email".to_owned(), Json::from(email))]);
            account::reset(ctx, node::<Self>(ctx)?, options).await
        })
    }

    /// Asks the user to confirm the e-mail: the mailer and the listeners of `on_verify` get the token.
    ///
    /// # Errors
    /// 404: the user is gone.
    fn verify<'a>(&'a self, ctx: &'a Ctx, options: VerifyOptions) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let model = node::<Self>(ctx)?;
            account::verify(ctx, model, &self.value(model.id), options).await
        })
    }

    /// Sets the password; the other sessions of the user end.
    ///
    /// # Errors
    /// 422: it cannot be.
    fn set_password<'a>(&'a self, ctx: &'a Ctx, new: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let model = node::<Self>(ctx)?;
            account::set_password_of(ctx, model, &self.value(model.id), new.to_owned()).await
        })
    }

    /// Sets the password, for who knows the old one.
    ///
    /// # Errors
    /// 400 `INVALID_PASSWORD`: the old one is another. 422: the new one cannot be.
    fn change_password<'a>(&'a self, ctx: &'a Ctx, old: &'a str, new: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let model = node::<Self>(ctx)?;
            account::change_password_of(ctx, model, &self.value(model.id), old.to_owned(), new.to_owned()).await
        })
    }

    /// Makes an access token of the user.
    ///
    /// # Errors
    /// 422: a ttl below 1.
    fn create_access_token<'a>(&'a self, ctx: &'a Ctx, options: TokenOptions) -> BoxFuture<'a, Result<Session>> {
        Box::pin(async move {
            let model = node::<Self>(ctx)?;
            // The application's own word, whoever's request it answers.
            login::create_token(&account::own(ctx), model, &self.value(model.id), None, options).await
        })
    }

    /// Whether a password is the user's.
    ///
    /// # Errors
    /// 503: too many passwords are being looked at.
    fn has_password<'a>(&'a self, ctx: &'a Ctx, plain: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let user = of_users(node::<Self>(ctx)?)?;
            let digest = match self.value(user.password) {
                Value::Text(digest) => Some(digest),
                _ => None,
            };
            let passwords = &login::auth(ctx)?.passwords;
            passwords.verify(plain.to_owned(), digest, user.settings.salt_work_factor).await
        })
    }
}

impl UserModel for User {}

impl<M> UserModel for M
where
    M: Model + Deref,
    M::Target: UserModel,
{
}

fn node<M: Model>(ctx: &Ctx) -> Result<&Arc<ModelNode>> {
    let found = ctx.app().graph().model(M::DEF.name);
    found.ok_or_else(|| Error::internal(format!("there is no model `{}` in the application", M::DEF.name)))
}
