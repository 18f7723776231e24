//! Query strings and url-encoded forms as JSON: `filter[where][city]=Oslo` is `{"filter": {"where": {"city": "Oslo"}}}`.
//!
//! Text to nested text only; what the text means is for the filter's parser and for coercion to say. Answers to npm
//! `qs` 6.13 as Express 4 uses it (`extended: true`, `allowPrototypes`); a table in the tests holds the two together.
//!
//! Differs from LoopBack, where `qs` drops, cuts or guesses in silence:
//! - more than 1000 parameters, a bad `%` escape, text that is not UTF-8, a NUL character, more than 12 brackets in one
//!   key (`qs`: 5), and `a[b]=1&a=c` (`qs`: `{"a": {"b": "1", "c": true}}`) are errors;
//! - a value may hold `]=`: `a=b]=c` is `{"a": "b]=c"}`;
//! - `__proto__` is a key like any other.

use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// Parameters of a query string or form.
const PARAMETERS: usize = 1000;
/// Brackets of a key. `filter[where][and][0][a][like]` has five; `or` within `and` needs more than the five of `qs`.
const DEPTH: usize = 12;
/// The highest index in brackets that makes a list; above it the index is a key.
const LIST_INDEX: usize = 20;
/// The same in a form, at least: body-parser lets a list be as long as the form.
const FORM_LIST_INDEX: usize = 100;

/// A query string that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QsError {
    /// What is wrong, for the client.
    pub message: String,
}

impl QsError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for QsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for QsError {}

/// Reads a query string, without its `?`, into an object. All values are strings, or lists and objects of them.
///
/// # Errors
/// See the head of this module.
pub fn parse(query: &str) -> Result<Json, QsError> {
    read(query, LIST_INDEX)
}

/// Reads the body of a url-encoded form, as [`parse`] reads a query string but for the length of lists.
///
/// # Errors
/// As [`parse`]; and the body is not UTF-8.
pub fn parse_form(body: &[u8]) -> Result<Json, QsError> {
    let text = std::str::from_utf8(body).map_err(|_| not_utf8())?;
    // No more than `PARAMETERS` pass, so that no list is longer.
    let parameters = text.split('&').take(PARAMETERS + 1).count();
    read(text, FORM_LIST_INDEX.max(parameters))
}

/// The value of one parameter of a query string in which no key has brackets: what nearly every request sends, without
/// a tree of JSON in between.
///
/// `Some(None)`: there is no such parameter. `None`: a key has brackets, the parameter stands twice, or something is
/// wrong with the query string; then [`parse`] tells what.
pub fn plain<'q>(query: &'q str, name: &str) -> Option<Option<Cow<'q, str>>> {
    let mut found = None;
    if query.is_empty() {
        return Some(None);
    }
    for (at, part) in query.split('&').enumerate() {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        if at >= PARAMETERS || has_bracket(key) {
            return None;
        }
        let key = decode(key).ok()?;
        let value = decode(value).ok()?;
        if key == name && found.replace(value).is_some() {
            return None;
        }
    }
    Some(if name.is_empty() { None } else { found })
}

/// All values of a parameter by its plain name, whatever the keys of others are. What cannot be decoded is none.
pub(crate) fn values<'q>(query: &'q str, name: &str) -> Vec<Cow<'q, str>> {
    let pairs = query.split('&').take(PARAMETERS).map(|part| part.split_once('=').unwrap_or((part, "")));
    pairs
        .filter(|(key, _)| decode(key).is_ok_and(|key| key == name))
        .filter_map(|(_, value)| decode(value).ok())
        .collect()
}

