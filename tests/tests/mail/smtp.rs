//! A mail server that does what a test wants: takes e-mails, is slow, refuses, breaks off, is gone.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What the server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It takes every e-mail.
    Takes,
    /// It takes connections and says nothing.
    Silent,
    /// It takes every e-mail, and answers to none until it is [let go](Smtp::let_go).
    Holds,
    /// `451` at RCPT.
    Later,
    /// `550` at RCPT.
    Refuses,
    /// `550` at RCPT for who is called `nobody..`, `451` for who is called `later..`.
    Chooses,
    /// As many recipients as this, `452` for the others.
    TakesSome(usize),
    /// `550` at MAIL.
    RefusesTheSender,
    /// `554` at RCPT, for who we are: that is where Postfix says it.
    RefusesTheClient,
    /// `554` to the message.
    RefusesTheMessage,
    /// `554` instead of a greeting.
    RefusesEverybody,
    /// `535` to who logs in.
    LetsNobodyIn,
    /// It reads the e-mail and closes the connection.
    BreaksOff,
    /// It takes the e-mail, and closes the connection before it says so.
    TakesAndBreaksOff,
}

/// An e-mail that the server has taken.
#[derive(Clone, Debug)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    pub data: String,
    /// What the client had logged in with, as it was sent.
    pub auth: Option<String>,
    /// The connection was encrypted.
    pub encrypted: bool,
}

impl Received {
    /// The value of a header.
    pub fn header(&self, name: &str) -> String {
        let head = self.data.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let start = format!("{}:", name.to_lowercase());
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&start));
        line.map(|line| line[start.len()..].trim().to_owned()).unwrap_or_default()
    }

    fn part(&self, kind: &str) -> String {
        let at = self.data.find(&format!("Content-Type: {kind}")).unwrap_or_else(|| panic!("no {kind}: {}", self.data));
        let rest = &self.data[at..];
        let (head, body) = rest.split_once("\r\n\r\n").expect("a part has a body");
        let boundary = self.data.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next());
        let end = boundary.map_or("\r\n.".to_owned(), |boundary| format!("\r\n--{boundary}"));
        let body = body.split(end.as_str()).next().unwrap_or_default();
        let head = head.to_lowercase();
        if head.contains("quoted-printable") {
            quoted_printable(body)
        } else {
            assert!(!head.contains("base64"), "{head}");
            body.to_owned()
        }
    }

    /// The text.
    pub fn text(&self) -> String {
        self.part("text/plain")
    }

    /// The HTML.
    pub fn html(&self) -> String {
        self.part("text/html")
    }

    /// The link in the text; that of the HTML is the same.
    pub fn link(&self) -> String {
        let text = self.text();
        let start = text.find("http").unwrap_or_else(|| panic!("no link: {text}"));
        let link = text[start..].split_whitespace().next().unwrap().to_owned();
        let html = self.html();
        assert!(html.contains(&format!("href=\"{}\"", link.replace('&', "&amp;"))), "{link}\n{html}");
        link
    }
}

