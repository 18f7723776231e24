//! XML as a tree that can be compared: how it is laid out does not count.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use serde_json::{Value, json};

/// `[name, text, [children]]` of the root.
///
/// # Errors
/// It is not well-formed; says where.
pub fn tree(xml: &str) -> Result<Value, String> {
    let mut reader = Reader::from_str(xml);
    let mut open = vec![(String::new(), String::new(), Vec::new())];
    loop {
        match reader.read_event().map_err(|error| format!("{error} at byte {}", reader.error_position()))? {
            Event::Start(start) => open.push((start.name().as_ref().to_owned(), String::new(), Vec::new())),
            Event::Empty(empty) => {
                let last = open.last_mut().ok_or("an element outside the root")?;
                last.2.push(json!([empty.name().as_ref(), "", []]));
            }
            Event::End(_) => {
                let (name, text, children) = open.pop().ok_or("an end without a start")?;
                let last = open.last_mut().ok_or("an end without a start")?;
                last.2.push(json!([name, text.trim(), children]));
            }
            Event::Text(text) => {
                if let Some((_, all, _)) = open.last_mut() {
                    all.push_str(&text);
                }
            }
            Event::GeneralRef(entity) => {
                let c = entity.resolve_char_ref().map_err(|error| error.to_string())?;
                let text = match c {
                    Some(c) => c.to_string(),
                    None => resolve_predefined_entity(&entity).ok_or("an entity that XML does not have")?.to_owned(),
                };
                if let Some((_, all, _)) = open.last_mut() {
                    all.push_str(&text);
                }
            }
            Event::Decl(_) => {}
            Event::Eof => break,
            other => return Err(format!("{other:?}")),
        }
    }
    match open.as_mut_slice() {
        [(_, text, roots)] if roots.len() == 1 && text.trim().is_empty() => Ok(roots.remove(0)),
        _ => Err("not one root".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_does_not_count() {
        let one = tree("<?xml version='1.0'?>\n<a>\n  <b>x &amp; y</b>\n  <c/>\n</a>").unwrap();
        assert_eq!(one, tree("<a><b>x &#38; y</b><c></c></a>").unwrap());
        assert_ne!(one, tree("<a><c/><b>x &amp; y</b></a>").unwrap());
        for bad in ["<a>", "<a></b>", "<a/><b/>", "", "x<a/>", "<a>&x;</a>"] {
            assert!(tree(bad).is_err(), "{bad}");
        }
    }
}
