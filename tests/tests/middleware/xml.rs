//! Any JSON as XML: well-formed, and the same texts when it is read back.

use super::{Echo, Thing};
use loopback::prelude::*;
use loopback_tests::http::Request;
use loopback_tests::rest::Rest;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use serde_json::{Map, Value as Json};

/// The texts of all elements that have nothing but text in them, in their order.
///
/// # Panics
/// It is not well-formed, or a name is none.
pub(crate) fn leaves(xml: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    let (mut leaves, mut open) = (Vec::new(), Vec::<(String, bool)>::new());
    let (mut text, mut roots) = (String::new(), 0);
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error} in {xml}")) {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                assert_is_name(&name);
                assert_eq!(start.attributes().count(), 0);
                roots += usize::from(open.is_empty());
                if let Some((_, leaf)) = open.last_mut() {
                    *leaf = false;
                }
                open.push((name, true));
                text.clear();
            }
            Event::Empty(empty) => {
                assert_is_name(empty.name().as_ref());
                roots += usize::from(open.is_empty());
                if let Some((_, leaf)) = open.last_mut() {
                    *leaf = false;
                }
            }
            Event::Text(more) => text.push_str(&more),
            Event::GeneralRef(entity) => match entity.resolve_char_ref().unwrap() {
                Some(c) => text.push(c),
                None => text.push_str(resolve_predefined_entity(&entity).expect("an entity of XML")),
            },
            Event::End(end) => {
                let (name, leaf) = open.pop().unwrap();
                assert_eq!(name, end.name().as_ref());
                if leaf {
                    leaves.push(std::mem::take(&mut text));
                }
                text.clear();
            }
            Event::Decl(_) => assert!(open.is_empty() && roots == 0),
            Event::Eof => break,
            other => panic!("{other:?} in {xml}"),
        }
    }
    assert!(open.is_empty() && roots == 1, "{roots} roots in {xml}");
    let no_xml = |c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    assert!(!xml.contains(no_xml), "{xml:?}");
    leaves
}

fn assert_is_name(name: &str) {
    let starts = |c: char| c == '_' || c.is_alphabetic() || !c.is_ascii();
    assert!(name.starts_with(starts), "{name:?}");
    assert!(!name.contains(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"_-.".contains(c)), "{name:?}");
}

fn expected(json: &Json, out: &mut Vec<String>) {
    match json {
        Json::Null => out.push("null".to_owned()),
        Json::Bool(value) => out.push(value.to_string()),
        Json::Number(value) => out.push(value.to_string()),
        Json::String(text) => {
            let no_xml = |c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{FFFE}' | '\u{FFFF}');
            out.push(text.replace(no_xml, "\u{FFFD}"));
        }
        Json::Array(items) => items.iter().for_each(|item| expected(item, out)),
        Json::Object(entries) => entries.values().for_each(|value| expected(value, out)),
    }
}

fn text() -> impl Strategy<Value = String> {
    // Letters of every kind, and those that mean something.
    let pieces =
        ["<", ">", "&", "]]>", "\"", "'", "\u{0}", "\u{1b}", "\r", "\n", "\u{FFFE}", "<!--", "&amp;", "=", "@x", "#"];
    let chosen = proptest::sample::select(pieces.to_vec()).prop_map(str::to_owned);
    let any = proptest::collection::vec(any::<char>(), 0..6).prop_map(|chars| chars.into_iter().collect());
    prop_oneof![any, chosen, "[a-z0-9 ]{0,8}"]
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i32>().prop_map(Json::from),
        text().prop_map(Json::String),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Json::Array),
            proptest::collection::btree_map(text(), inner, 0..6)
                .prop_map(|entries| Json::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

#[test]
fn any_json_is_well_formed_xml() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = App::builder().models([Thing::DEF, Echo::DEF]).database_url("sqlite::memory:").xml(true);
    let rest = Rest::of(&runtime.block_on(app.build()).unwrap());
    let cases = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let ran = TestRunner::new(cases).run(&json(), |json| {
        let request = Request { method: "POST".into(), target: "/api/echoes/json".into(), ..Request::default() };
        let request = request.header("Accept", "application/xml").json(&json);
        let answer = runtime.block_on(rest.send(&request));
        // No argument takes a JSON `null` as a body.
        if json.is_null() || answer.status == 400 {
            return Ok(());
        }
        prop_assert_eq!(answer.status, 200, "{}", answer);
        let mut texts = Vec::new();
        expected(&json, &mut texts);
        prop_assert_eq!(leaves(&answer.text()), texts);
        Ok(())
    });
    ran.unwrap_or_else(|failure| panic!("{failure}"));
}

/// The reader above sees what is not well-formed.
#[test]
fn what_is_not_well_formed_is_seen() {
    let xml = "<?xml version=\"1.0\"?>\n<a>\n <b>1</b>\n <c>x &amp; y</c>\n <d/>\n</a>";
    assert_eq!(leaves(xml), ["1", "x & y"]);
    assert!(std::panic::catch_unwind(|| leaves("<a><b></a></b>")).is_err());
    assert!(std::panic::catch_unwind(|| leaves("<a/><b/>")).is_err());
}
