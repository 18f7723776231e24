//! The behaviour suite: every case runs on SQLite (a file, and memory), PostgreSQL and MySQL or MariaDB, and must go
//! the same way on each.
//!
//! One program, because linking is what takes time. `cargo test -p loopback-tests --test suite postgres` runs what
//! concerns one database, `crud::` what concerns one theme.

#![allow(clippy::expect_used, clippy::unwrap_used)]
// A program of one's own: its models are `pub` because models are written so, not because somebody imports them.
#![allow(unreachable_pub)]

mod around;
mod bad_input;
mod base;
mod concurrency;
mod crud;
mod events;
mod foreign_keys;
mod hidden;
mod hooks;
mod models;
mod query;
mod relations;
mod remote;
mod schema;
mod sea_orm;
mod stored;
mod strict;
mod transactions;
mod types;
mod validation;