fn read(query: &str, list_index: usize) -> Result<Json, QsError> {
    // The same key several times is a list, wherever it stands.
    let mut pairs: Vec<(Cow<'_, str>, Vec<String>)> = Vec::new();
    let mut places: HashMap<Cow<'_, str>, usize> = HashMap::new();
    for (at, part) in query.split('&').enumerate() {
        if at >= PARAMETERS {
            return Err(QsError::new(format!("too many parameters: at most {PARAMETERS} are allowed")));
        }
        let (key, value) = split(part);
        let (key, value) = (decode(key)?, decode(value)?);
        if key.is_empty() {
            continue;
        }
        match places.get(&key) {
            Some(place) => pairs[*place].1.push(value.into_owned()),
            None => {
                places.insert(key.clone(), pairs.len());
                pairs.push((key, vec![value.into_owned()]));
            }
        }
    }
    // JavaScript visits keys that are whole numbers first; it shows in `1[a]=x&1=y`.
    let (numbers, words): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(key, _)| number(key).is_some());
    let mut root = Node::Map(BTreeMap::new());
    for (key, values) in numbers.into_iter().chain(words) {
        let branch = branch(&segments(&key)?, values, list_index);
        root = root.merge(branch).map_err(|Clash| {
            QsError::new(format!("`{}` is given both as a value and as an object", shortened(&key)))
        })?;
    }
    Ok(root.into_json())
}

/// Key and value of a parameter. The key ends at the first `=` that is not within brackets.
fn split(part: &str) -> (&str, &str) {
    let Some((key, value)) = part.split_once('=') else { return (part, "") };
    if has_bracket(key) {
        let ends = part.match_indices('=').map(|(at, _)| at);
        for at in ends {
            let key = &part[..at];
            if key.ends_with(']') || key.ends_with("%5D") || key.ends_with("%5d") {
                return (key, &part[at + 1..]);
            }
        }
    }
    (key, value)
}

fn has_bracket(raw: &str) -> bool {
    raw.contains('[') || (raw.contains('%') && (raw.contains("%5B") || raw.contains("%5b")))
}

fn not_utf8() -> QsError {
    QsError::new("the query string or form is not UTF-8")
}

/// Percent escapes and `+` resolved.
pub(crate) fn decode(raw: &str) -> Result<Cow<'_, str>, QsError> {
    let nul = || QsError::new("the query string or form has a NUL character");
    if !raw.bytes().any(|byte| matches!(byte, b'%' | b'+' | 0)) {
        return Ok(Cow::Borrowed(raw));
    }
    let hex =
        |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16)).and_then(|n| u8::try_from(n).ok());
    let bytes = raw.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (Some(high), Some(low)) = (hex(bytes.get(at)), hex(bytes.get(at + 1))) else {
                    let escape: String = raw.get(at - 1..).unwrap_or_default().chars().take(3).collect();
                    return Err(QsError::new(format!("`{}` is no percent escape", escape.escape_debug())));
                };
                at += 2;
                high << 4 | low
            }
            0 => return Err(nul()),
            byte => *byte,
        });
        if out.last() == Some(&0) {
            return Err(nul());
        }
    }
    String::from_utf8(out).map(Cow::Owned).map_err(|_| not_utf8())
}

fn shortened(key: &str) -> String {
    match key.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &key[..end]),
        None => key.to_owned(),
    }
}

/// A step of a path into the object.
enum Segment<'k> {
    /// What stands before the brackets.
    Word(&'k str),
    /// What stands in brackets.
    Bracket(&'k str),
}

/// `a[b][0]` is `a`, `b` and `0`. What stands between or after brackets does not count; brackets that are not a pair
/// are part of the word.
fn segments(key: &str) -> Result<Vec<Segment<'_>>, QsError> {
    let mut segments = Vec::new();
    let mut depth = 0;
    let mut open = None;
    for (at, byte) in key.bytes().enumerate() {
        match (byte, open) {
            (b'[', _) => open = Some(at),
            (b']', Some(start)) => {
                open = None;
                if depth == 0 && start > 0 {
                    segments.push(Segment::Word(&key[..start]));
                }
                depth += 1;
                if depth > DEPTH {
                    let message = format!("`{}` has more than {DEPTH} levels of brackets", shortened(key));
                    return Err(QsError::new(message));
                }
                segments.push(Segment::Bracket(&key[start + 1..at]));
            }
            _ => {}
        }
    }
    if depth == 0 {
        segments.push(Segment::Word(key));
    }
    Ok(segments)
}

