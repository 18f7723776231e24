//! Arguments by their shape: texts of a path, a query, a header or a form are converted, JSON is checked. Answers to
//! strong-remoting `lib/types`.

use super::json;
use crate::error::{Error, Result};
use crate::graph::{Kind, ObjectNode, Shape};
use crate::value::{CoerceError, coerce};
use serde_json::{Map, Value as Json};

/// An argument of a JSON body: nothing is converted but dates.
///
/// # Errors
/// 400 in LoopBack's words.
pub(super) fn typed(name: &str, shape: &Shape, json: Json) -> Result<Json> {
    match (shape, json) {
        (Shape::Kind(kind), json) => typed_kind(name, kind, json),
        (Shape::List(item), Json::Array(items)) => items.into_iter().map(|json| typed(name, item, json)).collect(),
        (Shape::List(_), _) => Err(Error::bad_request("Value is not an array.")),
        (Shape::File, _) => Err(not_a_file(name)),
        (Shape::Injected | Shape::Nothing, _) => Ok(Json::Null),
        (_, json @ Json::Object(_)) => Ok(json),
        (_, _) => Err(not_an_object()),
    }
}

/// An argument as a path, a query, a header or a form has it: text, or lists and objects of texts. `None`: an empty text,
/// which is no value.
///
/// # Errors
/// 400 in LoopBack's words.
pub(super) fn text(name: &str, shape: &Shape, json: Json) -> Result<Option<Json>> {
    if json.as_str() == Some("") {
        return Ok(None);
    }
    Ok(Some(match (shape, json) {
        (Shape::Kind(kind), json) => return text_kind(name, kind, json),
        (Shape::List(item), json) => match json {
            Json::Array(items) => {
                let item = |json| text(name, item, json).map(Option::unwrap_or_default);
                let items = items.into_iter().map(item).collect::<Result<Json>>()?;
                // What is empty stands for no value, which a list has no room for.
                return typed(name, shape, items).map(Some);
            }
            Json::String(text) if text.trim_start().starts_with('[') => typed(name, shape, parsed_list(&text)?)?,
            // A single value is a list of one.
            one => Json::Array(vec![text(name, item, one)?.unwrap_or_default()]),
        },
        (Shape::File, _) => return Err(not_a_file(name)),
        (Shape::Injected | Shape::Nothing, _) => return Ok(None),
        (_, Json::String(text)) => parsed_object(&text)?,
        (_, json @ Json::Object(_)) => json,
        (_, _) => return Err(not_an_object()),
    }))
}

fn typed_kind(name: &str, kind: &Kind, json: Json) -> Result<Json> {
    let fits = match (kind, &json) {
        (Kind::String, Json::String(_))
        | (Kind::Number | Kind::Integer { .. }, Json::Number(_))
        | (Kind::Boolean, Json::Bool(_))
        | (Kind::Array(_), Json::Array(_))
        | (Kind::Object(_), Json::Object(_)) => true,
        (Kind::String | Kind::Number | Kind::Integer { .. } | Kind::Boolean | Kind::Array(_) | Kind::Object(_), _) => {
            false
        }
        (Kind::Any, _) => true,
        (_, json) => !json.is_null(),
    };
    if !fits {
        return Err(not_a(name, kind));
    }
    match (kind, json) {
        (Kind::Array(item), Json::Array(items)) => items.into_iter().map(|json| typed_kind(name, item, json)).collect(),
        (Kind::Object(object), Json::Object(map)) => {
            fields(name, object, map, |name, kind, json| typed_kind(name, kind, json).map(Some))
        }
        // As an answer has bytes.
        (Kind::Bytes, Json::Object(mut map)) if map.get("$type").is_some_and(|kind| kind == "base64") => {
            converted(name, kind, map.remove("$data").unwrap_or_default())
        }
        (kind, json) => converted(name, kind, json),
    }
}

fn text_kind(name: &str, kind: &Kind, json: Json) -> Result<Option<Json>> {
    if json.as_str() == Some("") {
        return Ok(None);
    }
    Ok(Some(match (kind, json) {
        (Kind::Any, Json::String(text)) => sniffed(text),
        (Kind::Boolean, Json::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Json::Bool(true),
            "false" | "0" => Json::Bool(false),
            _ => return Err(not_a(name, kind)),
        },
        (Kind::DateTime | Kind::Date, Json::String(text)) => match text.trim().parse::<i64>() {
            // Milliseconds; what is as short as a year is none.
            Ok(millis) => converted(name, kind, millis.into())?,
            Err(_) => converted(name, kind, Json::String(text))?,
        },
        (Kind::Array(item), json) => match json {
            Json::Array(items) => {
                let item = |json| text_kind(name, item, json).map(Option::unwrap_or_default);
                let items = items.into_iter().map(item).collect::<Result<Json>>()?;
                return typed_kind(name, kind, items).map(Some);
            }
            Json::String(text) if text.trim_start().starts_with('[') => typed_kind(name, kind, parsed_list(&text)?)?,
            one => Json::Array(vec![text_kind(name, item, one)?.unwrap_or_default()]),
        },
        (Kind::Object(_), Json::String(text)) => typed_kind(name, kind, parsed_object(&text)?)?,
        (Kind::Object(object), Json::Object(map)) => fields(name, object, map, text_kind)?,
        (Kind::GeoPoint | Kind::Any, json) => converted(name, kind, json)?,
        (kind, json @ Json::String(_)) => converted(name, kind, json)?,
        (kind, _) => return Err(not_a(name, kind)),
    }))
}

