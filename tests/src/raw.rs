//! A connection of HTTP/1.1 that stays open, byte by byte if need be: for what a polite client does not do.

use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufStream};
use tokio::net::TcpStream;

/// An answer on a connection that stays open.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head, names in lower case.
    pub head: String,
    /// The body; of one in chunks, the chunks without their lengths.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the server says that it is the last of the connection.
    pub fn is_last(&self) -> bool {
        self.head.contains("connection: close")
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A connection.
#[derive(Debug)]
pub struct Raw<S: AsyncRead + AsyncWrite = TcpStream>(BufStream<S>);

impl Raw {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens.
    pub async fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self::new(stream))
    }

    /// Waits until something of an answer is there, and leaves it there.
    ///
    /// # Errors
    /// The connection is closed.
    pub async fn is_answered(&self) -> io::Result<()> {
        self.0.get_ref().peek(&mut [0]).await.map(drop)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Raw<S> {
    /// A connection that stands.
    pub fn new(stream: S) -> Self {
        Self(BufStream::new(stream))
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// The connection is closed.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.0.write_all(bytes.as_ref()).await?;
        self.0.flush().await
    }

    /// Sends the end of our side; the other one stays open.
    ///
    /// # Errors
    /// The connection is closed.
    pub async fn half_close(&mut self) -> io::Result<()> {
        self.0.shutdown().await
    }

    /// Sends a request without a body and reads its answer.
    ///
    /// # Errors
    /// As [`send`](Self::send) and [`answer`](Self::answer).
    pub async fn get(&mut self, target: &str) -> io::Result<Answer> {
        self.send(format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n")).await?;
        self.answer().await
    }

    /// Sends a request with a JSON body and reads its answer.
    ///
    /// # Errors
    /// As [`send`](Self::send) and [`answer`](Self::answer).
    pub async fn post(&mut self, target: &str, body: &str) -> io::Result<Answer> {
        let head = format!("POST {target} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n");
        self.send(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).await?;
        self.answer().await
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// The connection ends before it is whole: `UnexpectedEof`, or a reset.
    pub async fn answer(&mut self) -> io::Result<Answer> {
        let mut head = String::new();
        loop {
            let at = head.len();
            if self.0.read_line(&mut head).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if head[at..].trim_end().is_empty() {
                break;
            }
        }
        let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(|| invalid("no status"))?;
        let head = head.to_ascii_lowercase();
        let value = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let mut body = Vec::new();
        if let Some(length) = value("content-length:") {
            body.resize(length.parse().map_err(|_| invalid("no length"))?, 0);
            self.0.read_exact(&mut body).await?;
        } else if value("transfer-encoding:").is_some() {
            loop {
                let mut line = String::new();
                if self.0.read_line(&mut line).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let size = usize::from_str_radix(line.trim(), 16).map_err(|_| invalid("no size"))?;
                let at = body.len();
                body.resize(at + size, 0);
                self.0.read_exact(&mut body[at..]).await?;
                self.0.read_line(&mut line).await?;
                if size == 0 {
                    break;
                }
            }
        }
        Ok(Answer { status, head, body })
    }

    /// Reads what comes until the server closes the connection; a reset is an end too.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let _ = self.0.read_to_end(&mut bytes).await;
        bytes
    }
}
