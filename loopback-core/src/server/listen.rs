//! Where an app listens: addresses of IPv4 and IPv6, both at once, and Unix sockets.

use super::ServerOptions;
use crate::error::{Error, Result};
use socket2::{Domain, Protocol, Socket as RawSocket, Type};
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::TcpListener;

/// Connections that wait to be accepted; the kernel has a limit of its own.
const BACKLOG: i32 = 4096;

/// Something that connections come in at.
pub(super) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(super::unix::UnixPlace),
}

/// Where a server can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An address, with the port that it really has.
    Tcp(SocketAddr),
    /// The file of a Unix socket.
    Unix(std::path::PathBuf),
}

impl Place {
    /// The URL a person can open: the unspecified address is nobody's. `unix:/path` for a socket.
    pub fn url(&self) -> String {
        match self {
            Self::Tcp(address) => url_of(address.ip(), address.port()),
            Self::Unix(path) => format!("unix:{}", path.display()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// The URL of an address.
pub(crate) fn url_of(ip: IpAddr, port: u16) -> String {
    if ip.is_unspecified() {
        format!("http://localhost:{port}")
    } else {
        format!("http://{}", SocketAddr::new(ip, port))
    }
}

impl Listener {
    /// Where it is.
    pub(super) fn place(&self) -> Result<Place> {
        match self {
            Self::Tcp(listener) => Ok(Place::Tcp(listener.local_addr()?)),
            #[cfg(unix)]
            Self::Unix(place) => Ok(Place::Unix(place.path().to_owned())),
        }
    }
}

/// Listens on all places of a host: `127.0.0.1`, `::`, `localhost`, `10.0.0.1, ::1`, `unix:/run/shop.sock`.
///
/// # Errors
/// A place is taken or none.
pub(super) async fn bind(host: &str, port: u16, options: &ServerOptions) -> Result<Vec<Listener>> {
    let parts: Vec<&str> = host.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return Err(Error::configuration("the host to listen on is empty; write an address, `::`, or `unix:/path`"));
    }
    let both = parts.contains(&"0.0.0.0");
    // With port 0 all addresses get the one that the first is given.
    let mut port = port;
    let mut listeners = Vec::with_capacity(parts.len());
    for part in parts {
        if let Some(path) = part.strip_prefix("unix:") {
            listeners.push(unix(path, options).await?);
            continue;
        }
        for listener in tcp(part, &mut port, !both).await.map_err(|error| refused(part, port, &error))? {
            listeners.push(Listener::Tcp(listener));
        }
    }
    Ok(listeners)
}

#[cfg(unix)]
async fn unix(path: &str, options: &ServerOptions) -> Result<Listener> {
    super::unix::UnixPlace::bind(path, options.socket_mode).await.map(Listener::Unix)
}

#[cfg(not(unix))]
async fn unix(path: &str, _: &ServerOptions) -> Result<Listener> {
    Err(Error::configuration(format!("cannot listen on unix:{path}: this system has no Unix sockets")))
}

fn refused(host: &str, port: u16, error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::AddrInUse => "; set PORT to another one",
        io::ErrorKind::PermissionDenied if port < 1024 => "; ports below 1024 need a privilege",
        io::ErrorKind::AddrNotAvailable => "; no network of this machine has this address",
        _ => "",
    };
    let shown = if host.contains(':') { format!("[{}]", bare(host)) } else { host.to_owned() };
    Error::configuration(format!("cannot listen on {shown}:{port}: {error}{hint}"))
}

/// An address without the brackets that a URL has around it.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Listeners on an address, or on all that a name stands for.
async fn tcp(host: &str, port: &mut u16, dual: bool) -> io::Result<Vec<TcpListener>> {
    let host = bare(host);
    if let Ok(ip) = host.parse::<IpAddr>() {
        let listener = match on(ip, *port, dual) {
            // The default of production; a machine without IPv6 has only the half of it.
            Err(error) if ip == Ipv6Addr::UNSPECIFIED && dual && has_no_ipv6(&error) => {
                tracing::info!("this machine has no IPv6: listening on 0.0.0.0 instead of ::");
                on(Ipv4Addr::UNSPECIFIED.into(), *port, dual)?
            }
            done => done?,
        };
        *port = listener.local_addr()?.port();
        return Ok(vec![listener]);
    }
    let mut addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, *port)).await?.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    addresses.dedup();
    let (mut listeners, mut refused) = (Vec::new(), None);
    for address in addresses {
        match on(address.ip(), *port, false) {
            Ok(listener) => {
                *port = listener.local_addr()?.port();
                listeners.push(listener);
            }
            // `localhost` may stand for ::1 on a machine without IPv6.
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable || has_no_ipv6(&error) => {
                refused = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    match refused {
        Some(error) if listeners.is_empty() => Err(error),
        _ if listeners.is_empty() => Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address")),
        _ => Ok(listeners),
    }
}

fn has_no_ipv6(error: &io::Error) -> bool {
    // EAFNOSUPPORT has no kind of its own.
    error.kind() == io::ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(97)
}

/// A listener on an address; on `::` for IPv4 too if `dual`, whatever the system's default is.
fn on(ip: IpAddr, port: u16, dual: bool) -> io::Result<TcpListener> {
    let socket = RawSocket::new(Domain::for_address(SocketAddr::new(ip, port)), Type::STREAM, Some(Protocol::TCP))?;
    if ip.is_ipv6() {
        socket.set_only_v6(!(dual && ip.is_unspecified()))?;
    }
    // A server that is started anew takes the port over from connections of the last one that still end.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::new(ip, port).into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use super::{Place, bind};
    use crate::server::ServerOptions;

    async fn places(host: &str) -> Vec<Place> {
        let listeners = bind(host, 0, &ServerOptions::default()).await.unwrap();
        listeners.iter().map(|listener| listener.place().unwrap()).collect()
    }

    async fn fault(host: &str, port: u16) -> String {
        bind(host, port, &ServerOptions::default()).await.map(drop).unwrap_err().to_string()
    }

    #[tokio::test]
    async fn several_addresses_have_one_port() {
        let places = places("127.0.0.1, 127.0.0.2").await;
        let [Place::Tcp(first), Place::Tcp(second)] = places.as_slice() else { panic!("{places:?}") };
        assert_eq!(first.port(), second.port());
        assert_ne!(first.port(), 0);
        assert_eq!(places[0].url(), format!("http://{first}"));
    }

    #[tokio::test]
    async fn the_unspecified_address_is_shown_as_localhost() {
        let places = places("::").await;
        assert!(places[0].url().starts_with("http://localhost:"), "{places:?}");
    }

    #[tokio::test]
    async fn a_fault_says_what_to_do() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let text = fault("127.0.0.1", listener.local_addr().unwrap().port()).await;
        assert!(text.contains("set PORT to another one"), "{text}");
        assert!(fault("203.0.113.7", 0).await.contains("no network of this machine"));
        assert!(fault(" , ", 0).await.contains("is empty"));
    }
}
