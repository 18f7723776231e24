//! Users, their tokens, and what they do about their accounts: over REST and in code, on every database, each case with
//! a look at what is stored afterwards.
//!
//! `cargo test -p loopback-tests --test access_users postgres` runs what concerns one database, `tokens::` what concerns
//! one theme.

#![allow(clippy::expect_used, clippy::unwrap_used)]
// A program of one's own: its models are `pub` because models are written so, not because somebody imports them.
#![allow(unreachable_pub)]

mod account;
mod code;
mod house;
mod login;
mod models;
mod registration;
mod sessions;
mod storm;
mod tokens;
