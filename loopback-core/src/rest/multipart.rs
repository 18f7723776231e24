//! Forms with files: `multipart/form-data`.

use crate::error::{Error, Result};
use crate::remoting::{Payload, UploadedFile};
use bytes::Bytes;
use futures_util::stream;
use multer::Multipart;
use serde_json::{Map, Value as Json};
use std::convert::Infallible;

/// Parts of a form.
const PARTS: usize = 1000;

/// Reads a form of which all bytes are there, so that the limit of a body holds for it as a whole.
///
/// # Errors
/// 400: it is malformed, or has too many parts.
pub(super) async fn read(content_type: &str, bytes: Bytes) -> Result<Payload> {
    let malformed = |error: multer::Error| Error::bad_request(format!("the form cannot be read: {error}"));
    let boundary = multer::parse_boundary(content_type).map_err(malformed)?;
    let mut form = Multipart::new(stream::iter([Ok::<_, Infallible>(bytes)]), boundary);
    let (mut fields, mut files) = (Map::new(), Vec::new());
    let mut parts = 0;
    while let Some(part) = form.next_field().await.map_err(malformed)? {
        parts += 1;
        if parts > PARTS {
            return Err(Error::bad_request(format!("a form of more than {PARTS} parts")));
        }
        let Some(name) = part.name().map(str::to_owned) else {
            return Err(Error::bad_request("a part of the form has no name"));
        };
        let file_name = part.file_name().map(Into::into);
        let content_type: Option<Box<str>> = part.content_type().map(|media| media.as_ref().into());
        let bytes = part.bytes().await.map_err(malformed)?;
        if file_name.is_some() {
            files.push(UploadedFile { field: name.into(), file_name, content_type, bytes });
            continue;
        }
        let text = String::from_utf8(bytes.into());
        let text = text.map_err(|_| Error::bad_request(format!("the part `{name}` of the form is not UTF-8")))?;
        match fields.get_mut(&name) {
            None => {
                fields.insert(name, text.into());
            }
            // The same name several times is a list.
            Some(Json::Array(list)) => list.push(text.into()),
            Some(first) => *first = Json::Array(vec![first.take(), text.into()]),
        }
    }
    Ok(Payload::Multipart(fields, files))
}
