//! JSON as XML, laid out as npm `js2xmlparser` lays it out for strong-remoting and strong-error-handler.
//!
//! An object is an element per property, a list the same element once for each item, lists in lists flattened; `null` is the
//! text `null`. The JSON is read once and written as it is read: no tree of it is made, and properties keep their order.
//!
//! Differs from LoopBack: what cannot be the name of an element is made one (`a b` is `a_b`; LoopBack answers 500 and the
//! data), the keys `=`, `@` and `#` are such names and not instructions, and characters that XML does not have are U+FFFD.

use crate::error::{Error, Result};
use crate::value::write_number;
use quick_xml::Writer;
use quick_xml::escape::minimal_escape;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::{fmt, io};

const ANSWER: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const ERROR: &[u8] = b"<?xml version='1.0'?>\n";

/// The root of answers, and the element of each item where an answer is a list.
const ROOT: &str = "response";
const ITEM: &str = "result";

/// The JSON of an answer as XML: `<response>..</response>`, or `<null/>`.
///
/// # Errors
/// 500: it is not JSON.
pub(super) fn answer(json: &[u8]) -> Result<Vec<u8>> {
    let text = json.trim_ascii();
    if text == b"null" {
        return Ok(b"<null/>".to_vec());
    }
    let mut out = Sink::new(ANSWER, 2);
    if text.starts_with(b"[") {
        out.list(text).map_err(Error::internal)?;
    } else {
        out.read(text, ROOT).map_err(Error::internal)?;
    }
    Ok(out.bytes())
}

/// The JSON body of an error as XML: `<error>..</error>`.
///
/// # Errors
/// 500: it is no such body.
pub(super) fn error(json: &[u8]) -> Result<Vec<u8>> {
    let inner = json.strip_prefix(b"{\"error\":").and_then(|rest| rest.strip_suffix(b"}"));
    let inner = inner.ok_or_else(|| Error::internal("a body of an error that is none"))?;
    let mut out = Sink::new(ERROR, 4);
    out.read(inner, "error").map_err(Error::internal)?;
    Ok(out.bytes())
}

/// A long list as XML, made of the pieces in which its JSON comes. No more than one item and one piece is kept.
pub(super) struct List {
    out: Sink,
    /// The beginning of an item whose end has not come.
    item: Vec<u8>,
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl List {
    pub(super) fn new() -> Self {
        let mut out = Sink::new(ANSWER, 2);
        out.open(ROOT);
        Self { out, item: Vec::new(), depth: 0, in_text: false, escaped: false }
    }

    /// The XML of the items that end in this piece of JSON.
    ///
    /// # Errors
    /// 500: it is no list.
    pub(super) fn piece(&mut self, json: &[u8]) -> Result<Vec<u8>> {
        let mut from = 0;
        for (at, byte) in json.iter().enumerate() {
            if self.in_text {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_text = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b'[' | b'{' => {
                    self.depth += 1;
                    if self.depth == 1 {
                        from = at + 1;
                    }
                }
                b']' | b'}' | b',' => {
                    let ends_item = self.depth == 1;
                    self.depth -= usize::from(*byte != b',').min(self.depth);
                    if ends_item {
                        self.item.extend_from_slice(&json[from..at]);
                        from = at + 1;
                        self.written()?;
                    }
                    if self.depth == 0 {
                        self.out.close(ROOT).map_err(Error::internal)?;
                    }
                }
                _ => {}
            }
        }
        if self.depth > 0 {
            self.item.extend_from_slice(&json[from..]);
        }
        Ok(self.out.taken())
    }

    fn written(&mut self) -> Result<()> {
        let item = std::mem::take(&mut self.item);
        if !item.trim_ascii().is_empty() {
            self.out.read(&item, ITEM).map_err(Error::internal)?;
        }
        Ok(())
    }
}

/// Writes elements.
struct Sink {
    writer: Writer<Vec<u8>>,
    /// An element that has begun and has nothing in it yet.
    pending: Option<String>,
}

impl Sink {
    fn new(declaration: &[u8], indent: usize) -> Self {
        Self { writer: Writer::new_with_indent(declaration.to_vec(), b' ', indent), pending: None }
    }

