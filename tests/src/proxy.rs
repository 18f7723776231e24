//! A proxy in front of a database that can be made to go away: to refuse and drop, or to say nothing any more.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the database behind it seems to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There.
    Up,
    /// Gone: connections are dropped, new ones refused.
    Down,
    /// Silent: connections stand and are made, and nothing passes.
    Silent,
}

/// A running proxy; it ends with its runtime.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
    listening: watch::Receiver<bool>,
    /// Has a receiver in each connection.
    passing: watch::Sender<()>,
}

impl Proxy {
    /// A proxy in front of an address, on a free port.
    ///
    /// # Panics
    /// There is no free port.
    pub async fn before(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = watch::Sender::new(State::Up);
        let (tell, listening) = watch::channel(true);
        let passing = watch::Sender::default();
        tokio::spawn(serve(listener, target, state.subscribe(), tell, passing.clone()));
        Self { address, state, listening, passing }
    }

    /// The URL of a database, led through a proxy.
    ///
    /// # Panics
    /// The URL has no host.
    pub async fn before_url(url: &str) -> (Self, String) {
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (authority, path) = rest.split_once('/').expect("a database");
        let (user, host) = authority.rsplit_once('@').expect("a user");
        let host = if host.contains(':') { host.to_owned() } else { format!("{host}:5432") };
        let target = tokio::net::lookup_host(host).await.expect("a host").next().expect("an address");
        let proxy = Self::before(target).await;
        let url = format!("{scheme}://{user}@{}/{path}", proxy.address);
        (proxy, url)
    }

    /// Makes the database seem so, and waits until it does.
    ///
    /// # Panics
    /// The proxy is gone.
    pub async fn turn(&self, state: State) {
        self.state.send_replace(state);
        let up = state != State::Down;
        self.listening.clone().wait_for(|listening| *listening == up).await.expect("a proxy");
        if !up {
            self.passing.closed().await;
        }
    }
}

async fn serve(
    first: TcpListener,
    target: SocketAddr,
    mut state: watch::Receiver<State>,
    listening: watch::Sender<bool>,
    passing: watch::Sender<()>,
) {
    let address = first.local_addr().expect("an address");
    let mut listener = Some(first);
    loop {
        let down = *state.borrow_and_update() == State::Down;
        if down {
            listener = None;
        } else if listener.is_none() {
            listener = Some(TcpListener::bind(address).await.expect("the port that it had"));
        }
        listening.send_replace(!down);
        let Some(open) = &listener else {
            if state.changed().await.is_err() {
                return;
            }
            continue;
        };
        tokio::select! {
            changed = state.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            accepted = open.accept() => {
                let (client, _) = accepted.expect("a connection");
                let (state, here) = (state.clone(), passing.subscribe());
                tokio::spawn(async move {
                    let _here = here;
                    pass(client, target, state).await;
                });
            }
        }
    }
}

async fn pass(client: TcpStream, target: SocketAddr, state: watch::Receiver<State>) {
    let mut down = state.clone();
    let Ok(server) = TcpStream::connect(target).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let both = async {
        tokio::select! {
            () = pump(from_client, to_server, state.clone()) => {}
            () = pump(from_server, to_client, state.clone()) => {}
        }
    };
    tokio::select! {
        () = both => {}
        _ = down.wait_for(|state| *state == State::Down) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if state.wait_for(|state| *state != State::Silent).await.is_err()
            || to.write_all(&bytes[..count]).await.is_err()
        {
            return;
        }
    }
}
