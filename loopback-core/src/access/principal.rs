//! Principals: who a request acts for.

use super::token::TokenInfo;
use crate::value::Value;
use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A user, an application or a role that a call acts for.
#[derive(Clone, Debug)]
pub struct Principal {
    kind: Box<str>,
    id: Box<str>,
    name: Option<Box<str>>,
}

impl Principal {
    /// The type of users, where there is one model of them.
    pub const USER: &'static str = "USER";
    /// The type of applications.
    pub const APP: &'static str = "APP";
    /// The type of roles.
    pub const ROLE: &'static str = "ROLE";
    /// The type of scopes.
    pub const SCOPE: &'static str = "SCOPE";

    /// A principal of a type: one of the constants, or the name of a model of users.
    pub fn new(kind: &str, id: impl fmt::Display) -> Self {
        Self { kind: kind.into(), id: id.to_string().into(), name: None }
    }

    /// The same with a name.
    #[must_use]
    pub fn with_name(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The id, as text: ids are compared as texts, `1` is no `1.0`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name, when it has one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

/// Type and id are what counts, as in LoopBack.
impl PartialEq for Principal {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.id == other.id
    }
}

impl Eq for Principal {}

/// Who calls.
#[derive(Debug, Default)]
pub(crate) struct Caller {
    pub(crate) token: Option<Arc<TokenInfo>>,
    /// The user's id.
    pub(crate) user: Option<Value>,
    /// The name of the user's model; `None`: a layer of the application's own has said who it is.
    pub(crate) user_model: Option<Box<str>>,
    pub(crate) principals: Vec<Principal>,
    pub(crate) address: Option<IpAddr>,
    /// The names of the roles, once they were asked for.
    pub(super) roles: OnceCell<Arc<HashSet<Box<str>>>>,
}

impl Caller {
    /// A user whom a layer of the application's own knows.
    pub(crate) fn of_user(id: Value) -> Self {
        let principals = vec![Principal::new(Principal::USER, text(&id))];
        Self { user: Some(id), principals, ..Self::default() }
    }

    /// The user of a token.
    pub(crate) fn of_token(token: Arc<TokenInfo>, address: Option<IpAddr>) -> Self {
        let user = token.user_id.clone();
        Self {
            user_model: Some(token.user_model.clone()),
            principals: vec![Principal::new(&token.principal_type, text(&user))],
            user: Some(user),
            token: Some(token),
            address,
            ..Self::default()
        }
    }

    /// The same caller, of whom nothing is known but who it is.
    pub(crate) fn anew(&self) -> Self {
        Self {
            token: self.token.clone(),
            user: self.user.clone(),
            user_model: self.user_model.clone(),
            principals: self.principals.clone(),
            address: self.address,
            roles: OnceCell::new(),
        }
    }

    /// Whether a user or an application has shown who it is.
    pub(crate) fn is_authenticated(&self) -> bool {
        self.user.is_some() || self.principals.iter().any(|principal| principal.kind() == Principal::APP)
    }

    /// Whether a principal is one of the caller's.
    pub(crate) fn is(&self, kind: &str, id: &str) -> bool {
        self.principals.iter().any(|principal| principal.kind() == kind && principal.id() == id)
    }
}

/// An id as text.
pub(crate) fn text(id: &Value) -> String {
    match id {
        Value::Text(text) => text.clone(),
        other => {
            let json = other.to_json();
            json.as_str().map_or_else(|| json.to_string(), str::to_owned)
        }
    }
}
