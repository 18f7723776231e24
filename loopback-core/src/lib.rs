//! The engine of LoopBack for Rust. Use the crate `loopback`, which adds the macros and the prelude.
//!
//! `ARCHITECTURE.md` at the root of the repository has the map.

#![warn(missing_docs)]
#![allow(rustdoc::private_intra_doc_links, reason = "these pages are read by those who work on the engine")]

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!("enable at least one database: the features `sqlite`, `postgres`, `mysql`");

// The built-in models are written with our own macros, whose expansions name the facade.
extern crate self as loopback;
#[doc(hidden)]
pub use private as __private;

pub mod access;
pub mod app;
mod config;
pub mod connector;
pub mod ctx;
mod definition;
mod engine;
mod error;
mod escape;
pub mod events;
#[cfg(feature = "explorer")]
mod explorer;
pub mod filter;
pub mod graph;
mod guard;
pub mod hooks;
pub mod mail;
pub mod meta;
pub mod mixins;
pub mod models;
pub mod openapi;
pub mod plan;
#[doc(hidden)]
pub mod private;
pub mod remoting;
mod rest;
mod server;
mod suggest;
pub mod typed;
pub mod value;

pub use config::ConfigFolder;
pub use error::{Error, ErrorKind, Result};

/// The version of LoopBack for Rust.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Types of other crates that properties have, in the versions that the framework uses.
pub mod reexport {
    pub use axum;
    pub use chrono::{self, DateTime, NaiveDate, Utc};
    pub use futures_util::future::BoxFuture;
    pub use rust_decimal::{self, Decimal};
    pub use serde_json;
    pub use uuid::{self, Uuid};
}