fn quoted_printable(body: &str) -> String {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'=' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

struct State {
    manner: Mutex<Manner>,
    received: Mutex<Vec<Received>>,
    /// E-mails that were read and not taken.
    dropped: Mutex<Vec<Received>>,
    connections: Mutex<usize>,
    /// How many e-mails were held, and whether they are let go.
    held: watch::Sender<usize>,
    go: watch::Sender<bool>,
    encryption: Encryption,
    /// Lines that have come over a connection that was not encrypted.
    open: Mutex<Vec<String>>,
}

/// Whether the server encrypts.
#[derive(Clone)]
pub enum Encryption {
    None,
    /// From the first byte on.
    Wrapper(TlsAcceptor),
    /// When it is asked to.
    StartTls(TlsAcceptor),
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// The server.
pub struct Smtp {
    pub port: u16,
    state: Arc<State>,
    listening: Option<JoinHandle<()>>,
}

impl Smtp {
    /// A server that takes every e-mail.
    pub async fn start() -> Self {
        Self::encrypting(Encryption::None).await
    }

    pub async fn encrypting(encryption: Encryption) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            manner: Mutex::new(Manner::Takes),
            received: Mutex::default(),
            dropped: Mutex::default(),
            connections: Mutex::default(),
            held: watch::Sender::default(),
            go: watch::Sender::default(),
            encryption,
            open: Mutex::default(),
        });
        let listening = Some(tokio::spawn(listen(listener, state.clone())));
        Self { port, state, listening }
    }

    pub fn be(&self, manner: Manner) {
        *self.state.manner.lock().unwrap() = manner;
    }

    /// Waits until an e-mail is held.
    pub async fn holds(&self) {
        let mut held = self.state.held.subscribe();
        let held = tokio::time::timeout(Duration::from_secs(60), held.wait_for(|held| *held > 0)).await;
        assert!(held.is_ok(), "no e-mail has come");
    }

    /// What is held is taken.
    pub fn let_go(&self) {
        self.state.go.send_replace(true);
    }

    /// Nothing listens any more.
    pub async fn die(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
            drop(listening.await);
        }
    }

    /// It is back, on the same port.
    pub async fn come_back(&mut self) {
        let end = tokio::time::Instant::now() + Duration::from_secs(60);
        loop {
            match TcpListener::bind(("127.0.0.1", self.port)).await {
                Ok(listener) => {
                    self.listening = Some(tokio::spawn(listen(listener, self.state.clone())));
                    return;
                }
                Err(error) => assert!(tokio::time::Instant::now() < end, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap().clone()
    }

    pub fn dropped(&self) -> Vec<Received> {
        self.state.dropped.lock().unwrap().clone()
    }

    /// What has come over connections that were not encrypted.
    pub fn open_lines(&self) -> Vec<String> {
        self.state.open.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        *self.state.connections.lock().unwrap()
    }

    /// The e-mails, when there are so many.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let end = tokio::time::Instant::now() + Duration::from_secs(60);
        loop {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            assert!(tokio::time::Instant::now() < end, "{} e-mails of {count}", received.len());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}

async fn listen(listener: TcpListener, state: Arc<State>) {
    // Connections go with the server.
    let mut all = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        *state.connections.lock().unwrap() += 1;
        let state = state.clone();
        all.spawn(async move { drop(talk(stream, &state).await) });
    }
}

async fn talk(stream: TcpStream, state: &State) -> std::io::Result<()> {
    let (mut encrypted, stream): (bool, Box<dyn Stream>) = match &state.encryption {
        Encryption::Wrapper(tls) => (true, Box::new(tls.accept(stream).await?)),
        _ => (false, Box::new(stream)),
    };
    let mut lines = BufReader::new(stream);
    let manner = || *state.manner.lock().unwrap();
    if manner() == Manner::Silent {
        std::future::pending::<()>().await;
    }
    if manner() == Manner::RefusesEverybody {
        return say(&mut lines, "554 5.7.1 nobody is served from there\r\n").await;
    }
    say(&mut lines, "220 mail.test ESMTP\r\n").await?;
    let (mut from, mut to, mut auth) = (String::new(), Vec::<String>::new(), None);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        if manner() == Manner::Silent {
            std::future::pending::<()>().await;
        }
        let line = line.trim_end();
        if !encrypted {
            state.open.lock().unwrap().push(line.to_owned());
        }
        let word = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let address = line.split(['<', '>']).nth(1).unwrap_or_default();
        let answer = match (word.as_str(), manner()) {
            ("EHLO", _) => {
                let tls = matches!(state.encryption, Encryption::StartTls(_)) && !encrypted;
                let tls = if tls { "250-STARTTLS\r\n" } else { "" };
                format!("250-mail.test\r\n{tls}250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN\r\n")
            }
            ("STARTTLS", _) => {
                let Encryption::StartTls(tls) = &state.encryption else { return Ok(()) };
                say(&mut lines, "220 go on\r\n").await?;
                let stream: Box<dyn Stream> = Box::new(tls.accept(lines.into_inner()).await?);
                lines = BufReader::new(stream);
                encrypted = true;
                continue;
            }
            ("AUTH", Manner::LetsNobodyIn) => "535 5.7.8 wrong password\r\n".to_owned(),
            ("AUTH", _) => {
                auth = Some(line.to_owned());
                "235 welcome\r\n".to_owned()
            }
            ("MAIL", Manner::RefusesTheSender) => "550 5.7.1 that sender is not yours\r\n".to_owned(),
            ("MAIL", _) => {
                from = line.to_owned();
                to.clear();
                "250 ok\r\n".to_owned()
            }
            ("RCPT", Manner::Later) => "451 4.3.0 not now, see https://mail.test/why?token=abc\r\n".to_owned(),
            ("RCPT", Manner::Refuses) => "550 5.1.1 nobody of this name\r\n".to_owned(),
            ("RCPT", Manner::RefusesTheClient) => format!("554 5.7.1 <{address}>: Relay access denied\r\n"),
            ("RCPT", Manner::Chooses) if address.starts_with("nobody") => {
                format!("550 5.1.1 <{address}> nobody of this name\r\n")
            }
            ("RCPT", Manner::Chooses) if address.starts_with("later") => "451 4.3.0 not now\r\n".to_owned(),
            ("RCPT", Manner::TakesSome(most)) if to.len() >= most => "452 4.5.3 too many recipients\r\n".to_owned(),
            ("RCPT", _) => {
                to.push(address.to_owned());
                "250 ok\r\n".to_owned()
            }
            ("DATA", _) if to.is_empty() => "503 5.5.1 nobody to send it to\r\n".to_owned(),
            ("DATA", _) => {
                say(&mut lines, "354 go on\r\n").await?;
                let mut data = String::new();
                loop {
                    let mut line = String::new();
                    if lines.read_line(&mut line).await? == 0 {
                        return Ok(());
                    }
                    if line == ".\r\n" {
                        break;
                    }
                    data.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                let (from, to) = (std::mem::take(&mut from), std::mem::take(&mut to));
                let received = Received { from, to, data, auth: auth.clone(), encrypted };
                match manner() {
                    Manner::BreaksOff => {
                        state.dropped.lock().unwrap().push(received);
                        return Ok(());
                    }
                    Manner::TakesAndBreaksOff => {
                        state.received.lock().unwrap().push(received);
                        return Ok(());
                    }
                    Manner::Holds => {
                        state.held.send_modify(|held| *held += 1);
                        drop(state.go.subscribe().wait_for(|go| *go).await);
                    }
                    _ => {}
                }
                if manner() == Manner::RefusesTheMessage {
                    state.dropped.lock().unwrap().push(received);
                    "554 5.6.0 it looks like spam\r\n".to_owned()
                } else {
                    state.received.lock().unwrap().push(received);
                    "250 taken\r\n".to_owned()
                }
            }
            ("QUIT", _) => return say(&mut lines, "221 bye\r\n").await,
            ("RSET", _) => {
                to.clear();
                "250 ok\r\n".to_owned()
            }
            _ => "250 ok\r\n".to_owned(),
        };
        say(&mut lines, &answer).await?;
    }
}

async fn say(stream: &mut BufReader<Box<dyn Stream>>, answer: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(answer.as_bytes()).await?;
    stream.get_mut().flush().await
}
