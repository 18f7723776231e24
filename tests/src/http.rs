//! A small HTTP/1.1 client for tests: any method, any body, the answer as it came. A connection per request.
//!
//! Of its own because the recordings hold requests that a polite client refuses to send, and answers that it would
//! turn into errors or decode on its own account.

use serde_json::Value;
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The method, `GET` when empty.
    pub method: String,
    /// The path and the query, as they go on the wire.
    pub target: String,
    /// The headers; `Host`, `Content-Length` and `Connection` are added.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// A request without a body that wants JSON.
    pub fn new(method: &str, target: &str) -> Self {
        let headers = vec![("Accept".to_owned(), "application/json".to_owned())];
        Self { method: method.to_owned(), target: target.to_owned(), headers, body: None }
    }

    /// With a header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = Some(body.to_string().into_bytes());
        self.header("Content-Type", "application/json")
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case, in the order received.
    pub headers: Vec<(String, String)>,
    /// The body, without a transfer coding.
    pub body: Vec<u8>,
}

impl Response {
    /// A header's value; several of the same name joined with a comma.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The media type of the body, without parameters, in lower case.
    pub fn media_type(&self) -> Option<String> {
        Some(self.header("content-type")?.split(';').next()?.trim().to_ascii_lowercase())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// It is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in the answer {self}"))
    }
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.text())
    }
}

/// A client of one server.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    address: SocketAddr,
    timeout: Duration,
}

impl Client {
    /// A client of the server on a port of this machine.
    pub fn local(port: u16) -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)), timeout: Duration::from_secs(60) }
    }

    /// The same client with more or less patience: 60 seconds unless set.
    #[must_use]
    pub fn patient(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// No connection, no answer in time, or an answer that is not HTTP.
    pub fn send(&self, request: &Request) -> io::Result<Response> {
        let mut stream = TcpStream::connect_timeout(&self.address, self.timeout)?;
        stream.set_read_timeout(Some(self.timeout))?;
        stream.set_write_timeout(Some(self.timeout))?;
        stream.set_nodelay(true)?;
        // A server may answer and stop reading before it has seen all of a body; then the answer counts, not the write.
        let written = stream.write_all(&self.encode(request));
        match read_response(&mut BufReader::new(stream), request.method == "HEAD") {
            Ok(response) => Ok(response),
            Err(error) => written.and(Err(error)),
        }
    }

    /// `GET` of a path.
    ///
    /// # Panics
    /// There is no answer.
    pub fn get(&self, target: &str) -> Response {
        self.answer(&Request::new("GET", target))
    }

    /// A request with a JSON body.
    ///
    /// # Panics
    /// There is no answer.
    pub fn json(&self, method: &str, target: &str, body: &Value) -> Response {
        self.answer(&Request::new(method, target).json(body))
    }

    /// The answer to a request.
    ///
    /// # Panics
    /// There is none.
    pub fn answer(&self, request: &Request) -> Response {
        self.send(request).unwrap_or_else(|error| panic!("{} {}: {error}", request.method, request.target))
    }

    fn encode(&self, request: &Request) -> Vec<u8> {
        let method = if request.method.is_empty() { "GET" } else { &request.method };
        let mut head =
            format!("{method} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", request.target, self.address);
        for (name, value) in &request.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let length = request.body.as_ref().map(Vec::len);
        // These methods say that there is no body; the others leave it out, as browsers do.
        if let Some(length) = length.or_else(|| matches!(method, "POST" | "PUT" | "PATCH").then_some(0)) {
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(request.body.as_deref().unwrap_or_default());
        bytes
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// A line without its end. The end of the stream is an error: an answer is never allowed to stop between lines.
fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection without an answer"));
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn read_response(reader: &mut impl BufRead, head_only: bool) -> io::Result<Response> {
    let (status, headers) = loop {
        let line = read_line(reader)?;
        let status = line.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)?.parse::<u16>().ok());
        let status = status.ok_or_else(|| invalid("no status line"))?;
        let mut headers = Vec::new();
        loop {
            let line = read_line(reader)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| invalid("a header without a colon"))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        // 1xx are only on the way to the answer.
        if status >= 200 {
            break (status, headers);
        }
    };
    let mut response = Response { status, headers, body: Vec::new() };
    if head_only || status == 204 || status == 304 {
        return Ok(response);
    }
    if response.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        loop {
            let line = read_line(reader)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| invalid("a chunk without a size"))?;
            let start = response.body.len();
            response.body.resize(start + size, 0);
            reader.read_exact(&mut response.body[start..])?;
            // The line end after a chunk; after the last one, the trailers.
            while !read_line(reader)?.is_empty() {}
            if size == 0 {
                return Ok(response);
            }
        }
    }
    match response.header("content-length") {
        Some(length) => {
            let length = length.parse().map_err(|_| invalid("a content length that is not a number"))?;
            response.body.resize(length, 0);
            reader.read_exact(&mut response.body)?;
        }
        None => {
            reader.read_to_end(&mut response.body)?;
        }
    }
    Ok(response)
}

/// Percent-encodes what may not stand in a path or a query; what is already encoded stays as it is.
pub fn encode_target(text: &str, raw: bool) -> String {
    let more = if raw { "\"{}|<>" } else { "" };
    percent_encode(text, |byte| {
        byte.is_ascii_alphanumeric() || b"/%?&=[]:;,+@!$'()*~.-_".contains(&byte) || more.as_bytes().contains(&byte)
    })
}

/// Percent-encodes a name or a value of a query.
pub fn encode_query(text: &str) -> String {
    percent_encode(text, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

fn percent_encode(text: &str, keep: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if keep(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<Response> {
        read_response(&mut BufReader::new(text.as_bytes()), false)
    }

    #[test]
    fn an_answer_with_a_length() {
        let response = read("HTTP/1.1 201 Created\r\nX-A: 1\r\nContent-Length: 2\r\nx-a: 2\r\n\r\n{}").unwrap();
        assert_eq!((response.status, response.text().as_str()), (201, "{}"));
        assert_eq!(response.header("X-a").as_deref(), Some("1, 2"));
    }

    #[test]
    fn an_answer_in_chunks_after_an_interim_one() {
        let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                    3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n";
        assert_eq!(read(text).unwrap().text(), "abc0123456789");
    }

    #[test]
    fn an_answer_until_the_end() {
        assert_eq!(read("HTTP/1.0 200 OK\r\n\r\nabc").unwrap().text(), "abc");
    }

    #[test]
    fn a_short_answer_is_an_error() {
        assert!(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc").is_err());
        assert!(read("HTTP/1.1 200 OK\r\n").is_err());
        assert!(read("").is_err());
    }

    #[test]
    fn what_may_not_stand_in_a_path_is_encoded() {
        assert_eq!(encode_target("/api/A/1%20?x=é b", false), "/api/A/1%20?x=%C3%A9%20b");
        assert_eq!(encode_target("/a?{\"x\"}", true), "/a?{\"x\"}");
        assert_eq!(encode_query("{\"a\": 1}"), "%7B%22a%22%3A%201%7D");
    }
}
