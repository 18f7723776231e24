//! The remote methods of users: the User REST API. They are those of every model that extends [`User`].

use super::User;
use super::account;
use super::login::{self, Credentials};
use crate::engine;
use crate::error::{Error, Result};
use crate::remoting::RemoteCall;
use crate::remoting::Reply;
use loopback_macros::model;
use serde_json::{Map, Value as Json};

#[model]
impl User {
    /// Log in with an e-mail or a user name, and a password
    #[remote_method(
        post,
        "/login",
        inherited,
        notes = "Answers with the access token: `{\"id\": \"..\", \"ttl\": 1209600, \"created\": \"..\", \"userId\": 1}`; \
                 with `include=user` also with the user."
    )]
    async fn login(
        call: &mut RemoteCall,
        /** `{"email": "..", "password": "..", "ttl": 3600}`, or with `username` */
        #[arg(body)]
        credentials: Map<String, Json>,
        /** `user`: the answer has the user as well */
        #[arg(query)]
        include: Option<String>,
    ) -> Result<Json> {
        let include = included(include)?;
        let (ctx, model) = (call.ctx().clone(), call.model_arc().clone());
        let (session, user) = login::login(&ctx, &model, Credentials::of_json(&credentials)?).await?;
        let mut answer = session.to_json();
        if include {
            let mut out = Vec::new();
            engine::write_row(&model, &user, &mut out);
            answer["user"] = serde_json::from_slice(&out).map_err(Error::internal)?;
        }
        call.set_header("cache-control", "no-store");
        Ok(answer)
    }

    /// Log out: the access token is good no more
    #[remote_method(post, "/logout", inherited)]
    async fn logout(
        call: &RemoteCall,
        /** The token, when the request has it nowhere else */
        #[arg(form, name = "access_token")]
        access_token: Option<String>,
    ) -> Result<()> {
        let own = call.ctx().access_token().map(|own| &*own.stored_id);
        let token = match (access_token, own) {
            (Some(given), Some(own)) if login::auth(call.ctx())?.options.stored_token(&given) != *own => {
                let message = "the request has two access tokens that differ: send one";
                return Err(Error::bad_request(message).with_code("CONFLICTING_TOKENS"));
            }
            (Some(_), Some(_)) => None,
            (given, _) => given,
        };
        login::logout(call.ctx(), call.model_arc(), token.as_deref()).await
    }

    /// Confirm an e-mail with the token that was sent to it
    #[remote_method(get, "/confirm", inherited, access = write)]
    async fn confirm(
        call: &RemoteCall,
        /** The id of the user */
        uid: String,
        /** The token */
        token: String,
        /** Where to go then: a path of this server */
        redirect: Option<String>,
    ) -> Result<Reply<()>> {
        account::confirm(call.ctx(), call.model_arc(), &uid, &token, redirect.as_deref()).await?;
        Ok(match redirect {
            Some(to) => Reply::new(()).status(302).header("location", to),
            None => Reply::new(()),
        })
    }

    /// Ask for a new password, by e-mail
    #[remote_method(post, "/reset", inherited)]
    async fn reset_password(
        call: &RemoteCall,
        /** `{"email": ".."}` */
        #[arg(body)]
        options: Map<String, Json>,
    ) -> Result<()> {
        account::reset(call.ctx(), call.model_arc(), options).await
    }

    /// Change the password of who has logged in
    #[remote_method(post, "/change-password", inherited)]
    async fn change_password(
        call: &RemoteCall,
        /** The password so far */
        #[arg(form)]
        old_password: Option<String>,
        /** The new one */
        #[arg(form)]
        new_password: Option<String>,
    ) -> Result<()> {
        account::change_password(call.ctx(), call.model_arc(), old_password, new_password).await
    }

    /// Set a new password with the token of a reset
    #[remote_method(post, "/reset-password", inherited, scopes("reset-password"))]
    async fn set_password(
        call: &RemoteCall,
        /** The new password */
        #[arg(form)]
        new_password: Option<String>,
    ) -> Result<()> {
        account::set_password(call.ctx(), call.model_arc(), new_password).await
    }

    /// Send the e-mail again by which the user confirms the address
    #[remote_method(post, "/{id}/verify", inherited)]
    async fn verify(&self, call: &RemoteCall) -> Result<()> {
        let id = crate::value::Value::Int(self.id);
        let options = login::auth(call.ctx())?.options.verify_options.clone();
        account::verify(call.ctx(), call.model_arc(), &id, options).await
    }
}

/// Whether the user is to be answered as well: `user`, or a list with it.
fn included(include: Option<String>) -> Result<bool> {
    let Some(text) = include else { return Ok(false) };
    let names = match serde_json::from_str(&text) {
        Ok(Json::Array(list)) => list.iter().filter_map(Json::as_str).map(str::to_lowercase).collect(),
        _ => vec![text.to_lowercase()],
    };
    match names.iter().find(|name| *name != "user") {
        Some(_) => Err(Error::bad_request("`include` of a log-in is `user`").with_code("INVALID_INCLUDE")),
        None => Ok(!names.is_empty()),
    }
}
