//! The bytes of a connection, and what they say about the client: whether it begins a request, takes its answer, is gone.

use super::connections::{Connection, Registered};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

/// A connection of either sort.
pub(super) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Socket {
    /// Whether there is something to read, the end included.
    pub(super) fn poll_begun(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            // A new socket counts as ready to be read until somebody has looked.
            Self::Tcp(stream) => stream.poll_peek(cx, &mut ReadBuf::new(&mut [0])).map_ok(drop),
            #[cfg(unix)]
            Self::Unix(stream) => stream.poll_read_ready(cx),
        }
    }

    /// Writes what fits at once.
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write(bytes),
            #[cfg(unix)]
            Self::Unix(stream) => stream.try_write(bytes),
        }
    }
}

/// Forwards to the stream inside.
macro_rules! forward {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Socket::Tcp(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            #[cfg(unix)]
            Socket::Unix(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
        }
    };
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        forward!(self, stream => stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        forward!(self, stream => stream.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        forward!(self, stream => stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self, stream => stream.poll_shutdown(cx))
    }
}

/// A socket that tells its connection what happens on it.
pub(super) struct Watched {
    socket: Socket,
    registered: Registered,
    /// The client sends no more.
    ended: bool,
    /// Since when our side is shut.
    shut: Option<Instant>,
}

/// How long a client is listened to that goes on sending after its answer: as long as it takes to notice that.
const LONGEST_DRAIN: Duration = Duration::from_secs(30);

/// Bytes of a client that are thrown away in one go.
const DRAIN: usize = 16 * 1024;

impl Watched {
    pub(super) fn new(socket: Socket, registered: Registered) -> Self {
        Self { socket, registered, ended: false, shut: None }
    }

    fn connection(&self) -> &Connection {
        &self.registered
    }

    /// Says whether a write got on.
    fn wrote<T>(&self, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match done {
            Poll::Pending => self.registered.stalls(),
            Poll::Ready(_) => self.connection().flows(),
        }
        done
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.registered.reads();
        } else if buf.remaining() > 0 {
            self.ended = true;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.wrote(done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        self.wrote(done)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.socket).poll_flush(cx))?;
        self.registered.flushed();
        Poll::Ready(Ok(()))
    }

    /// Shuts our side, then waits until the client has done so too, throwing away what it still sends. To close at once
    /// would make the kernel answer that with a reset, and the client could lose an answer which is on its way to it, a 413
    /// for one.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let since = match self.shut {
            Some(since) => since,
            None => {
                ready!(Pin::new(&mut self.socket).poll_shutdown(cx))?;
                self.registered.drains();
                *self.shut.insert(Instant::now())
            }
        };
        if self.ended || since.elapsed() > LONGEST_DRAIN {
            return Poll::Ready(Ok(()));
        }
        let mut bytes = [0; DRAIN];
        let mut buf = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut self.socket).poll_read(cx, &mut buf))?;
        if buf.filled().is_empty() {
            self.ended = true;
            return Poll::Ready(Ok(()));
        }
        self.registered.drains_on();
        // Other connections have their turn between.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
