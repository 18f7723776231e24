//! Values as JSON bytes, and the typed reading of stored JSON.

use super::{TypeError, Value, date, parse_date, parse_date_time};
use crate::meta::KindDef;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

/// Writes a value as JSON.
pub fn write_json(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(n) => write_integer(out, *n),
        Value::Float(n) => write_number(out, *n),
        Value::Text(text) => write_json_string(out, text),
        Value::DateTime(at) => {
            out.push(b'"');
            out.extend_from_slice(&date::iso_bytes(at));
            out.push(b'"');
        }
        Value::Bytes(bytes) => write_json_string(out, &base64(bytes)),
        Value::Json(json) => write_any(out, json),
        Value::Date(_) | Value::Decimal(_) | Value::Uuid(_) => write_any(out, &value.to_json()),
    }
}

/// Writes a whole number.
pub(crate) fn write_integer(out: &mut Vec<u8>, n: i64) {
    write_any(out, &n);
}

/// Writes a double as JavaScript does: whole numbers without a fraction, what is no number as `null`.
pub fn write_number(out: &mut Vec<u8>, n: f64) {
    if n.fract() == 0.0 && n.abs() < 9.0e15 {
        write_integer(out, n as i64);
    } else if n.is_finite() {
        write_any(out, &n);
    } else {
        out.extend_from_slice(b"null");
    }
}

/// Writes a text with quotes and escapes.
pub fn write_json_string(out: &mut Vec<u8>, text: &str) {
    write_any(out, text);
}

fn write_any<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    // Numbers, text and `serde_json::Value` have string keys only, and a vector takes every byte: nothing can fail.
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.extend_from_slice(b"null");
    }
}

pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The value of an element or field as the engine stored it in a JSON column. No coercion: what was stored went
/// through [`coerce`](super::coerce) before.
pub(crate) fn stored(kind: &KindDef, json: Json) -> Result<Value, TypeError> {
    let wrong = |json: &Json| TypeError::new(format!("stored JSON {json} is not of the kind {kind:?}"));
    Ok(match (kind, json) {
        (_, Json::Null) => Value::Null,
        (KindDef::String | KindDef::Enum(_), Json::String(text)) => Value::Text(text),
        (KindDef::Integer { .. }, Json::Number(n)) => match n.as_i64() {
            Some(n) => Value::Int(n),
            None => return Err(wrong(&Json::Number(n))),
        },
        (KindDef::Number, Json::Number(n)) => Value::Float(n.as_f64().unwrap_or(f64::NAN)),
        (KindDef::Boolean, Json::Bool(b)) => Value::Bool(b),
        (KindDef::DateTime, Json::String(text)) => match parse_date_time(&text) {
            Some(at) => Value::DateTime(at),
            None => return Err(wrong(&Json::String(text))),
        },
        (KindDef::Date, Json::String(text)) => match parse_date(&text) {
            Some(day) => Value::Date(day),
            None => return Err(wrong(&Json::String(text))),
        },
        (KindDef::Decimal, Json::String(text)) => match text.parse() {
            Ok(n) => Value::Decimal(n),
            Err(_) => return Err(wrong(&Json::String(text))),
        },
        (KindDef::Uuid, Json::String(text)) => match text.parse() {
            Ok(id) => Value::Uuid(id),
            Err(_) => return Err(wrong(&Json::String(text))),
        },
        (KindDef::Bytes, Json::String(text)) => match from_base64(&text) {
            Some(bytes) => Value::Bytes(bytes),
            None => return Err(wrong(&Json::String(text))),
        },
        (KindDef::GeoPoint | KindDef::Object(_), json @ Json::Object(_))
        | (KindDef::Array(_), json @ Json::Array(_))
        | (KindDef::Any, json) => Value::Json(json),
        (_, json) => return Err(wrong(&json)),
    })
}