    fn read(&mut self, json: &[u8], name: &str) -> serde_json::Result<()> {
        let mut json = serde_json::Deserializer::from_slice(json);
        json.disable_recursion_limit();
        Element { name, depth: 0, out: self }.deserialize(&mut json)?;
        json.end()
    }

    fn list(&mut self, json: &[u8]) -> serde_json::Result<()> {
        self.open(ROOT);
        self.read(json, ITEM)?;
        self.close(ROOT).map_err(serde_json::Error::custom)
    }

    fn open(&mut self, name: &str) {
        self.pending = Some(name.to_owned());
    }

    /// Writes the start of what is open, now that something comes into it.
    fn begun(&mut self) -> io::Result<()> {
        match self.pending.take() {
            Some(name) => self.writer.write_event(Event::Start(BytesStart::new(name))),
            None => Ok(()),
        }
    }

    fn close(&mut self, name: &str) -> io::Result<()> {
        match self.pending.take() {
            Some(name) => self.writer.write_event(Event::Empty(BytesStart::new(name))),
            None => self.writer.write_event(Event::End(BytesEnd::new(name))),
        }
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.begun()?;
        self.writer.write_event(Event::Start(BytesStart::new(name)))?;
        self.writer.write_event(Event::Text(BytesText::from_escaped(content(text))))?;
        self.writer.write_event(Event::End(BytesEnd::new(name)))
    }

    fn bytes(self) -> Vec<u8> {
        self.writer.into_inner()
    }

    /// What is written so far.
    fn taken(&mut self) -> Vec<u8> {
        std::mem::take(self.writer.get_mut())
    }
}

/// A value to be written as an element of this name; a list as one for each item.
struct Element<'n, 's> {
    name: &'n str,
    depth: usize,
    out: &'s mut Sink,
}

/// Deeper than any request may write (128, and the list around it), and few enough for the stack.
const MAX_DEPTH: usize = 160;

impl Element<'_, '_> {
    /// The depth of what is inside.
    fn deeper<E: serde::de::Error>(&self) -> Result<usize, E> {
        if self.depth == MAX_DEPTH { Err(E::custom("too deep for XML")) } else { Ok(self.depth + 1) }
    }

    fn text<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.out.text(self.name, text).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Element<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.text("null")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.text(if value { "true" } else { "false" })
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.text(&value.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.text(&value.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        let mut text = Vec::new();
        write_number(&mut text, value);
        self.text(&String::from_utf8_lossy(&text))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.text(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        while items.next_element_seed(Element { name: self.name, depth, out: self.out })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        self.out.begun().map_err(A::Error::custom)?;
        self.out.open(self.name);
        while let Some(key) = entries.next_key::<String>()? {
            entries.next_value_seed(Element { name: &name(&key), depth, out: self.out })?;
        }
        self.out.close(self.name).map_err(A::Error::custom)
    }
}

/// A key as the name of an element. What no name can have is `_`, and so is a colon: it would be a namespace.
fn name(key: &str) -> Cow<'_, str> {
    if key.starts_with(starts_name) && key.chars().all(continues_name) {
        return Cow::Borrowed(key);
    }
    let mut name = String::with_capacity(key.len() + 1);
    if !key.starts_with(starts_name) {
        name.push('_');
    }
    // `1a` is `_1a`, and ` a` is `_a`.
    let skip = usize::from(key.starts_with(|c| !continues_name(c)));
    name.extend(key.chars().skip(skip).map(|c| if continues_name(c) { c } else { '_' }));
    Cow::Owned(name)
}

/// `NameStartChar` of XML 1.0, without the colon.
fn starts_name(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'a'..='z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// `NameChar` of XML 1.0, without the colon.
fn continues_name(c: char) -> bool {
    starts_name(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// A text as the content of an element.
fn content(text: &str) -> String {
    // `Char` of XML 1.0.
    let no_xml =
        |c: char| matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
    let text = if text.contains(no_xml) { Cow::Owned(text.replace(no_xml, "\u{FFFD}")) } else { Cow::Borrowed(text) };
    minimal_escape(text).replace("]]>", "]]&gt;")
}

#[cfg(test)]
mod tests;
