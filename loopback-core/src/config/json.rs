//! JSON with places. serde_json does the reading; a value's place is where its text lies in that of the file.

use super::fault::Faults;
use super::tree::{Entry, Node, Place, Value};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// How deep a file may be nested. Each level is read once more than the one around it.
const MAX_DEPTH: usize = 64;

/// Reads a text.
pub(super) fn parse(text: &str, file: &Arc<str>, faults: &mut Faults) -> Option<Node> {
    // Windows' editors write one, and Node's `require` overlooks it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let raw: &RawValue = match serde_json::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            let message = error.to_string();
            // The place stands before the message already.
            let message = message.split(" at line ").next().unwrap_or(&message);
            let hint = match text.get(offset_of(text, error.line(), error.column())..) {
                Some(rest) if rest.starts_with("//") || rest.starts_with("/*") => "; JSON has no comments",
                Some(rest) if rest.starts_with(['}', ']']) => "; is there a comma too many before it?",
                _ => "",
            };
            let at = Place::file(file, error.line());
            faults.push(&at, "", format!("no JSON: {message}, column {}{hint}", error.column()));
            return None;
        }
    };
    let lines = Lines::of(text);
    let before = faults.len();
    let node = Reader { text, lines: &lines, file, faults }.node(raw, "", 0);
    (faults.len() == before).then_some(node)
}

fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
    start + column.saturating_sub(1)
}

/// Where lines begin.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    /// The line, from 1, of a byte.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|newline| *newline < offset) + 1
    }
}

struct Reader<'t, 'f> {
    text: &'t str,
    lines: &'t Lines,
    file: &'t Arc<str>,
    faults: &'f mut Faults,
}

impl<'t> Reader<'t, '_> {
    /// The place of a part of the text.
    fn place(&self, part: &str) -> Place {
        let offset = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        Place::file(self.file, self.lines.line(offset.min(self.text.len())))
    }

    fn node(&mut self, raw: &'t RawValue, path: &str, depth: usize) -> Node {
        let text = raw.get();
        let at = self.place(text);
        if depth > MAX_DEPTH {
            self.faults.push(&at, path, format!("is nested deeper than {MAX_DEPTH} levels"));
            return Node::new(Value::Null, at);
        }
        let value = match text.as_bytes().first() {
            Some(b'{') => serde_json::from_str::<Members<'_>>(text).map(|members| self.object(members, path, depth)),
            Some(b'[') => serde_json::from_str::<Items<'_>>(text).map(|items| {
                let items = items.0.into_iter().enumerate();
                Value::List(items.map(|(at, item)| self.node(item, &format!("{path}[{at}]"), depth + 1)).collect())
            }),
            Some(b'"') => serde_json::from_str(text).map(Value::Text),
            Some(b't' | b'f') => serde_json::from_str(text).map(Value::Bool),
            Some(b'n') => Ok(Value::Null),
            _ => serde_json::from_str(text).map(Value::Number),
        };
        let value = value.unwrap_or_else(|error| {
            // The syntax has been looked at before; what is left are halves of surrogates, and numbers out of range.
            self.faults.push(&at, path, format!("no JSON: {error}"));
            Value::Null
        });
        Node::new(value, at)
    }

    fn object(&mut self, members: Members<'t>, path: &str, depth: usize) -> Value {
        let mut entries: Vec<Entry> = Vec::with_capacity(members.0.len());
        for (key, raw) in members.0 {
            let at = match &key {
                Cow::Borrowed(key) => self.place(key),
                // A key with escapes is a text of its own; it stands before its value.
                Cow::Owned(_) => self.place(raw.get()),
            };
            let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
            if let Some(first) = entries.iter().find(|entry| entry.key == *key) {
                let line = first.at.line.unwrap_or_default();
                self.faults.push(&at, &path, format!("stands here a second time, the first is on line {line}"));
            }
            let node = self.node(raw, &path, depth + 1);
            entries.push(Entry { key: key.into_owned(), at, node });
        }
        Value::Object(entries)
    }
}

/// The members of an object, in order and with doubles.
struct Members<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((key, raw)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    members.push((key.0, raw));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// A key: a piece of the file where it has no escapes.
struct Key<'t>(Cow<'t, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrow;
        impl<'de> Visitor<'de> for Borrow {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(Borrow)
    }
}

/// The items of a list.
struct Items<'t>(Vec<&'t RawValue>);

impl<'de> serde::Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Items<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(raw) = seq.next_element::<&'de RawValue>()? {
                    items.push(raw);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Node>, String) {
        let mut faults = Faults::default();
        let node = parse(text, &"x.json".into(), &mut faults);
        let text = if faults.is_empty() { String::new() } else { faults.into_error().to_string() };
        (node, text)
    }

    #[test]
    fn values_know_their_lines() {
        let (node, faults) = read("\u{feff}{\n  \"a\": 1,\n  \"b\": {\n    \"c\":\n      [true,\n null]\n  }\n}");
        assert_eq!(faults, "");
        let node = node.unwrap();
        assert_eq!(node.to_json(), serde_json::json!({"a": 1, "b": {"c": [true, null]}}));
        assert_eq!(node.get("a").unwrap().at.to_string(), "x.json:2");
        let b = node.get("b").unwrap();
        assert_eq!(b.entries()[0].at.to_string(), "x.json:4");
        assert_eq!(b.get("c").unwrap().at.to_string(), "x.json:5");
    }

    #[test]
    fn what_is_no_json_is_told_with_its_line() {
        for (text, expected) in [
            (
                "{\n  \"a\": 1,\n}",
                "x.json:3: no JSON: key must be a string, column 1; is there a comma too many before it?",
            ),
            ("{\n // c\n}", "x.json:2: no JSON: key must be a string, column 2; JSON has no comments"),
            ("", "x.json:1: no JSON: EOF while parsing a value, column 0"),
            (
                "{\"a\": 1,\n\"b\": {\"c\": 1, \"d\":2,\n \"c\": 3}}",
                "x.json:3: `b.c`: stands here a second time, the first is on line 2",
            ),
            ("[\n\"\\ud800\"]", "x.json:2: `[0]`: no JSON"),
            ("{}\nx", "x.json:2: no JSON: trailing characters"),
        ] {
            let (node, faults) = read(text);
            assert!(node.is_none() && faults.contains(expected), "{text}: {faults}");
        }
    }

    #[test]
    fn deep_nesting_is_a_fault() {
        let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(read(&text).1.contains("deeper"), "{}", read(&text).1);
    }
}
