//! Bodies of requests: JSON and forms, within a limit. Answers to Express' `body-parser`.

use crate::error::{Error, Result};
use crate::filter::qs;
use crate::remoting::{Payload, json};
use crate::server::BodyTimeout;
use axum::body::Body as HttpBody;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// Reads a body; a form with files only where `files` are taken.
///
/// # Errors
/// 400 malformed, 413 larger than the limit (bytes), 415 neither JSON nor a form.
pub(super) async fn read(headers: &HeaderMap, body: HttpBody, limit: usize, files: bool) -> Result<Payload> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(Error::too_large(limit));
    }
    let bytes = collect(body, limit).await?;
    if bytes.is_empty() {
        return Ok(Payload::Absent);
    }
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Error::unsupported_media("a body with a content encoding is not read; send it as it is"));
    }
    let content_type = headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default()).unwrap_or_default();
    let (media, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let media = media.trim();
    if let Some(charset) = charset(parameters).filter(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
        let charset = charset.to_uppercase();
        return Err(Error::unsupported_media(format!("unsupported charset \"{charset}\"")));
    }
    if media.eq_ignore_ascii_case("application/json") {
        return json::parse(&bytes).map(Payload::Json);
    }
    if media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return qs::parse_form(&bytes).map(Payload::Form).map_err(|error| Error::bad_request(error.to_string()));
    }
    if files && media.eq_ignore_ascii_case("multipart/form-data") {
        return Box::pin(super::multipart::read(content_type, bytes)).await;
    }
    Err(Error::unsupported_media(if media.is_empty() {
        "the body has no content type; send application/json".to_owned()
    } else {
        format!("unsupported content type \"{media}\"; send application/json")
    }))
}

async fn collect(body: HttpBody, limit: usize) -> Result<Bytes> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Error::too_large(limit)),
        Err(error) if BodyTimeout::of(&*error).is_some() => {
            Err(Error::new(408, "the body did not arrive in time").with_code("REQUEST_TIMEOUT").with_source(error))
        }
        Err(error) => Err(Error::bad_request("the body did not arrive whole").with_source(error)),
    }
}

fn charset(parameters: &str) -> Option<&str> {
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}
