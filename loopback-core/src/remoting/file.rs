//! Files in both directions.

use super::arg::{Arg, RemoteArg};
use super::result::{RemoteResult, ResultWriter};
use crate::error::{Error, Result};
use crate::meta::ShapeDef;
use bytes::Bytes;
use futures_util::stream::{BoxStream, Stream, StreamExt};
use http::HeaderValue;
use std::fmt;

/// A file that a client sent in a form (`multipart/form-data`), in the field with the argument's name. It is in memory; the
/// limit of a request's body counts for the whole form.
///
/// `Vec<UploadedFile>` takes all files of the field, `Option<UploadedFile>` one or none. Several for one are a 400, and so
/// is a text where a file should be.
///
/// ```ignore
/// #[remote_method(post, "/{id}/photo", returns = "bytes")]
/// async fn photo(&self, photo: UploadedFile) -> Result<usize> {    // curl -F photo=@bean.jpg .../CoffeeShops/1/photo
///     Ok(photo.bytes().len())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedFile {
    pub(crate) field: Box<str>,
    pub(crate) file_name: Option<Box<str>>,
    pub(crate) content_type: Option<Box<str>>,
    pub(crate) bytes: Bytes,
}

impl UploadedFile {
    /// The name that the client gave it. It may be anything, `../../etc/passwd` too: never a path to write to.
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// The type that the client said it has, `image/jpeg`. Nobody has looked whether it is true.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// What it holds.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

impl RemoteArg for UploadedFile {
    const SHAPE: ShapeDef = ShapeDef::File;

    fn of_arg(arg: Arg<'_>) -> Result<Self> {
        arg.files().first().map(|file| (*file).clone()).ok_or_else(|| arg.missing())
    }

    fn optional(arg: Arg<'_>) -> Result<Option<Self>> {
        Ok(arg.files().first().map(|file| (*file).clone()))
    }

    fn list(arg: Arg<'_>) -> Result<Vec<Self>> {
        Ok(arg.files().into_iter().cloned().collect())
    }
}

/// An answer that is a file: bytes with their type, and the name under which a browser keeps them
/// (`content-disposition: attachment; filename="report.txt"`).
///
/// ```ignore
/// #[remote_method(get, "/{id}/download")]
/// async fn download(&self) -> Result<Download> {
///     Ok(Download::new("text/plain", self.text.clone()).file_name("report.txt"))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Download {
    bytes: Bytes,
    content_type: String,
    file_name: Option<String>,
}

impl Download {
    /// Bytes of a type: `text/plain`, `application/pdf`, ... What no header can have as a type is a 500.
    pub fn new(content_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), content_type: content_type.into(), file_name: None }
    }

    /// The name under which a browser keeps it; without one it shows it.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }
}

impl RemoteResult for Download {
    const SHAPES: &'static [ShapeDef] = &[ShapeDef::File];

    fn write(self, out: &mut ResultWriter<'_>) -> Result<()> {
        let disposition = self.file_name.as_deref().map(disposition);
        out.raw(&self.content_type, disposition, RawBody::Bytes(self.bytes))
    }
}

/// An answer that is sent while it is made: a type and a stream of bytes. An error in the middle ends the connection, so
/// that no client takes a part for the whole. The status is sent before the first chunk: an error that should be one has to
/// be an `Err` of the method.
///
/// ```ignore
/// #[remote_method(get, "/export")]
/// async fn export() -> Result<Streamed> {
///     let lines = futures_util::stream::iter((1..=3).map(|n| Ok::<_, Error>(format!("{n}\n").into())));
///     Ok(Streamed::new("text/csv", lines).file_name("numbers.csv"))
/// }
/// ```
pub struct Streamed {
    content_type: String,
    file_name: Option<String>,
    bytes: BoxStream<'static, Result<Bytes>>,
}

impl Streamed {
    /// A stream of a type, of chunks of any size.
    pub fn new<E: Into<Error>>(
        content_type: impl Into<String>,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    ) -> Self {
        let bytes = bytes.map(|chunk| chunk.map_err(Into::into)).boxed();
        Self { content_type: content_type.into(), file_name: None, bytes }
    }

    /// The name under which a browser keeps it.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Streamed({})", self.content_type)
    }
}

impl RemoteResult for Streamed {
    const SHAPES: &'static [ShapeDef] = &[ShapeDef::File];

    fn write(self, out: &mut ResultWriter<'_>) -> Result<()> {
        let disposition = self.file_name.as_deref().map(disposition);
        out.raw(&self.content_type, disposition, RawBody::Stream(self.bytes))
    }
}

/// Bytes that are no JSON.
pub(crate) enum RawBody {
    Bytes(Bytes),
    Stream(BoxStream<'static, Result<Bytes>>),
}

/// `attachment; filename="report.txt"`, and for what is not ASCII the encoded name beside it (RFC 6266).
fn disposition(name: &str) -> HeaderValue {
    let plain: String = name
        .chars()
        .map(|c| if c == '"' || c == '\\' || !(c == ' ' || c.is_ascii_graphic()) { '_' } else { c })
        .collect();
    let mut text = format!("attachment; filename=\"{plain}\"");
    if plain != name {
        text.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(char::from(byte)),
                _ => text.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    // Only printable ASCII is left.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn file_names_cannot_break_out_of_their_header() {
        assert_eq!(disposition("report.txt"), "attachment; filename=\"report.txt\"");
        assert_eq!(
            disposition("a\"; x=\r\n1"),
            "attachment; filename=\"a_; x=__1\"; filename*=UTF-8''a%22%3B%20x%3D%0D%0A1"
        );
        assert_eq!(disposition("é.txt"), "attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%A9.txt");
    }
}