/// The fields of a nested object, each read by `field`.
fn fields(
    name: &str,
    object: &ObjectNode,
    map: Map<String, Json>,
    field: impl Fn(&str, &Kind, Json) -> Result<Option<Json>>,
) -> Result<Json> {
    let mut out = Map::new();
    for (key, json) in map {
        let Some(node) = object.fields.iter().find(|field| *field.name == *key) else {
            let known: Vec<_> = object.fields.iter().map(|field| &*field.name).collect();
            let message = format!("has the key `{}`; allowed are {}", shortened(&key), known.join(", "));
            return Err(wrong(name, message));
        };
        if json.is_null() && !node.required {
            continue;
        }
        let inside = format!("{name}.{key}");
        let read = field(&inside, &node.kind, json).map_err(|error| match error.message() {
            // Inside an object it takes the name to know what is meant.
            message if message.starts_with("Value ") => {
                Error::bad_request(format!("Invalid argument \"{inside}\". {message}"))
            }
            _ => error,
        })?;
        if let Some(json) = read {
            out.insert(key, json);
        }
    }
    match object.fields.iter().find(|field| field.required && !out.contains_key(&*field.name)) {
        Some(missing) => Err(wrong(name, format!("has no `{}`", missing.name))),
        None => Ok(Json::Object(out)),
    }
}

fn converted(name: &str, kind: &Kind, json: Json) -> Result<Json> {
    if json.is_null() && *kind != Kind::Any {
        return Err(not_a(name, kind));
    }
    match coerce(kind, json) {
        Ok(value) => Ok(value.to_json()),
        Err(CoerceError { code, message }) => Err(match (code, kind) {
            ("numericality.int", Kind::Integer { min, max })
                if message != "is not an integer" && (*min, *max) != WHOLE =>
            {
                wrong(name, message)
            }
            ("numericality.int", Kind::Integer { .. }) => Error::bad_request("Value is not a safe integer."),
            ("numericality.number", _) => Error::bad_request("Value is not a number."),
            (_, Kind::Boolean) => not_a(name, kind),
            _ => wrong(name, message),
        }),
    }
}

/// The bounds of the type that has every integer: what is beyond is none that JavaScript counts with.
const WHOLE: (i64, i64) = (i64::MIN, i64::MAX);

/// What a text without a type stands for: a number, `true`, `false`, `null`, JSON, or itself.
fn sniffed(text: String) -> Json {
    match text.as_str() {
        "null" => return Json::Null,
        "true" => return Json::Bool(true),
        "false" => return Json::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let whole = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = match digits.split_once('.') {
        Some((before, after)) => (before.is_empty() || whole(before)) && whole(after),
        // `0123` is a code, not a number.
        None => whole(digits) && (digits.len() == 1 || !digits.starts_with('0')),
    };
    if number {
        let integer = text.parse::<i64>().ok().filter(|n| n.unsigned_abs() < 1 << 53).map(Json::from);
        let float = || {
            let n = text.parse::<f64>().ok().filter(|n| digits.contains('.') && n.is_finite())?;
            Some(crate::value::Value::Float(n).to_json())
        };
        return integer.or_else(float).unwrap_or(Json::String(text));
    }
    if text.starts_with(['{', '[']) {
        return json::parse(text.as_bytes()).unwrap_or(Json::String(text));
    }
    Json::String(text)
}

fn parsed_list(text: &str) -> Result<Json> {
    json::parse(text.as_bytes()).map_err(|_| Error::bad_request("Value is not an array."))
}

fn parsed_object(text: &str) -> Result<Json> {
    match json::parse(text.as_bytes()) {
        Ok(json @ Json::Object(_)) => Ok(json),
        _ => Err(not_an_object()),
    }
}

fn not_an_object() -> Error {
    Error::bad_request("Value is not an object.")
}

fn not_a_file(name: &str) -> Error {
    wrong(name, "is not a file: send the form as multipart/form-data")
}

fn not_a(name: &str, kind: &Kind) -> Error {
    match kind {
        Kind::String | Kind::Boolean | Kind::Array(_) => {
            Error::bad_request(format!("Value is not {}.", kind.describe()))
        }
        Kind::Number | Kind::Integer { .. } => Error::bad_request("Value is not a number."),
        Kind::Object(_) => not_an_object(),
        Kind::DateTime | Kind::Date => wrong(name, "is not a valid date"),
        kind => wrong(name, format!("is not {}", kind.describe())),
    }
}

fn wrong(name: &str, what: impl std::fmt::Display) -> Error {
    Error::bad_request(format!("Invalid argument \"{name}\". Value {what}."))
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
