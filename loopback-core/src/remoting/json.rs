//! JSON of a client, read strictly: a key that stands twice is an error, not the last one wins.

use crate::error::{Error, Result};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};
use std::fmt;

/// Reads JSON.
///
/// # Errors
/// 400 `SyntaxError`: malformed, nested deeper than 127, a number out of range, a key twice, not UTF-8.
pub(crate) fn parse(bytes: &[u8]) -> Result<Json> {
    match serde_json::from_slice::<Strict>(bytes) {
        Ok(Strict(json)) => Ok(json),
        Err(error) if error.is_eof() => Err(Error::syntax("Unexpected end of JSON input")),
        Err(error) => Err(Error::syntax(format!("the JSON cannot be read: {error}"))),
    }
}

struct Strict(Json);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, b: bool) -> Result<Json, E> {
        Ok(b.into())
    }

    fn visit_i64<E>(self, n: i64) -> Result<Json, E> {
        Ok(n.into())
    }

    fn visit_u64<E>(self, n: u64) -> Result<Json, E> {
        Ok(n.into())
    }

    fn visit_f64<E>(self, n: f64) -> Result<Json, E> {
        Ok(n.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(text.into())
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let Strict(value) = map.next_value()?;
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key `{key}` stands twice")));
            }
            object.insert(key, value);
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_a_syntax_error() {
        for bad in ["", "{", "{\"a\":1,\"a\":2}", "[1e400]", "nul", "{\"a\":1}x", "\"\\ud800\"", "\u{feff}{}"] {
            let error = parse(bad.as_bytes()).expect_err(bad);
            assert_eq!(error.status(), 400, "{bad}");
        }
        assert!(parse(&[0xff, 0xfe]).is_err());
        assert!(parse("[".repeat(5_000).as_bytes()).is_err());
        assert_eq!(parse(b"{\"a\":[1,-2,0.5,null,true]}").unwrap(), serde_json::json!({"a": [1, -2, 0.5, null, true]}));
    }
}
