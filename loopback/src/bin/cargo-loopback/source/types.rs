//! Types of properties and arguments: LoopBack's words and Rust's.

use crate::fault::{Result, fault};
use crate::json::Json;
use loopback::__private::did_you_mean;
use loopback::prelude::NaiveDate;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Bool,
    /// `i64`, `f64`, ...
    Number(&'static str),
    Moment,
    Day,
    Decimal,
    Uuid,
    GeoPoint,
    Bytes,
    Object,
    Any,
    List(Box<Kind>),
    /// An enum or a struct of the application's own.
    Own(String),
}

/// Every word, in small letters, with what it is.
const WORDS: &[(&str, Kind)] = &[
    ("string", Kind::Text),
    ("text", Kind::Text),
    ("number", Kind::Number("f64")),
    ("integer", Kind::Number("i64")),
    ("boolean", Kind::Bool),
    ("bool", Kind::Bool),
    ("date", Kind::Moment),
    ("datetime", Kind::Moment),
    ("datetime<utc>", Kind::Moment),
    ("naivedate", Kind::Day),
    ("day", Kind::Day),
    ("decimal", Kind::Decimal),
    ("uuid", Kind::Uuid),
    ("geopoint", Kind::GeoPoint),
    ("buffer", Kind::Bytes),
    ("vec<u8>", Kind::Bytes),
    ("object", Kind::Object),
    ("any", Kind::Any),
    ("i8", Kind::Number("i8")),
    ("i16", Kind::Number("i16")),
    ("i32", Kind::Number("i32")),
    ("i64", Kind::Number("i64")),
    ("u16", Kind::Number("u16")),
    ("u32", Kind::Number("u32")),
    ("f32", Kind::Number("f32")),
    ("f64", Kind::Number("f64")),
];

const SHOWN: &str = "string number integer boolean date day decimal uuid geopoint buffer object array any, [string] for a list, \
                     and i8 i16 i32 i64 u16 u32 f32 f64";

impl Kind {
    /// The type of a word. `own` are the types that the application has itself.
    ///
    /// # Errors
    /// There is none, with those that there are.
    pub(crate) fn of(word: &str, own: &[String]) -> Result<Self> {
        let lower = word.to_ascii_lowercase();
        if let Some((_, kind)) = WORDS.iter().find(|(known, _)| *known == lower) {
            return Ok(kind.clone());
        }
        if lower == "array" {
            return Ok(Self::List(Box::new(Self::Any)));
        }
        let inner = (word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')))
            .or_else(|| word.strip_suffix("[]"))
            .or_else(|| word.strip_prefix("Vec<").and_then(|rest| rest.strip_suffix('>')));
        if let Some(inner) = inner {
            return Ok(Self::List(Box::new(Self::of(inner, own)?)));
        }
        if own.iter().any(|own| own == word) {
            return Ok(Self::Own(word.to_owned()));
        }
        let known = WORDS.iter().map(|(word, _)| *word).chain(["array"]).chain(own.iter().map(String::as_str));
        let hint = did_you_mean(word, known);
        Err(fault(format!(
            "there is no type `{word}`{hint}; allowed: {SHOWN}, and types of your own with `#[derive(PropertyType)]`"
        )))
    }

    /// As source has it.
    pub(crate) fn rust(&self) -> String {
        match self {
            Self::Text => "String".into(),
            Self::Bool => "bool".into(),
            Self::Number(name) => (*name).into(),
            Self::Moment => "DateTime<Utc>".into(),
            Self::Day => "NaiveDate".into(),
            Self::Decimal => "Decimal".into(),
            Self::Uuid => "Uuid".into(),
            Self::GeoPoint => "GeoPoint".into(),
            Self::Bytes => "Vec<u8>".into(),
            Self::Object | Self::Any => "loopback::serde_json::Value".into(),
            Self::List(of) => format!("Vec<{}>", of.rust()),
            Self::Own(name) => name.clone(),
        }
    }

    /// As a definition by JSON has it.
    ///
    /// # Errors
    /// It has no such type.
    pub(crate) fn json(&self) -> Result<Json> {
        Ok(Json::text(match self {
            Self::Text => "string",
            Self::Bool => "boolean",
            Self::Number("f64") => "number",
            Self::Number("i64") => "integer",
            Self::Moment => "date",
            Self::Decimal => "decimal",
            Self::Uuid => "uuid",
            Self::GeoPoint => "geopoint",
            Self::Bytes => "buffer",
            Self::Object => "object",
            Self::Any => "any",
            Self::List(of) if **of == Self::Any => "array",
            Self::List(of) => return Ok(Json::List(vec![of.json()?])),
            Self::Number(_) | Self::Day | Self::Own(_) => {
                return Err(fault(format!(
                    "a model by JSON has no type `{}`; allowed: string number integer boolean date decimal uuid geopoint buffer object array any",
                    self.rust()
                )));
            }
        }))
    }

    /// The type of the application's own in it.
    pub(crate) fn own(&self) -> Option<&str> {
        match self {
            Self::Own(name) => Some(name),
            Self::List(of) => of.own(),
            _ => None,
        }
    }

    /// A default as `#[property(default = ..)]` and `#[arg(default = ..)]` have it.
    ///
    /// # Errors
    /// The type has no such value.
    pub(crate) fn literal(&self, value: &str) -> Result<String> {
        let wrong =
            |expected: &str| fault(format!("`default={value}` is no value of `{}`: expected {expected}", self.rust()));
        match self {
            Self::Text if matches!(value, "uuid" | "guid") => Ok(value.into()),
            Self::Text => Ok(format!("{value:?}")),
            Self::Bool if matches!(value, "true" | "false") => Ok(value.into()),
            Self::Bool => Err(wrong("true or false")),
            Self::Number(name) if name.starts_with('f') => match value.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(format!("{number:?}")),
                _ => Err(wrong("a number")),
            },
            Self::Number(name) => {
                let (least, most) = bounds(name);
                match value.parse::<i128>() {
                    Ok(number) if (least..=most).contains(&number) => Ok(number.to_string()),
                    _ => Err(wrong(&format!("a whole number from {least} to {most}"))),
                }
            }
            Self::Decimal => {
                let digits = value.strip_prefix('-').unwrap_or(value);
                let sound = digits.split('.').count() <= 2
                    && digits.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
                if sound { Ok(format!("{value:?}")) } else { Err(wrong("a decimal number, as 9.90")) }
            }
            Self::Moment | Self::Day if value == "now" => Ok("now".into()),
            Self::Moment | Self::Day => {
                let day = value.get(..10).unwrap_or_default();
                // Whether there is such a day the calendar says.
                let sound = day.starts_with(|c: char| c.is_ascii_digit())
                    && day.as_bytes().iter().rposition(|byte| *byte == b'-') == Some(7)
                    && day.parse::<NaiveDate>().is_ok();
                if sound { Ok(format!("{value:?}")) } else { Err(wrong("`now`, or a date as 2024-05-01")) }
            }
            Self::Uuid if matches!(value, "uuid" | "guid") => Ok(value.into()),
            Self::Uuid => Err(wrong("`uuid`, for a new one each time")),
            Self::GeoPoint | Self::Bytes | Self::Object | Self::Any | Self::List(_) | Self::Own(_) => {
                Err(fault(format!(
                    "`{}` has no default that can be written here; write `#[property(default = function)]` yourself",
                    self.rust()
                )))
            }
        }
    }