/// A whole number as JavaScript writes it, of those that can be an index.
fn number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    if plain { text.parse().ok().filter(|n| *n < u32::MAX) } else { None }
}

/// A tree of one value, or of the values of one key.
fn branch(segments: &[Segment<'_>], mut values: Vec<String>, list_index: usize) -> Node {
    let leaf = match values.pop() {
        Some(value) if values.is_empty() => Node::Text(value),
        last => Node::list(values.into_iter().chain(last).map(Node::Text)),
    };
    segments.iter().rev().fold(leaf, |node, segment| match segment {
        Segment::Bracket("") => match node {
            Node::List(items) => Node::List(items),
            node => Node::list([node]),
        },
        Segment::Bracket(word) | Segment::Word(word) => {
            let index = match segment {
                Segment::Bracket(_) => number(word).and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= list_index),
                Segment::Word(_) => None,
            };
            match index {
                Some(index) => Node::List(vec![(index, node)]),
                None => Node::Map(BTreeMap::from([((*word).to_owned(), node)])),
            }
        }
    })
}

/// A value and an object's properties in the same place.
struct Clash;

/// A tree on its way to JSON. A list knows the indexes that were given, in order; the gaps close at the end.
enum Node {
    Text(String),
    List(Vec<(usize, Node)>),
    Map(BTreeMap<String, Node>),
}

impl Node {
    fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(items.into_iter().enumerate().collect())
    }

    /// Both trees in one, as `utils.merge` of `qs` does it.
    fn merge(self, other: Self) -> Result<Self, Clash> {
        Ok(match (self, other) {
            (target, Self::Text(text)) if text.is_empty() => target,
            (Self::Text(first), other) => {
                let mut items = vec![(0, Self::Text(first))];
                match other {
                    Self::List(others) => items.extend(others.into_iter().map(|(at, item)| (at + 1, item))),
                    other => items.push((1, other)),
                }
                Self::List(items)
            }
            (Self::List(mut items), text @ Self::Text(_)) => {
                push(&mut items, text);
                Self::List(items)
            }
            (Self::List(mut items), Self::List(others)) => {
                for (index, item) in others {
                    match items.binary_search_by_key(&index, |(index, _)| *index) {
                        Err(place) => items.insert(place, (index, item)),
                        Ok(_) if matches!(item, Self::Text(_)) => push(&mut items, item),
                        Ok(place) if matches!(items[place].1, Self::Text(_)) => push(&mut items, item),
                        Ok(place) => {
                            let old = std::mem::replace(&mut items[place].1, Self::Text(String::new()));
                            items[place].1 = old.merge(item)?;
                        }
                    }
                }
                Self::List(items)
            }
            (Self::Map(_), Self::Text(_)) => return Err(Clash),
            (target, other) => {
                let mut map = target.into_map();
                for (key, item) in other.into_map() {
                    let item = match map.remove(&key) {
                        Some(old) => old.merge(item)?,
                        None => item,
                    };
                    map.insert(key, item);
                }
                Self::Map(map)
            }
        })
    }

    fn into_map(self) -> BTreeMap<String, Self> {
        match self {
            Self::Map(map) => map,
            Self::List(items) => items.into_iter().map(|(index, item)| (index.to_string(), item)).collect(),
            text @ Self::Text(_) => BTreeMap::from([("0".to_owned(), text)]),
        }
    }

    fn into_json(self) -> Json {
        match self {
            Self::Text(text) => Json::String(text),
            Self::List(items) => items.into_iter().map(|(_, item)| item.into_json()).collect(),
            Self::Map(map) => Json::Object(map.into_iter().map(|(key, item)| (key, item.into_json())).collect()),
        }
    }
}

/// Behind the last item.
fn push(items: &mut Vec<(usize, Node)>, item: Node) {
    let next = items.last().map_or(0, |(index, _)| index + 1);
    items.push((next, item));
}

#[cfg(test)]
mod tests;
