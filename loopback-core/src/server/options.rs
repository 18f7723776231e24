//! What the server goes by.

use std::time::Duration;

/// How an app listens, and how long it waits for clients. The defaults suit a server that faces the internet; each can be
/// changed alone:
///
/// ```ignore
/// .server(ServerOptions { grace: Duration::from_secs(60), ..ServerOptions::default() })
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerOptions {
    /// How long a client may take over the head of a request, from its first byte or, of a first request, from the
    /// connection; then the connection is closed. 10 seconds.
    pub header_timeout: Duration,
    /// How long a body may stand still while it is read; then the request is answered 408. 30 seconds.
    pub body_timeout: Duration,
    /// How long a client may take nothing of an answer; then the connection is closed, and what made the answer is free.
    /// 30 seconds.
    pub write_timeout: Duration,
    /// How long a connection without a request is kept open for the next one: longer than the proxy in front keeps its
    /// own, so that it is the proxy that closes. 75 seconds.
    pub idle_timeout: Duration,
    /// Connections at the same time. One more makes room by closing those that have been idle for longest; when all are at
    /// work it is answered 503. 10,000, or what the limit of open files allows.
    pub max_connections: usize,
    /// How long a stop waits for requests and streams that have begun. 30 seconds.
    pub grace: Duration,
    /// The mode of a Unix socket's file. `0o660`: the owner and the group may connect.
    pub socket_mode: u32,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            max_connections: 10_000,
            grace: Duration::from_secs(30),
            socket_mode: 0o660,
        }
    }
}
