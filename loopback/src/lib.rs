//! LoopBack for Rust: annotate structs, serve a complete REST API.

#![warn(missing_docs)]

pub use loopback_core::connector::sql::{Backend, ConnectOptions};
pub use loopback_core::connector::{Transaction, TransactionOptions};
pub use loopback_core::{Error, ErrorKind, Result, VERSION, app, connector, ctx, filter, graph, meta, openapi, plan, typed, value};
pub use loopback_core::{forward_sea_orm, set};
pub use loopback_macros::{PropertyType, main, model};

pub use loopback_core::private::sea_orm;

#[doc(hidden)]
pub use loopback_core::private as __private;

/// What an application's source begins with: `use loopback::prelude::*;`
pub mod prelude {
    pub use crate::{Error, ErrorKind, PropertyType, Result, main, model, set};
    pub use loopback_core::app::{App, AppBuilder, Environment, Migrate};
    pub use loopback_core::ctx::Ctx;
    pub use loopback_core::meta::{Invalid, Strict};
    pub use loopback_core::typed::{Entity, Filter, Model, OrNotFound, Patch, PersistedModel, Prop, Where};
    pub use loopback_core::value::{GeoPoint, PropertyType as _, Value};
    pub use loopback_core::reexport::{DateTime, Decimal, NaiveDate, Utc, Uuid};
}
