//! Accepting connections, also when there are too many of them.

use super::Server;
use super::connection;
use super::listen::Listener;
use super::socket::Socket;
use super::told;
use crate::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::sync::watch;

/// How long nothing is accepted when the system has no room for a connection; doubled up to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// Connections that are being told that there are too many; more are closed without a word.
const REFUSING: usize = 256;

/// Accepts connections until `stop` is true or gone, and then those which the system has accepted meanwhile.
pub(super) async fn accept(listener: Listener, server: Arc<Server>, mut stop: watch::Receiver<bool>) {
    let mut pause = PAUSES.0;
    loop {
        let accepted = tokio::select! {
            biased;
            () = told(&mut stop) => break,
            accepted = one(&listener) => accepted,
        };
        match accepted {
            Ok((socket, peer)) => {
                pause = PAUSES.0;
                take(&server, socket, peer);
            }
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                // No file is left for it, or no memory. Idle connections hold some.
                let closed = server.connections.shed();
                tracing::warn!(%error, closed, "no connection can be accepted; trying again");
                tokio::select! {
                    () = told(&mut stop) => break,
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(PAUSES.1);
            }
        }
    }
    // To those the system has said yes already.
    if let Err(error) = rest(listener, &server) {
        tracing::debug!(%error, "the last connections");
    }
}

async fn one(listener: &Listener) -> io::Result<(Socket, Option<SocketAddr>)> {
    match listener {
        Listener::Tcp(listener) => listener.accept().await.map(|(stream, peer)| (Socket::Tcp(stream), Some(peer))),
        #[cfg(unix)]
        Listener::Unix(place) => place.listener.accept().await.map(|(stream, _)| (Socket::Unix(stream), None)),
    }
}

/// Accepts without waiting, and then no more: not a moment should be between.
fn rest(listener: Listener, server: &Arc<Server>) -> io::Result<()> {
    match listener {
        Listener::Tcp(listener) => {
            let listener = listener.into_std()?;
            while let Some((stream, peer)) = at_once(|| listener.accept())? {
                stream.set_nonblocking(true)?;
                take(server, Socket::Tcp(TcpStream::from_std(stream)?), Some(peer));
            }
        }
        #[cfg(unix)]
        Listener::Unix(place) => {
            let (listener, _file) = place.into_std()?;
            while let Some((stream, _)) = at_once(|| listener.accept())? {
                stream.set_nonblocking(true)?;
                take(server, Socket::Unix(UnixStream::from_std(stream)?), None);
            }
        }
    }
    Ok(())
}

fn at_once<T>(accept: impl Fn() -> io::Result<T>) -> io::Result<Option<T>> {
    loop {
        match accept() {
            Ok(accepted) => return Ok(Some(accepted)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            // Others may stand behind it.
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether it was the client that gave up, not the system that is out of something.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionAborted | Kind::ConnectionReset | Kind::ConnectionRefused | Kind::Interrupted
    )
}

/// Bytes of an answer that the kernel takes over. Left alone it takes several megabytes, says that there is room only when a
/// third is free, and a client that reads slowly but steadily would look like one that takes nothing.
#[cfg(unix)]
const SEND_BUFFER: usize = 256 * 1024;

fn take(server: &Arc<Server>, socket: Socket, peer: Option<SocketAddr>) {
    if let Socket::Tcp(stream) = &socket
        && let Err(error) = stream.set_nodelay(true)
    {
        // Answers are small: waiting to fill a packet only delays them.
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    #[cfg(unix)]
    if let Socket::Tcp(stream) = &socket
        && let Err(error) = rustix::net::sockopt::set_socket_send_buffer_size(stream, SEND_BUFFER)
    {
        tracing::debug!(%error, "no SO_SNDBUF");
    }
    match server.connections.admit() {
        Some(registered) => {
            // One task: a panic in it, outside what catches panics, is the end of this connection alone.
            tokio::spawn(connection::serve(server.clone(), socket, peer, registered));
        }
        None => refuse(server, socket),
    }
}

/// 503 to a connection that is one too many.
fn refuse(server: &Arc<Server>, mut socket: Socket) {
    // Not a line for each: the log should not be what is busy then.
    let refused = server.refused.fetch_add(1, Ordering::Relaxed) + 1;
    if refused.is_power_of_two() {
        tracing::warn!(refused, "there are as many connections as there may be, all at work; others are answered 503");
    }
    if server.refusing.fetch_add(1, Ordering::AcqRel) >= REFUSING {
        server.refusing.fetch_sub(1, Ordering::AcqRel);
        return;
    }
    let body = Error::unavailable("too many connections").body_text();
    let mut text = format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; charset=utf-8\r\nRetry-After: 1\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    text.extend(body);
    let server = server.clone();
    tokio::spawn(async move {
        if socket.try_write(&text).is_ok() {
            // The request is read, so that the close is no reset, which would overtake the answer.
            let _ = socket.shutdown().await;
            let mut sink = tokio::io::sink();
            let drained = tokio::io::copy(&mut socket, &mut sink);
            let _ = tokio::time::timeout(Duration::from_secs(1), drained).await;
        }
        server.refusing.fetch_sub(1, Ordering::AcqRel);
    });
}
