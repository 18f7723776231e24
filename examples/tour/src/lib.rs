//! The application of the tour in the README: models with all sorts of properties, calls from Rust, routes of its own.

pub mod calls;
pub mod models;
pub mod routes;
pub mod types;
