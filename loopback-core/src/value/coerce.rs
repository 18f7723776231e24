//! JSON of a client as a value of a property, coerced as LoopBack coerces it where that loses nothing.
//!
//! Numbers come from decimal or exponent text, booleans from `1`, `0`, `true`, `false` and their text, text from numbers
//! and booleans, dates from ISO text or epoch milliseconds, lists and objects from JSON text; elements alike. All else
//! is an error with LoopBack's code. Differs from LoopBack: it stores NULL or `[object Object]` for what it cannot
//! convert.

use super::{GeoPoint, Value, json, parse_date, parse_date_time, truncate_to_millis};
use crate::graph::Kind;
use chrono::{DateTime, Datelike};
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};
use std::borrow::Cow;

/// A value that a property cannot take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoerceError {
    /// LoopBack's code: `numericality.number`, `numericality.int`, `date` or `type`.
    pub code: &'static str,
    /// What the client reads: `is not a number`.
    pub message: Cow<'static, str>,
}

impl CoerceError {
    fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into() }
    }

    fn not_a_number() -> Self {
        Self::new("numericality.number", "is not a number")
    }

    fn not_a_date() -> Self {
        Self::new("date", "is not a valid date")
    }
}

type Coerced = Result<Value, CoerceError>;

/// The value of a property of this kind. `null` is no value, whatever the kind.
///
/// # Errors
/// The JSON does not stand for a value of the kind. [`CoerceError::code`] and its message go into `details` of the 422.
pub fn coerce(kind: &Kind, json: Json) -> Coerced {
    match (kind, json) {
        (_, Json::Null) => Ok(Value::Null),
        (Kind::String, Json::String(text)) => text_value(text),
        (Kind::String, Json::Number(n)) => Ok(Value::Text(number_text(&n))),
        (Kind::String, Json::Bool(b)) => Ok(Value::Text(b.to_string())),
        (Kind::String, _) => Err(CoerceError::new("type", "is not a string")),
        (Kind::Integer { min, max }, json) => integer(*min, *max, &json),
        (Kind::Number, json) => number(&json).map(Value::Float),
        (Kind::Boolean, json) => boolean(&json),
        (Kind::DateTime, json) => date_time(&json),
        (Kind::Date, json) => match &json {
            Json::String(text) => parse_date(text).map(Value::Date).ok_or_else(CoerceError::not_a_date),
            _ => match date_time(&json)? {
                Value::DateTime(at) => Ok(Value::Date(at.date_naive())),
                _ => Err(CoerceError::not_a_date()),
            },
        },
        (Kind::Decimal { scale, precision }, json) => decimal(*precision, *scale, &json),
        (Kind::Uuid, Json::String(text)) => {
            text.trim().parse().map(Value::Uuid).map_err(|_| CoerceError::new("type", "is not a UUID"))
        }
        (Kind::Uuid, _) => Err(CoerceError::new("type", "is not a UUID")),
        (Kind::Bytes, Json::String(text)) => {
            json::from_base64(&text).map(Value::Bytes).ok_or_else(|| CoerceError::new("type", "is not base64 text"))
        }
        (Kind::Bytes, _) => Err(CoerceError::new("type", "is not base64 text")),
        (Kind::GeoPoint, json) => match GeoPoint::from_json(&parsed(json)) {
            Some(point) => Ok(Value::Json(point.to_json())),
            None => Err(CoerceError::new("type", "is not a geo point: latitude -90 to 90, longitude -180 to 180")),
        },
        (Kind::Enum(words), Json::String(text)) => {
            if words.iter().any(|word| **word == *text) {
                Ok(Value::Text(text))
            } else {
                Err(CoerceError::new("inclusion", format!("is not included in the list: {}", words.join(", "))))
            }
        }
        (Kind::Enum(_), _) => Err(CoerceError::new("type", "is not a string")),
        (Kind::Array(item), json) => match parsed(json) {
            Json::Array(list) => {
                let items: Result<Vec<_>, _> = list.into_iter().map(|json| Ok(coerce(item, json)?.to_json())).collect();
                Ok(Value::Json(Json::Array(items?)))
            }
            _ => Err(CoerceError::new("type", "is not an array")),
        },
        (Kind::Object(object), json) => match parsed(json) {
            Json::Object(map) => nested(object, map),
            _ => Err(CoerceError::new("type", "is not an object")),
        },
        (Kind::Any, json) => {
            if holds_nul(&json) {
                return Err(nul());
            }
            Ok(Value::Json(json))
        }
    }
}

/// The value of a property of this kind, from text of a path or a query.
///
/// # Errors
/// As [`coerce`].
pub fn coerce_text(kind: &Kind, text: &str) -> Coerced {
    coerce(kind, Json::String(text.to_owned()))
}

