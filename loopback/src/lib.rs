#![doc = include_str!("docs/overview.md")]
#![warn(missing_docs)]

pub use loopback_core::connector::sql::{Backend, ConnectOptions};
pub use loopback_core::connector::{ConnectorOptions, Transaction, TransactionOptions};
pub use loopback_core::ctx::current_context;
pub use loopback_core::value::PropertyType;
pub use loopback_core::{
    ConfigFolder, Error, ErrorKind, Result, VERSION, access, app, connector, ctx, events, filter, graph, hooks, mail,
    meta, mixins, models, openapi, plan, remoting, typed, value,
};
pub use loopback_core::{forward_sea_orm, remote_type, set};
pub use loopback_macros::{
    PropertyType, acl, boot, main, model, operation_hook, remote_hook, remote_method, role_resolver,
};

pub use loopback_core::private::sea_orm;
pub use loopback_core::reexport::{axum, chrono, rust_decimal, serde_json, uuid};

#[doc(hidden)]
pub use loopback_core::private as __private;

/// The guide: a page for each thing an application does. There is no code here.
#[cfg(any(doc, doctest))]
pub mod guide {
    #[doc = include_str!("docs/models.md")]
    pub mod models {}

    #[doc = include_str!("docs/definitions.md")]
    pub mod definitions {}

    #[doc = include_str!("docs/calls.md")]
    pub mod calls {}

    #[doc = include_str!("docs/relations.md")]
    pub mod relations {}

    #[doc = include_str!("docs/filters.md")]
    pub mod filters {}

    #[doc = include_str!("docs/includes.md")]
    pub mod includes {}

    #[doc = include_str!("docs/methods.md")]
    pub mod methods {}

    #[doc = include_str!("docs/hooks.md")]
    pub mod hooks {}

    #[doc = include_str!("docs/remote-hooks.md")]
    pub mod remote_hooks {}

    #[doc = include_str!("docs/mixins.md")]
    pub mod mixins {}

    #[doc = include_str!("docs/users.md")]
    pub mod users {}

    #[doc = include_str!("docs/access.md")]
    pub mod access {}

    #[doc = include_str!("docs/mail.md")]
    pub mod mail {}

    #[doc = include_str!("docs/change-streams.md")]
    pub mod change_streams {}

    #[doc = include_str!("docs/tools.md")]
    pub mod tools {}

    #[doc = include_str!("docs/generators.md")]
    pub mod generators {}

    #[doc = include_str!("docs/configuration.md")]
    pub mod configuration {}

    #[doc = include_str!("docs/middleware.md")]
    pub mod middleware {}

    #[doc = include_str!("docs/databases.md")]
    pub mod databases {}

    #[doc = include_str!("docs/errors.md")]
    pub mod errors {}

    #[doc = include_str!("docs/operation.md")]
    pub mod operation {}
}

/// What an application's source begins with: `use loopback::prelude::*;`
///
/// The macros ([`model`](macro@crate::model), [`remote_method`](macro@crate::remote_method),
/// [`operation_hook`](macro@crate::operation_hook), [`remote_hook`](macro@crate::remote_hook), [`boot`](macro@crate::boot),
/// [`PropertyType`](macro@crate::PropertyType), [`set!`](crate::set), [`main`](macro@crate::main)), the application ([`App`](crate::app::App), [`Ctx`](crate::ctx::Ctx)), models and queries
/// ([`PersistedModel`](crate::typed::PersistedModel), [`Filter`](crate::typed::Filter), [`Patch`](crate::typed::Patch)),
/// what remote methods take and answer with ([`RemoteCall`](crate::remoting::RemoteCall),
/// [`UploadedFile`](crate::remoting::UploadedFile), [`Reply`](crate::remoting::Reply), ...),
/// [`Error`], the types of properties: `DateTime`, `Utc`, `NaiveDate`, `Decimal`, `Uuid`, `GeoPoint`, and those of
/// relations: [`BelongsTo`](crate::typed::BelongsTo), [`HasMany`](crate::typed::HasMany), ..., and what hooks get:
/// [`BeforeSave`](crate::hooks::BeforeSave) and its kin, [`RemoteCall`](crate::remoting::RemoteCall).
pub mod prelude {
    pub use crate::{Error, ErrorKind, PropertyType, Result, main, model, set};
    pub use crate::{acl, boot, operation_hook, remote_hook, remote_method, role_resolver};
    pub use loopback_core::access::{AccessContext, AclRule, AuthOptions, DeniedInclude, Principal, TokenStorage};
    pub use loopback_core::app::{App, AppBuilder, Component, DynamicModel, Environment, Migrate};
    pub use loopback_core::app::{Cors, Middleware, MiddlewarePhase, RateLimit, StaticFiles};
    pub use loopback_core::app::{LogFormat, ServerOptions};
    pub use loopback_core::ctx::{Ctx, current_context};
    pub use loopback_core::events::{ModelEvent, ModelEvents};
    pub use loopback_core::graph::AccessType;
    pub use loopback_core::hooks::{
        Access, AfterDelete, AfterSave, BeforeDelete, BeforeSave, Loaded, Operation, Persist,
    };
    pub use loopback_core::mail::{MailOptions, MailTransport, SmtpOptions, SmtpTls};
    pub use loopback_core::meta::{Invalid, Phase, Strict};
    pub use loopback_core::meta::{PasswordPolicyDef, Permission, RelationAcl};
    pub use loopback_core::mixins::{Mixin, SoftDelete, Timestamps};
    pub use loopback_core::models::{
        AccessLog, AccessToken, Acl, Application, Credentials, Email, Mailer, OutboxEmail, OutboxState, ResetOptions,
        ResetPasswordRequest, Role, RoleMapping, Session, SetPassword, TokenOptions, User, UserModel, VerifyOptions,
        VerifyRequest,
    };
    pub use loopback_core::reexport::{BoxFuture, DateTime, Decimal, NaiveDate, Utc, Uuid};
    pub use loopback_core::remoting::{
        ChangeStreams, CurrentUser, Download, RemoteCall, Reply, Streamed, UploadedFile,
    };
    pub use loopback_core::typed::{
        BelongsTo, BelongsToAny, EmbedsMany, EmbedsOne, HasAndBelongsToMany, HasMany, HasOne, OptionalBelongsTo,
        ReferencesMany,
    };
    pub use loopback_core::typed::{Entity, Filter, Model, OrNotFound, Patch, PersistedModel, Prop, Where};
    pub use loopback_core::value::{GeoPoint, Value};
}
