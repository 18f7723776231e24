#![allow(clippy::expect_used, clippy::unwrap_used, unreachable_pub)]
#[path = "suite/remote/mod.rs"]
mod remote;
