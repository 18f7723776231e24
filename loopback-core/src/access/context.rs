//! What is asked of access control, and what it answers.

use super::principal::{Caller, Principal, text};
use super::token::TokenInfo;
use crate::ctx::Ctx;
use crate::graph::{AccessType, ModelNode, Permission, ScoredRule};
use crate::value::Value;
use std::fmt;
use std::sync::Arc;

/// A call that is to be judged: LoopBack's `AccessContext`. Role resolvers get one.
#[derive(Clone)]
pub struct AccessContext {
    ctx: Ctx,
    model: Option<Arc<ModelNode>>,
    model_id: Option<Value>,
    property: Box<str>,
    access_type: Option<AccessType>,
    principals: Vec<Principal>,
    caller: Arc<Caller>,
}

impl fmt::Debug for AccessContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessContext")
            .field("model", &self.model_name())
            .field("property", &self.property)
            .field("access_type", &self.access_type)
            .field("principals", &self.principals)
            .finish_non_exhaustive()
    }
}

impl AccessContext {
    /// The call of the context's caller, without a model.
    pub fn new(ctx: &Ctx) -> Self {
        let caller = ctx.caller().cloned().unwrap_or_default();
        Self {
            ctx: ctx.clone(),
            model: None,
            model_id: None,
            property: "*".into(),
            access_type: None,
            principals: caller.principals.clone(),
            caller,
        }
    }

    /// The same of a model, by its name; unknown ones are left out.
    #[must_use]
    pub fn with_model(mut self, model: &str) -> Self {
        self.model = self.ctx.app().graph().model(model).cloned();
        self
    }

    pub(crate) fn of(mut self, model: &Arc<ModelNode>) -> Self {
        self.model = Some(model.clone());
        self
    }

    /// The same of the row with an id.
    #[must_use]
    pub fn with_model_id(mut self, id: Option<Value>) -> Self {
        self.model_id = id;
        self
    }

    /// The same of a method.
    #[must_use]
    pub fn with_method(mut self, method: &str, access_type: Option<AccessType>) -> Self {
        self.property = method.into();
        self.access_type = access_type;
        self
    }

    /// The context of the request.
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    /// The model.
    pub fn model(&self) -> Option<&ModelNode> {
        self.model.as_deref()
    }

    pub(crate) fn model_arc(&self) -> Option<&Arc<ModelNode>> {
        self.model.as_ref()
    }

    /// The model's name.
    pub fn model_name(&self) -> Option<&str> {
        self.model.as_deref().map(|model| &*model.name)
    }

    /// The id of the row; `None`: the call is about no single row.
    pub fn model_id(&self) -> Option<&Value> {
        self.model_id.as_ref()
    }

    /// The method's name; `*`: all.
    pub fn property(&self) -> &str {
        &self.property
    }

    /// How rules see the method; `None`: all.
    pub fn access_type(&self) -> Option<AccessType> {
        self.access_type
    }

    /// Who calls.
    pub fn principals(&self) -> &[Principal] {
        &self.principals
    }

    /// Adds a principal; `false`: it is there.
    pub fn add_principal(&mut self, principal: Principal) -> bool {
        if self.principals.contains(&principal) {
            return false;
        }
        self.principals.push(principal);
        true
    }

    /// The token of the request.
    pub fn access_token(&self) -> Option<&TokenInfo> {
        self.caller.token.as_deref()
    }

    /// The id of the user.
    pub fn user_id(&self) -> Option<&Value> {
        self.caller.user.as_ref()
    }

    /// The id of the user as text.
    pub fn user_id_text(&self) -> Option<String> {
        self.user_id().map(text)
    }

    /// The id of the application.
    pub fn app_id(&self) -> Option<&str> {
        self.principals.iter().find(|principal| principal.kind() == Principal::APP).map(Principal::id)
    }

    /// Whether a user or an application has shown who it is.
    pub fn is_authenticated(&self) -> bool {
        self.caller.is_authenticated() || self.app_id().is_some()
    }

    /// The caller with the principals that were added.
    pub(crate) fn caller(&self) -> Arc<Caller> {
        if self.principals == self.caller.principals {
            return self.caller.clone();
        }
        Arc::new(Caller {
            token: self.caller.token.clone(),
            user: self.caller.user.clone(),
            user_model: self.caller.user_model.clone(),
            principals: self.principals.clone(),
            address: self.caller.address,
            ..Caller::default()
        })
    }
}

/// What access control answers: LoopBack's `AccessRequest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRequest {
    /// The model's name.
    pub model: String,
    /// The method's name; `*`: all.
    pub property: String,
    /// How rules see the method; `None`: all.
    pub access_type: Option<AccessType>,
    /// What holds.
    pub permission: Permission,
}

impl AccessRequest {
    /// Whether the call goes on.
    pub fn is_allowed(&self) -> bool {
        self.permission.allows()
    }

    /// Whether it is about more than one thing.
    pub fn is_wildcard(&self) -> bool {
        self.model == "*" || self.property == "*" || self.access_type.is_none()
    }

    /// Whether a rule is about just this.
    pub fn exactly_matches(&self, model: &str, property: &str, access_type: Option<AccessType>) -> bool {
        self.model == model && self.property == property && self.access_type == access_type
    }
}

/// A method, as its rules see it.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) model: &'a Arc<ModelNode>,
    /// The method's name.
    pub(crate) name: &'a str,
    /// Its other names.
    pub(crate) aliases: &'a [&'static str],
    pub(crate) access: AccessType,
    /// The rules of the definitions, the strongest first.
    pub(crate) rules: &'a [ScoredRule],
    /// The scopes of which a token must have one.
    pub(crate) scopes: &'a [Box<str>],
}

impl Asked<'_> {
    /// Whether a name is the method's.
    pub(crate) fn goes_by(&self, name: &str) -> bool {
        crate::graph::goes_by(self.name, self.aliases, name)
    }
}
