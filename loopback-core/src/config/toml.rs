//! TOML with places, by the crate `toml`.

use super::fault::Faults;
use super::json::Lines;
use super::tree::{Entry, Node, Place, Value};
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads a text.
pub(super) fn parse(text: &str, file: &Arc<str>, faults: &mut Faults) -> Option<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = Lines::of(text);
    let place = |offset: usize| Place::file(file, lines.line(offset));
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = place(error.span().map_or(0, |span| span.start));
        faults.push(&at, "", format!("no TOML: {}", error.message()));
    }
    if !errors.is_empty() {
        return None;
    }
    let mut reader = Reader { place: &place, faults, sound: true };
    let value = reader.table(table.get_ref(), "");
    reader.sound.then(|| Node::new(value, place(0)))
}

struct Reader<'r> {
    place: &'r dyn Fn(usize) -> Place,
    faults: &'r mut Faults,
    sound: bool,
}

impl Reader<'_> {
    fn node(&mut self, value: &Spanned<DeValue<'_>>, path: &str) -> Node {
        let at = (self.place)(value.span().start);
        let value = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Boolean(flag) => Value::Bool(*flag),
            DeValue::Datetime(date) => Value::Text(date.to_string()),
            DeValue::Integer(number) => {
                let digits = number.as_str().replace('_', "");
                match i128::from_str_radix(&digits, number.radix()).ok().and_then(serde_json::Number::from_i128) {
                    Some(number) => Value::Number(number),
                    None => self.fault(&at, path, "the number is out of range"),
                }
            }
            DeValue::Float(number) => {
                let read = number.as_str().replace('_', "").parse().ok().and_then(serde_json::Number::from_f64);
                match read {
                    Some(number) => Value::Number(number),
                    None => self.fault(&at, path, "JSON, which a configuration is, has no such number"),
                }
            }
            DeValue::Array(items) => {
                let items = items.iter().enumerate();
                Value::List(items.map(|(at, item)| self.node(item, &format!("{path}[{at}]"))).collect())
            }
            DeValue::Table(table) => self.table(table, path),
        };
        Node::new(value, at)
    }

    fn table(&mut self, table: &DeTable<'_>, path: &str) -> Value {
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            let path = if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
            let at = key.span().start;
            entries.push((
                at,
                Entry { key: key.get_ref().to_string(), at: (self.place)(at), node: self.node(value, &path) },
            ));
        }
        // The table is sorted by name; what is written first comes first.
        entries.sort_by_key(|(at, _)| *at);
        Value::Object(entries.into_iter().map(|(_, entry)| entry).collect())
    }

    fn fault(&mut self, at: &Place, path: &str, message: &str) -> Value {
        self.sound = false;
        self.faults.push(at, path, message);
        Value::Null
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tables_keep_their_order_and_know_their_lines() {
        let text = "# sources\n[db]\nconnector = \"memory\"\nmax = 1_0\n\n[archive]\nurl = '''x'''\nf = 1.5\n[archive.ssl]\nca = \"a\"\n";
        let mut faults = Faults::default();
        let node = parse(text, &"d.toml".into(), &mut faults).unwrap();
        assert_eq!(
            node.to_json(),
            json!({"db": {"connector": "memory", "max": 10}, "archive": {"url": "x", "f": 1.5, "ssl": {"ca": "a"}}})
        );
        assert_eq!(node.entries().iter().map(|entry| &*entry.key).collect::<Vec<_>>(), ["db", "archive"]);
        assert_eq!(node.get("archive").unwrap().get("ssl").unwrap().get("ca").unwrap().at.to_string(), "d.toml:10");
        assert_eq!(node.get("db").unwrap().entries()[1].at.to_string(), "d.toml:4");
    }

    #[test]
    fn every_error_has_its_line() {
        let mut faults = Faults::default();
        assert!(parse("a = 1\nb = = 2\na = 3\n", &"d.toml".into(), &mut faults).is_none());
        let text = faults.into_error().to_string();
        assert!(text.contains("d.toml:2: no TOML"), "{text}");
        let mut faults = Faults::default();
        assert!(parse("a = inf\n", &"d.toml".into(), &mut faults).is_none());
        assert!(faults.into_error().to_string().contains("d.toml:1: `a`: JSON"));
    }
}
