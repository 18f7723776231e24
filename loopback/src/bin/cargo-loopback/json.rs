//! JSON that keeps the order of its keys: files of a LoopBack app are read by people.

use crate::fault::{Result, fault};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Number;
use std::fmt;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a file.
    ///
    /// # Errors
    /// It is no JSON, or an object has a key twice.
    pub(crate) fn read(path: &str, text: &str) -> Result<Self> {
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| fault(format!("{path}: {error}")))
    }

    /// As LoopBack's generators write it: two spaces, and a line end at the end.
    ///
    /// # Errors
    /// None that is known: a tree of texts and numbers can be written.
    pub(crate) fn write(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| fault(error.to_string()))?;
        Ok(text + "\n")
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn object<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Object(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries().iter().map(|(key, _)| key.as_str())
    }

    /// The value of a key, made with `empty` when it is not there.
    ///
    /// # Errors
    /// This is no object.
    pub(crate) fn entry(&mut self, key: &str, empty: Self) -> Result<&mut Self> {
        let Self::Object(entries) = self else { return Err(fault(format!("`{key}` cannot be put here: no object"))) };
        let at = entries.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
            entries.push((key.to_owned(), empty));
            entries.len() - 1
        });
        Ok(&mut entries[at].1)
    }

    /// Puts an item at the end of a list.
    ///
    /// # Errors
    /// This is no list.
    pub(crate) fn push(&mut self, item: Self) -> Result<()> {
        let Self::List(items) = self else { return Err(fault("a list is expected here")) };
        items.push(item);
        Ok(())
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
            Self::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> std::result::Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> std::result::Result<Json, E> {
        Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("a number that JSON does not have"))
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Json, A::Error> {
        let mut entries: Vec<(String, Json)> = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Json>()? {
            if entries.iter().any(|(known, _)| *known == key) {
                return Err(A::Error::custom(format!("`{key}` stands there twice")));
            }
            entries.push((key, value));
        }
        Ok(Json::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn keys_keep_their_order() {
        let text =
            "{\n  \"b\": 1,\n  \"a\": {\n    \"z\": null,\n    \"y\": [\n      1.5,\n      true\n    ]\n  }\n}\n";
        let mut json = Json::read("x.json", text).unwrap();
        assert_eq!(json.write().unwrap(), text);
        *json.entry("c", Json::Null).unwrap() = Json::text("é");
        assert!(json.write().unwrap().ends_with("  },\n  \"c\": \"é\"\n}\n"));
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        assert!(Json::read("x.json", "{\n  \"a\": }").unwrap_err().to_string().starts_with("x.json: "));
        assert!(
            Json::read("x.json", "{\"a\": 1, \"a\": 2}").unwrap_err().to_string().contains("`a` stands there twice")
        );
    }
}
