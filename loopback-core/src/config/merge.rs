//! How one layer of a configuration is laid over another. Answers to loopback-boot `lib/config-loader.js`.

use super::fault::Faults;
use super::tree::{Entry, Node, Place, Value};
use super::variables::verbatim;

/// Lays `over` over `base`: members of objects one by one, lists item by item, anything else is replaced.
///
/// What is of another type is a fault, as are lists of different lengths: both are LoopBack's rules, and what one would
/// otherwise find out late. `null` takes away whatever was there.
///
/// Differs from LoopBack, where `null` takes the place of an object alone.
pub(super) fn objects(base: &mut Node, over: Node, path: &str, faults: &mut Faults) {
    let Value::Object(entries) = over.value else { return one(base, over, path, faults) };
    let Value::Object(known) = &mut base.value else { return };
    for entry in entries {
        let path = join(path, &entry.key);
        match known.iter_mut().find(|known| known.key == entry.key) {
            Some(known) => {
                known.at = entry.at;
                one(&mut known.node, entry.node, &path, faults);
            }
            None => known.push(entry),
        }
    }
}

fn one(base: &mut Node, over: Node, path: &str, faults: &mut Faults) {
    match (&mut base.value, &over.value) {
        (Value::Object(_), Value::Object(_)) => objects(base, over, path, faults),
        (Value::List(known), Value::List(items)) => {
            if known.len() != items.len() {
                let message = format!(
                    "a list of {} cannot be laid over one of {} ({}): write as many items",
                    items.len(),
                    known.len(),
                    base.at
                );
                return faults.push(&over.at, path, message);
            }
            let Value::List(items) = over.value else { return };
            base.at = over.at;
            for (at, (known, item)) in known.iter_mut().zip(items).enumerate() {
                one(known, item, &format!("{path}[{at}]"), faults);
            }
        }
        (Value::Null, _) | (_, Value::Null) => *base = over,
        (Value::Object(_) | Value::List(_), _) | (_, Value::Object(_) | Value::List(_)) => {
            let message = format!("{} cannot be laid over {} ({})", over.kind(), base.kind(), base.at);
            faults.push(&over.at, path, message);
        }
        _ => *base = over,
    }
}

/// Lays one layer of `middleware` over another: phases and middleware have to be there already, and where one of the two is
/// a list, items of the same `name` are one.
pub(super) fn middleware(base: &mut Node, over: Node, faults: &mut Faults) {
    let (Value::Object(phases), Value::Object(over)) = (&mut base.value, over.value) else { return };
    for Entry { key: phase, at, node } in over {
        let Some(known) = phases.iter_mut().find(|known| known.key == phase) else {
            faults.push(
                &at,
                &phase,
                "there is no such phase in the main file of middleware; the order of phases is decided there",
            );
            continue;
        };
        if node.is_null() {
            known.node = node;
            continue;
        }
        if known.node.is_null() || !known.node.expect_object(&phase, faults) || !node.expect_object(&phase, faults) {
            continue;
        }
        let (Value::Object(known), Value::Object(over)) = (&mut known.node.value, node.value) else { continue };
        for Entry { key: name, at, node } in over {
            let path = join(&phase, &name);
            match known.iter_mut().find(|known| known.key == name) {
                Some(known) => entry(&mut known.node, node, &path, faults),
                None => faults.push(
                    &at,
                    &path,
                    "the main file of middleware does not have it in this phase; write it there, with `\"enabled\": false` \
                     where it is to run in one environment alone",
                ),
            }
        }
    }
}

fn entry(base: &mut Node, over: Node, path: &str, faults: &mut Faults) {
    let list = |node: &Node| matches!(node.value, Value::List(_));
    if !list(base) && !list(&over) {
        return one(base, over, path, faults);
    }
    if over.is_null() {
        *base = over;
        return;
    }
    let mut known = items(std::mem::replace(base, Node::new(Value::Null, base.at.clone())));
    for item in items(over) {
        let name = item.get("name").and_then(Node::as_text).map(str::to_owned);
        let same = known
            .iter_mut()
            .find(|known| name.is_some() && known.get("name").and_then(Node::as_text) == name.as_deref());
        match same {
            Some(same) => one(same, item, path, faults),
            None => known.push(item),
        }
    }
    base.value = Value::List(known);
}

