//! A configuration file as data that knows where each of its values stands. JSON and TOML both become this.

use super::fault::Faults;
use serde_json::{Map, Number, Value as Json};
use std::fmt;
use std::sync::Arc;

/// Where a value stands: a file and a line, or an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) source: Arc<str>,
    pub(crate) line: Option<usize>,
}

impl Place {
    pub(super) fn file(path: &Arc<str>, line: usize) -> Self {
        Self { source: path.clone(), line: Some(line) }
    }

    pub(crate) fn of(source: impl Into<Arc<str>>) -> Self {
        Self { source: source.into(), line: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.source),
            None => f.write_str(&self.source),
        }
    }
}

/// A value and its place.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) at: Place,
}

/// What a value is. Objects keep the order in which they are written: the first data source is the default one, and
/// middleware runs in its order.
#[derive(Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    /// A text from the environment, which knows nothing but texts: where a number or a boolean is asked for, it is read as
    /// one.
    Loose(String),
    List(Vec<Node>),
    Object(Vec<Entry>),
}

/// A member of an object.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// Of the key. The value may begin on another line.
    pub(crate) at: Place,
    pub(crate) node: Node,
}

// Values may be secrets, and are none of a log's.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.kind(), self.at)
    }
}

impl Node {
    pub(crate) fn new(value: Value, at: Place) -> Self {
        Self { value, at }
    }

    pub(crate) fn object(at: Place) -> Self {
        Self::new(Value::Object(Vec::new()), at)
    }

    /// What it is, for a fault. Not its value, which may be a secret.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) | Value::Loose(_) => "a text",
            Value::List(_) => "a list",
            Value::Object(_) => "an object",
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// The members of an object; of anything else none.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Object(entries) => entries,
            _ => &[],
        }
    }

    /// A member of an object. What is `null` is not there.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.node).filter(|node| !node.is_null())
    }

    /// Where each key and item stands, by its path: `properties.price.type`, `validations[0]`.
    pub(crate) fn places(&self) -> impl Iterator<Item = (String, &Place)> {
        let mut all = Vec::new();
        self.note_places("", &mut all);
        all.into_iter()
    }

    fn note_places<'n>(&'n self, path: &str, all: &mut Vec<(String, &'n Place)>) {
        match &self.value {
            Value::Object(entries) => {
                for entry in entries {
                    let path = super::merge::join(path, &entry.key);
                    entry.node.note_places(&path, all);
                    all.push((path, &entry.at));
                }
            }
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    let path = format!("{path}[{at}]");
                    item.note_places(&path, all);
                    all.push((path, &item.at));
                }
            }
            _ => {}
        }
    }

    /// What stands at a path, `transports[0].host`, or the last on the way to it that is there.
    pub(crate) fn nearest(&self, path: &str) -> &Node {
        let mut node = self;
        for part in path.split(['.', '[']).map(|part| part.trim_end_matches(']')).filter(|part| !part.is_empty()) {
            let next = match &node.value {
                Value::Object(entries) => entries.iter().find(|entry| entry.key == part).map(|entry| &entry.node),
                Value::List(items) => part.parse().ok().and_then(|at: usize| items.get(at)),
                _ => None,
            };
            let Some(next) = next else { break };
            node = next;
        }
        node
    }

    /// A text as it is written.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Loose(text) => Some(text),
            _ => None,
        }
    }

    /// A text, or what a text is written for: the port `3306` of a file that says `"3306"`, and the other way round.
    pub(crate) fn scalar_text(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) | Value::Loose(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match &self.value {
            Value::Bool(flag) => Some(*flag),
            Value::Loose(text) => match text.trim() {
                "true" | "1" => Some(true),
                "false" | "0" | "" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// A whole number that is not negative; LoopBack takes `"3306"` for one, too.
    pub(crate) fn as_u64(&self) -> Option<u64> {
        match &self.value {
            Value::Number(number) => number.as_u64(),
            Value::Text(text) | Value::Loose(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// As JSON, without places. A text of the environment is the number or the boolean that it looks like.
    pub(crate) fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(flag) => Json::Bool(*flag),
            Value::Number(number) => Json::Number(number.clone()),
            Value::Text(text) => Json::String(text.clone()),
            Value::Loose(text) => match serde_json::from_str(text) {
                Ok(scalar @ (Json::Bool(_) | Json::Number(_))) => scalar,
                _ => Json::String(text.clone()),
            },
            Value::List(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Object(entries) => Json::Object(
                entries.iter().map(|entry| (entry.key.clone(), entry.node.to_json())).collect::<Map<_, _>>(),
            ),
        }
    }
}

/// Typed readers: each notes a fault when the value is something else, and gives `None`.
impl Node {
    pub(crate) fn expect_text(&self, path: &str, faults: &mut Faults) -> Option<String> {
        let text = self.scalar_text();
        if text.is_none() {
            faults.push(&self.at, path, format!("must be a text, found {}", self.kind()));
        }
        text
    }

    pub(crate) fn expect_bool(&self, path: &str, faults: &mut Faults) -> Option<bool> {
        let flag = self.as_bool();
        if flag.is_none() {
            faults.push(&self.at, path, format!("must be true or false, found {}", self.kind()));
        }
        flag
    }

    /// A whole number up to a greatest one.
    pub(crate) fn expect_number(&self, path: &str, most: u64, faults: &mut Faults) -> Option<u64> {
        let number = self.as_u64().filter(|number| *number <= most);
        if number.is_none() {
            let found = self.kind();
            let message = match self.as_u64() {
                Some(number) => format!("must be at most {most}, found {number}"),
                None => format!("must be a whole number from 0 to {most}, found {found}"),
            };
            let message = if most == u64::MAX { format!("must be a whole number, found {found}") } else { message };
            faults.push(&self.at, path, message);
        }
        number
    }

    /// A list of texts; one text is a list of one.
    pub(crate) fn expect_texts(&self, path: &str, faults: &mut Faults) -> Option<Vec<String>> {
        match &self.value {
            Value::Text(text) | Value::Loose(text) => Some(vec![text.clone()]),
            Value::List(items) => {
                let read = |(at, item): (usize, &Node)| item.expect_text(&format!("{path}[{at}]"), faults);
                // Every item is looked at, for every fault.
                let texts: Vec<Option<String>> = items.iter().enumerate().map(read).collect();
                texts.into_iter().collect()
            }
            _ => {
                faults.push(&self.at, path, format!("must be a list of texts, found {}", self.kind()));
                None
            }
        }
    }

    /// Whether it is an object; a fault when not.
    pub(crate) fn expect_object(&self, path: &str, faults: &mut Faults) -> bool {
        let is = matches!(self.value, Value::Object(_));
        if !is {
            faults.push(&self.at, path, format!("must be an object, found {}", self.kind()));
        }
        is
    }
}