/// Whether every database can store a value of the application's own, and gives it back as it is. What [`coerce`] gives
/// always can, up to the length of its column (characters).
///
/// # Errors
/// As [`coerce`].
pub(crate) fn fits(kind: &Kind, length: Option<u32>, value: &Value) -> Result<(), CoerceError> {
    match (kind, value) {
        (_, Value::Text(text)) if text.contains('\0') => Err(nul()),
        (_, Value::Json(json)) if holds_nul(json) => Err(nul()),
        (Kind::String | Kind::Enum(_), Value::Text(text)) => match length {
            // Characters are never more than bytes: most text needs no count.
            Some(length) if text.len() > length as usize && text.chars().count() > length as usize => {
                Err(CoerceError::new("length.max", "too long"))
            }
            _ => Ok(()),
        },
        (_, Value::Float(n)) if !n.is_finite() => Err(CoerceError::not_a_number()),
        (_, Value::DateTime(at)) if !(0..=9999).contains(&at.year()) => Err(CoerceError::not_a_date()),
        (_, Value::Date(day)) if !(0..=9999).contains(&day.year()) => Err(CoerceError::not_a_date()),
        (Kind::Decimal { precision, scale }, Value::Decimal(n)) => decimal_fits(*precision, *scale, &n.normalize()),
        _ => Ok(()),
    }
}

fn nul() -> CoerceError {
    CoerceError::new("type", "has a NUL character, which not every database can store")
}

fn text_value(text: String) -> Coerced {
    if text.contains('\0') { Err(nul()) } else { Ok(Value::Text(text)) }
}

