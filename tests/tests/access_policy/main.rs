//! Roles and access control: who may do what, on every database.
//!
//! `cargo test -p loopback-tests --test access_policy owner::` runs one theme, `postgres` one database.

#![allow(clippy::expect_used, clippy::unwrap_used)]
// A program of one's own: its models are `pub` because models are written so, not because somebody imports them.
#![allow(unreachable_pub)]

mod faults;
mod matrix;
mod owner;
mod random;
mod reference;
mod relations;
mod roles;
mod walk;
mod world;
