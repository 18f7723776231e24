//! Roles, and who is in them. Answers to loopback `common/models/role.js` and `role-mapping.js`.

use super::{Application, User, UserModel};
use crate::access::{AccessContext, Principal, is_in_role, model_of, owner_condition, role_names, text};
use crate::ctx::Ctx;
use crate::engine;
use crate::error::{Error, Result};
use crate::graph::PrincipalNode;
use crate::typed::{BelongsTo, HasMany, Model, Patch, PersistedModel};
use crate::value::Value;
use chrono::{DateTime, Utc};
use loopback_macros::model;

/// A role: rules name it, and [`RoleMapping`]s say who is in it.
#[model(built_in, public = false, replace_on_put = true)]
#[acl(deny, "$everyone")]
pub struct Role {
    /// The id.
    #[property(id, generated)]
    pub id: i64,
    /// The name, as rules have it.
    #[property(uniqueness(message = "already exists"))]
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// When it was made.
    #[property(default = now)]
    pub created: Option<DateTime<Utc>>,
    /// When it was changed.
    #[property(default = now)]
    pub modified: Option<DateTime<Utc>>,
    /// Who is in it.
    pub principals: HasMany<RoleMapping>,
}

/// Says that a principal is in a role: a user (`USER`, or the name of a model of users), an application (`APP`), or another
/// role (`ROLE`, by its id or its name), whose members are then in it as well.
#[model(built_in, public = false, replace_on_put = true)]
#[acl(deny, "$everyone")]
pub struct RoleMapping {
    /// The id.
    #[property(id, generated)]
    pub id: i64,
    /// `USER`, `APP`, `ROLE`, or the name of a model of users.
    pub principal_type: Option<String>,
    /// The principal's id.
    #[property(index)]
    pub principal_id: Option<String>,
    /// The role.
    #[relation(on_delete = cascade)]
    pub role: Option<BelongsTo<Role>>,
}

impl Role {
    /// Everybody.
    pub const EVERYONE: &'static str = "$everyone";
    /// Who has logged in.
    pub const AUTHENTICATED: &'static str = "$authenticated";
    /// Who has not.
    pub const UNAUTHENTICATED: &'static str = "$unauthenticated";
    /// Whom the row belongs to.
    pub const OWNER: &'static str = "$owner";
    /// Whom the row is related to.
    pub const RELATED: &'static str = "$related";

    /// Whether the caller of a context is in a role. `$owner` and `$related` need its model and the id of a row.
    ///
    /// # Errors
    /// The roles cannot be read; the function that decides fails.
    pub async fn is_in_role(context: &AccessContext, role: &str) -> Result<bool> {
        let caller = context.caller();
        match PrincipalNode::role(role) {
            Some(PrincipalNode::Everyone) => Ok(true),
            Some(PrincipalNode::Authenticated) => Ok(context.is_authenticated()),
            Some(PrincipalNode::Unauthenticated) => Ok(!context.is_authenticated()),
            Some(PrincipalNode::Owner | PrincipalNode::Related) => {
                let (Some(model), Some(id)) = (context.model_arc(), context.model_id()) else { return Ok(false) };
                let condition = if role == Self::OWNER {
                    owner_condition(model, &caller)
                } else {
                    crate::access::related_condition(model, &caller)
                };
                let Some(condition) = condition else { return Ok(false) };
                let row = crate::access::of_row(model, id, condition);
                engine::is_there(context.ctx(), model, Some(&row)).await
            }
            Some(_) => is_in_role(context, &caller, role).await,
            None => Ok(false),
        }
    }

    /// Puts a user into the role.
    ///
    /// # Errors
    /// The user's model is none of the app; the database refuses.
    pub async fn add_user<M: UserModel>(&self, ctx: &Ctx, user: &M) -> Result<RoleMapping> {
        let model = ctx.app().graph().model(M::DEF.name);
        let (model, of_users) = model.and_then(|model| Some((model, model.user.as_ref()?))).ok_or_else(|| {
            Error::internal(format!("there is no model of users `{}` in the application", M::DEF.name))
        })?;
        let mapping = Patch::new()
            .set(RoleMapping::props().principal_type, of_users.principal_type.to_string())
            .set(RoleMapping::props().principal_id, text(&user.value(model.id)));
        self.principals.create(ctx, mapping).await
    }

    /// The roles of the caller of a context: the framework's, those that are rows, and those that functions decide about.
    ///
    /// # Errors
    /// As [`is_in_role`](Self::is_in_role).
    pub async fn get_roles(context: &AccessContext) -> Result<Vec<String>> {
        let mut roles = Vec::new();
        for role in PrincipalNode::ROLES.into_iter().chain(context.ctx().app().graph().dynamic_roles()) {
            if Self::is_in_role(context, role).await? {
                roles.push(role.to_owned());
            }
        }
        let caller = context.caller();
        let mut named: Vec<String> =
            role_names(context.ctx(), &caller).await?.iter().map(ToString::to_string).collect();
        named.sort_unstable();
        roles.extend(named.into_iter().filter(|name| !roles.contains(name)).collect::<Vec<_>>());
        Ok(roles)
    }

    /// Whether a user or an application has shown who it is.
    pub fn is_authenticated(context: &AccessContext) -> bool {
        context.is_authenticated()
    }

    /// Whether the row of a model with an id belongs to the caller of the context.
    ///
    /// # Errors
    /// The row cannot be read.
    pub async fn is_owner<M: Model>(ctx: &Ctx, id: Value) -> Result<bool> {
        let context = AccessContext::new(ctx).with_model(M::DEF.name).with_model_id(Some(id));
        Self::is_in_role(&context, Self::OWNER).await
    }
}

impl RoleMapping {
    /// The application that is in the role.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn application(&self, ctx: &Ctx) -> Result<Option<Application>> {
        match self.principal(Principal::APP) {
            Some(id) => Application::find_by_id(ctx, id.to_owned()).await,
            None => Ok(None),
        }
    }

    /// The user that is in the role, where there is one model of users and it is [`User`] itself. The rows of another one are
    /// found by [`principal_id`](Self::principal_id).
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn user(&self, ctx: &Ctx) -> Result<Option<User>> {
        let Some(id) = self.principal(Principal::USER) else { return Ok(None) };
        let id: i64 = id.parse().map_err(|_| Error::internal(format!("`{id}` is the id of no user")))?;
        let Some(model) = model_of(ctx.app(), "User") else { return Ok(None) };
        let row = engine::find_by_id(ctx, &model, Value::Int(id)).await?;
        row.map(crate::typed::from_row).transpose()
    }

    /// The role that is in the role.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn child_role(&self, ctx: &Ctx) -> Result<Option<Role>> {
        let Some(id) = self.principal(Principal::ROLE) else { return Ok(None) };
        let role = Role::props();
        match id.parse::<i64>() {
            Ok(id) => Role::find_by_id(ctx, id).await,
            Err(_) => Role::find_one(ctx, role.name.eq(id)).await,
        }
    }

    fn principal(&self, kind: &str) -> Option<&str> {
        self.principal_id.as_deref().filter(|_| self.principal_type.as_deref() == Some(kind))
    }
}