fn holds_nul(json: &Json) -> bool {
    match json {
        Json::String(text) => text.contains('\0'),
        Json::Array(list) => list.iter().any(holds_nul),
        Json::Object(map) => map.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

/// A number as JavaScript's `String(n)` writes it.
fn number_text(n: &serde_json::Number) -> String {
    let mut out = Vec::new();
    match n.as_i64() {
        Some(n) => json::write_integer(&mut out, n),
        None => super::write_number(&mut out, n.as_f64().unwrap_or(f64::NAN)),
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Text that stands for JSON, as LoopBack's clients send lists and objects in forms.
fn parsed(json: Json) -> Json {
    match json {
        Json::String(text) => match serde_json::from_str(&text) {
            Ok(inner @ (Json::Array(_) | Json::Object(_))) => inner,
            _ => Json::String(text),
        },
        other => other,
    }
}

/// The finite number that JSON stands for, if any.
pub(crate) fn finite(json: &Json) -> Option<f64> {
    number(json).ok()
}

fn number(json: &Json) -> Result<f64, CoerceError> {
    let n = match json {
        Json::Number(n) => n.as_f64(),
        Json::String(text) => decimal_text(text).and_then(|text| text.parse::<f64>().ok()),
        _ => None,
    };
    n.filter(|n| n.is_finite()).ok_or_else(CoerceError::not_a_number)
}

/// Text that is a decimal number, perhaps with an exponent: no hexadecimal, no `inf`, no `NaN`.
fn decimal_text(text: &str) -> Option<&str> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    (plain && text.bytes().any(|byte| byte.is_ascii_digit())).then_some(text)
}

fn integer(min: i64, max: i64, json: &Json) -> Coerced {
    let exact = match json {
        Json::Number(n) => n.as_i64(),
        Json::String(text) => decimal_text(text).and_then(|text| text.parse().ok()),
        _ => None,
    };
    let n = match exact {
        Some(n) => n,
        None => {
            let n = number(json)?;
            if n.fract() != 0.0 {
                return Err(CoerceError::new("numericality.int", "is not an integer"));
            }
            // 2^53: above it a double has lost digits already.
            if n.abs() > 9_007_199_254_740_992.0 {
                return Err(out_of_range(min, max));
            }
            n as i64
        }
    };
    if (min..=max).contains(&n) { Ok(Value::Int(n)) } else { Err(out_of_range(min, max)) }
}

fn out_of_range(min: i64, max: i64) -> CoerceError {
    CoerceError::new("numericality.int", format!("is not an integer between {min} and {max}"))
}

fn boolean(json: &Json) -> Coerced {
    let b = match json {
        Json::Bool(b) => Some(*b),
        Json::Number(n) if n.as_f64() == Some(1.0) => Some(true),
        Json::Number(n) if n.as_f64() == Some(0.0) => Some(false),
        Json::String(text) => match text.trim() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    };
    b.map(Value::Bool).ok_or_else(|| CoerceError::new("type", "is not a boolean"))
}

fn date_time(json: &Json) -> Coerced {
    let at = match json {
        Json::String(text) => parse_date_time(text),
        Json::Number(n) => n
            .as_f64()
            .filter(|n| n.abs() < 1.0e15)
            .and_then(|n| DateTime::from_timestamp_millis(n as i64))
            .map(truncate_to_millis)
            .filter(|at| (0..=9999).contains(&at.year())),
        _ => None,
    };
    at.map(Value::DateTime).ok_or_else(CoerceError::not_a_date)
}

fn decimal(precision: u32, scale: u32, json: &Json) -> Coerced {
    let text = match json {
        Json::Number(n) => Cow::Owned(n.to_string()),
        Json::String(text) => decimal_text(text).map(Cow::Borrowed).ok_or_else(CoerceError::not_a_number)?,
        _ => return Err(CoerceError::not_a_number()),
    };
    let n: Decimal =
        text.parse().or_else(|_| Decimal::from_scientific(&text)).map_err(|_| CoerceError::not_a_number())?.normalize();
    decimal_fits(precision, scale, &n)?;
    Ok(Value::Decimal(n))
}

fn decimal_fits(precision: u32, scale: u32, n: &Decimal) -> Result<(), CoerceError> {
    let whole = i64::from(precision) - i64::from(scale);
    let digits = n.trunc().mantissa().unsigned_abs().checked_ilog10().map_or(0, |n| i64::from(n) + 1);
    if n.scale() <= scale && digits <= whole {
        return Ok(());
    }
    let message = format!("does not fit: at most {whole} digits before and {scale} after the point");
    Err(CoerceError::new("numericality.decimal", message))
}

fn nested(object: &crate::graph::ObjectNode, mut map: Map<String, Json>) -> Coerced {
    let mut out = Map::new();
    for field in &object.fields {
        let Some(json) = map.remove(&*field.name) else {
            if field.required {
                return Err(CoerceError::new("type", format!("has no `{}`", field.name)));
            }
            continue;
        };
        let value = coerce(&field.kind, json)
            .map_err(|error| CoerceError::new(error.code, format!("`{}` {}", field.name, error.message)))?;
        if value.is_null() && field.required {
            return Err(CoerceError::new("type", format!("`{}` can't be blank", field.name)));
        }
        out.insert(field.name.to_string(), value.to_json());
    }
    Ok(Value::Json(Json::Object(out)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn code(kind: &Kind, json: Json) -> &'static str {
        match coerce(kind, json) {
            Ok(_) => "ok",
            Err(error) => error.code,
        }
    }

    #[test]
    fn what_stands_for_a_value_is_taken() {
        let integer = Kind::Integer { min: i64::MIN, max: i64::MAX };
        assert_eq!(coerce(&Kind::Number, json!(" 1.5e2 ")), Ok(Value::Float(150.0)));
        assert_eq!(coerce(&integer, json!("12")), Ok(Value::Int(12)));
        assert_eq!(coerce(&integer, json!(5.0)), Ok(Value::Int(5)));
        assert_eq!(coerce(&Kind::Boolean, json!("0")), Ok(Value::Bool(false)));
        assert_eq!(coerce(&Kind::String, json!(5)), Ok(Value::Text("5".into())));
        assert_eq!(coerce(&Kind::String, json!(5.0)), Ok(Value::Text("5".into())));
        let list = Kind::Array(Box::new(Kind::Number));
        assert_eq!(coerce(&list, json!("[1,\"2\"]")), Ok(Value::Json(json!([1, 2]))));
        assert_eq!(coerce(&Kind::GeoPoint, json!("3.5,4.5")), Ok(Value::Json(json!({"lat": 3.5, "lng": 4.5}))));
    }

    #[test]
    fn what_does_not_is_refused_with_its_code() {
        let integer = Kind::Integer { min: 0, max: 10 };
        assert_eq!(code(&Kind::Number, json!("abc")), "numericality.number");
        assert_eq!(code(&Kind::Number, json!("0x10")), "numericality.number");
        assert_eq!(code(&Kind::Number, json!("NaN")), "numericality.number");
        assert_eq!(code(&Kind::Number, json!(true)), "numericality.number");
        assert_eq!(code(&integer, json!(1.5)), "numericality.int");
        assert_eq!(code(&integer, json!(11)), "numericality.int");
        assert_eq!(code(&Kind::Boolean, json!("yes")), "type");
        assert_eq!(code(&Kind::String, json!(["a"])), "type");
        assert_eq!(code(&Kind::String, json!("a\0b")), "type");
        assert_eq!(code(&Kind::Any, json!({"a": ["\0"]})), "type");
        assert_eq!(code(&Kind::DateTime, json!("")), "date");
        assert_eq!(code(&Kind::GeoPoint, json!({"lat": 100, "lng": 0})), "type");
        assert_eq!(code(&Kind::Decimal { precision: 5, scale: 2 }, json!("1234.5")), "numericality.decimal");
        assert_eq!(code(&Kind::Decimal { precision: 5, scale: 2 }, json!("123.450")), "ok");
    }
}
