//! E-mails of an app: to a real mail server, which takes them, is slow, refuses, breaks off, or is not there.

#![allow(clippy::expect_used, clippy::unwrap_used)]
// A program of one's own: its models are `pub` because models are written so, not because somebody imports them.
#![allow(unreachable_pub)]

mod commands;
mod content;
mod faults;
mod flows;
mod house;
mod metrics;
mod outbox;
mod placed;
mod recipients;
mod sendmail;
mod settings;
mod smtp;
mod tls;