/// The items of a list; one alone is a list of one, and nothing, or `{}`, of none.
fn items(node: Node) -> Vec<Node> {
    match node.value {
        Value::List(items) => items,
        Value::Null => Vec::new(),
        Value::Object(ref entries) if entries.is_empty() => Vec::new(),
        _ => vec![node],
    }
}

/// Sets a value by its path, as an environment variable names it. A name meets a key that is the same, or that differs in
/// case alone.
pub(super) fn set(base: &mut Node, names: &[&str], value: Node, path: &str, faults: &mut Faults) {
    let Some((name, rest)) = names.split_first() else {
        // Over a text everything is the text that it is written as: a password may be all digits.
        if let (Value::Text(_), Value::Loose(text)) = (&base.value, &value.value) {
            *base = Node::new(Value::Text(verbatim(text)), value.at);
        } else {
            *base = value;
        }
        return;
    };
    let at = value.at.clone();
    match &mut base.value {
        Value::List(items) => {
            let count = items.len();
            match name.parse::<usize>() {
                Ok(index) if index < count => {
                    if let Some(item) = items.get_mut(index) {
                        set(item, rest, value, &format!("{path}[{name}]"), faults);
                    }
                }
                Ok(index) if index == count => {
                    let mut item = empty(rest, &at);
                    set(&mut item, rest, value, &format!("{path}[{name}]"), faults);
                    items.push(item);
                }
                _ => {
                    faults.push(&at, path, format!("is a list of {count}: name an item by its number, found `{name}`"));
                }
            }
        }
        Value::Null => {
            *base = Node::object(at);
            set(base, names, value, path, faults);
        }
        Value::Object(entries) => {
            let found = entries.iter().position(|entry| entry.key == *name);
            let found = found.or_else(|| entries.iter().position(|entry| entry.key.eq_ignore_ascii_case(name)));
            let index = found.unwrap_or_else(|| {
                entries.push(Entry { key: (*name).to_owned(), at: at.clone(), node: empty(rest, &at) });
                entries.len() - 1
            });
            if let Some(entry) = entries.get_mut(index) {
                let path = join(path, &entry.key);
                set(&mut entry.node, rest, value, &path, faults);
            }
        }
        _ => faults.push(&at, path, format!("is {} ({}) and has nothing of the name `{name}`", base.kind(), base.at)),
    }
}

fn empty(rest: &[&str], at: &Place) -> Node {
    if rest.is_empty() { Node::new(Value::Null, at.clone()) } else { Node::object(at.clone()) }
}

pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::super::json::parse;
    use super::*;
    use serde_json::{Value as Json, json};

    fn node(text: &str, file: &str) -> Node {
        let mut faults = Faults::default();
        parse(text, &file.into(), &mut faults).unwrap_or_else(|| panic!("{text}: {}", faults.into_error()))
    }

    fn laid(merge: impl Fn(&mut Node, Node, &mut Faults), base: &str, over: &str) -> Result<Json, String> {
        let mut base = node(base, "a.json");
        let mut faults = Faults::default();
        merge(&mut base, node(over, "b.json"), &mut faults);
        if faults.is_empty() { Ok(base.to_json()) } else { Err(faults.into_error().to_string()) }
    }

    fn plain(base: &str, over: &str) -> Result<Json, String> {
        laid(|base, over, faults| objects(base, over, "", faults), base, over)
    }

    fn phases(base: &str, over: &str) -> Result<Json, String> {
        laid(middleware, base, over)
    }

    #[test]
    fn objects_are_merged_and_values_replaced() {
        assert_eq!(
            plain(r#"{"db": {"host": "a", "port": 1}, "x": 1}"#, r#"{"db": {"port": 2, "user": "u"}, "y": [1]}"#),
            Ok(json!({"db": {"host": "a", "port": 2, "user": "u"}, "x": 1, "y": [1]}))
        );
        assert_eq!(plain(r#"{"x": 1}"#, r#"{"x": "one"}"#), Ok(json!({"x": "one"})));
        assert_eq!(plain(r#"{"x": {"y": 1}, "z": 1}"#, r#"{"x": null, "z": null}"#), Ok(json!({"x": null, "z": null})));
        assert_eq!(plain(r#"{"x": null}"#, r#"{"x": {"y": 1}}"#), Ok(json!({"x": {"y": 1}})));
    }

    #[test]
    fn lists_are_merged_item_by_item_when_they_are_as_long() {
        assert_eq!(
            plain(r#"{"x": [{"a": 1}, 2]}"#, r#"{"x": [{"b": 3}, 4]}"#),
            Ok(json!({"x": [{"a": 1, "b": 3}, 4]}))
        );
        let error = plain("{\"x\": {\"y\": [1]}}", "{\n\"x\": {\"y\": [1, 2]}}").unwrap_err();
        assert!(error.contains("b.json:2: `x.y`: a list of 2 cannot be laid over one of 1 (a.json:1)"), "{error}");
    }

    #[test]
    fn values_of_other_types_are_faults_all_at_once() {
        let error =
            plain(r#"{"a": {}, "b": [], "c": 1, "d": 1}"#, r#"{"a": 1, "b": {}, "c": {}, "d": 2}"#).unwrap_err();
        assert!(error.contains("3 faults"), "{error}");
        assert!(error.contains("`a`: a number cannot be laid over an object (a.json:1)"), "{error}");
    }

    #[test]
    fn middleware_merges_by_name() {
        let base = r#"{"routes": {"m": {"params": 1}, "l": [{"name": "a", "params": 1}, {"params": 2}], "e": {}}}"#;
        assert_eq!(
            phases(
                base,
                r#"{"routes": {
                    "m": [{"params": 9}],
                    "l": [{"name": "a", "params": 3}, {"name": "b"}, {"params": 4}],
                    "e": [{"params": 5}]}}"#
            ),
            Ok(json!({"routes": {
                "m": [{"params": 1}, {"params": 9}],
                "l": [{"name": "a", "params": 3}, {"params": 2}, {"name": "b"}, {"params": 4}],
                "e": [{"params": 5}]}}))
        );
        assert_eq!(
            phases(base, r#"{"routes": {"l": {"name": "a", "enabled": false}, "m": {"enabled": false}}}"#),
            Ok(json!({"routes": {
                "m": {"params": 1, "enabled": false},
                "l": [{"name": "a", "params": 1, "enabled": false}, {"params": 2}], "e": {}}}))
        );
        let error = phases(base, r#"{"audit": {}, "routes": {"x": {}}}"#).unwrap_err();
        assert!(error.contains("`audit`: there is no such phase") && error.contains("`routes.x`"), "{error}");
    }

    #[test]
    fn a_path_sets_one_value() {
        let at = Place::of("the environment variable X");
        let loose = |text: &str| Node::new(Value::Loose(text.into()), at.clone());
        let mut base = node(r#"{"db": {"password": "x", "list": [1]}}"#, "a.json");
        let mut faults = Faults::default();
        set(&mut base, &["DB", "Password"], loose("0123"), "", &mut faults);
        set(&mut base, &["db", "list", "0"], loose("5"), "", &mut faults);
        set(&mut base, &["db", "list", "1"], loose("x"), "", &mut faults);
        set(&mut base, &["new", "deep"], loose("true"), "", &mut faults);
        assert!(faults.is_empty());
        assert_eq!(base.to_json(), json!({"db": {"password": "0123", "list": [5, "x"]}, "new": {"deep": true}}));
        set(&mut base, &["db", "list", "9"], loose("5"), "", &mut faults);
        set(&mut base, &["db", "password", "x"], loose("5"), "", &mut faults);
        let error = faults.into_error().to_string();
        assert!(error.contains("`db.list`: is a list of 2") && error.contains("`db.password`: is a text"), "{error}");
        assert!(!error.contains("0123"), "{error}");
    }
}