    /// A default as a definition by JSON has it: the key, and the value.
    ///
    /// # Errors
    /// The type has no such value.
    pub(crate) fn json_default(&self, value: &str) -> Result<(&'static str, Json)> {
        let literal = self.literal(value)?;
        if matches!(literal.as_str(), "now" | "uuid" | "guid") {
            return Ok(("defaultFn", Json::text(literal)));
        }
        let json = match self {
            Self::Bool | Self::Number(_) => Json::read("default", value).unwrap_or_else(|_| Json::text(value)),
            _ => Json::text(value),
        };
        Ok(("default", json))
    }
}

fn bounds(name: &str) -> (i128, i128) {
    match name {
        "i8" => (i8::MIN.into(), i8::MAX.into()),
        "i16" => (i16::MIN.into(), i16::MAX.into()),
        "i32" => (i32::MIN.into(), i32::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        _ => (i64::MIN.into(), i64::MAX.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn words_of_both_are_types() {
        for (word, rust, json) in [
            ("string", "String", Some("\"string\"\n")),
            ("String", "String", Some("\"string\"\n")),
            ("number", "f64", Some("\"number\"\n")),
            ("i32", "i32", None),
            ("DateTime<Utc>", "DateTime<Utc>", Some("\"date\"\n")),
            ("NaiveDate", "NaiveDate", None),
            ("[string]", "Vec<String>", Some("[\n  \"string\"\n]\n")),
            ("i64[]", "Vec<i64>", Some("[\n  \"integer\"\n]\n")),
            ("Vec<u8>", "Vec<u8>", Some("\"buffer\"\n")),
            ("array", "Vec<loopback::serde_json::Value>", Some("\"array\"\n")),
            ("Tier", "Tier", None),
        ] {
            let kind = Kind::of(word, &["Tier".into()]).unwrap();
            assert_eq!(kind.rust(), rust);
            assert_eq!(kind.json().ok().map(|json| json.write().unwrap()).as_deref(), json, "{word}");
        }
        let message = Kind::of("strnig", &[]).unwrap_err().to_string();
        assert!(message.contains("did you mean `string`?") && message.contains("geopoint"), "{message}");
    }

    #[test]
    fn defaults_are_checked_and_written_as_rust() {
        for (word, value, literal) in [
            ("string", "a \"b\"", Some(r#""a \"b\"""#)),
            ("number", "0", Some("0.0")),
            ("number", "nan", None),
            ("i8", "-5", Some("-5")),
            ("i8", "200", None),
            ("u16", "-1", None),
            ("boolean", "true", Some("true")),
            ("boolean", "yes", None),
            ("date", "now", Some("now")),
            ("date", "2024-05-01", Some("\"2024-05-01\"")),
            ("date", "later", None),
            ("date", "2024-99-99", None),
            ("day", "2023-02-29", None),
            ("uuid", "uuid", Some("uuid")),
            ("decimal", "9.90", Some("\"9.90\"")),
            ("decimal", "9.", None),
            ("geopoint", "1,2", None),
        ] {
            let kind = Kind::of(word, &[]).unwrap();
            assert_eq!(kind.literal(value).ok().as_deref(), literal, "{word} {value}");
        }
    }
}
