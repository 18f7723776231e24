//! The values of a configuration as people may see them, each with the place that it comes from.

use super::redact::{HIDDEN, hides, shown};
use super::tree::{Entry, Node, Value};
use super::variables::{MAX_DEPTH, Variables, references};
use serde_json::{Value as Json, json};

/// A value that people may see.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    /// `config`, `datasources`, ...
    pub(crate) file: &'static str,
    /// `db.host`
    pub(crate) path: String,
    /// Without what is secret.
    pub(crate) value: Json,
    /// `server/datasources.json:4`, `environment variable PORT`, `default`, `code`.
    pub(crate) from: String,
}

/// All values of a file: of `raw`, as its layers are merged, and of `tree`, with values in the place of `${NAME}`, which may be
/// one of `settings`.
pub(super) fn values(
    file: &'static str,
    raw: &Node,
    tree: &Node,
    settings: &Node,
    variables: &Variables,
) -> Vec<Shown> {
    let mut walk = Walk { file, settings, variables, all: Vec::new() };
    let start = Step { path: String::new(), keys: Vec::new(), hidden: false, via: Vec::new() };
    if !tree.entries().is_empty() {
        walk.node(Some(raw), tree, &start);
    }
    walk.all
}

struct Walk<'v> {
    file: &'static str,
    /// The app's settings, as they are written.
    settings: &'v Node,
    variables: &'v Variables,
    all: Vec<Shown>,
}

/// The way to a value.
#[derive(Clone)]
struct Step<'t> {
    path: String,
    keys: Vec<&'t str>,
    /// Whether something on the way says that it is secret.
    hidden: bool,
    /// The names that it was filled in by.
    via: Vec<String>,
}

impl Walk<'_> {
    fn node<'t>(&mut self, raw: Option<&Node>, node: &'t Node, step: &Step<'t>) {
        let mut step = step.clone();
        if let Some(Value::Text(text)) = raw.map(|raw| &raw.value) {
            step.via = references(text);
            step.hidden |= step.via.iter().any(|name| self.leads_to_a_secret(name, MAX_DEPTH));
        }
        match &node.value {
            Value::Object(entries) if !entries.is_empty() => {
                for entry in entries {
                    let raw = raw.and_then(|raw| raw.entries().iter().find(|raw| raw.key == entry.key));
                    let mut keys = step.keys.clone();
                    keys.push(&entry.key);
                    let hidden = step.hidden || self.names_a_secret(&keys, &entry.node);
                    let path = super::merge::join(&step.path, &entry.key);
                    let below = Step { path, keys, hidden, via: step.via.clone() };
                    self.node(raw.map(|raw| &raw.node), &entry.node, &below);
                }
            }
            Value::List(items) if !items.is_empty() => {
                for (at, item) in items.iter().enumerate() {
                    let raw = raw.and_then(|raw| match &raw.value {
                        Value::List(items) => items.get(at),
                        _ => None,
                    });
                    let below = Step { path: format!("{}[{at}]", step.path), ..step.clone() };
                    self.node(raw, item, &below);
                }
            }
            _ => {
                let from = self.from(node, &step.via);
                self.all.push(Shown { file: self.file, path: step.path, value: value(node, step.hidden), from });
            }
        }
    }

    /// Whether the last of some keys says that what it has is secret.
    fn names_a_secret(&self, keys: &[&str], node: &Node) -> bool {
        let [above @ .., key] = keys else { return false };
        // Names of models, phases and middleware say nothing of what is below them.
        let names = match self.file {
            "model-config" | "component-config" | "datasources" => 1,
            "middleware" => 2,
            _ => 0,
        };
        if keys.len() <= names && matches!(node.value, Value::Object(_) | Value::List(_)) {
            return false;
        }
        // The params of `cookie-parser` are its secret.
        let of_cookies = *key == "params" && above.iter().any(|name| name.to_lowercase().contains("cookie"));
        of_cookies || hides(key, matches!(node.value, Value::Object(_)))
    }

    /// Whether a name that is filled in is a secret's, or that of a setting which is filled in by one.
    fn leads_to_a_secret(&self, name: &str, depth: usize) -> bool {
        // A variable that is empty may give way to the setting.
        let setting = self.settings.get(name).filter(|_| self.variables.get(name).is_none_or(str::is_empty));
        if hides(name, setting.is_some_and(|setting| matches!(setting.value, Value::Object(_)))) {
            return true;
        }
        setting.is_some_and(|setting| depth == 0 || self.has_a_secret(setting, depth - 1))
    }

    fn has_a_secret(&self, node: &Node, depth: usize) -> bool {
        match &node.value {
            Value::Text(text) => references(text).iter().any(|name| self.leads_to_a_secret(name, depth)),
            Value::List(items) => items.iter().any(|item| self.has_a_secret(item, depth)),
            Value::Object(entries) => {
                let hides = |entry: &Entry| hides(&entry.key, matches!(entry.node.value, Value::Object(_)));
                entries.iter().any(|entry| hides(entry) || self.has_a_secret(&entry.node, depth))
            }
            _ => false,
        }
    }

    fn from(&self, node: &Node, via: &[String]) -> String {
        let place = node.at.to_string();
        let place = place.strip_prefix("the ").map_or(place.clone(), str::to_owned);
        let known = |name: &String| match self.variables.get(name) {
            Some(_) => format!("environment variable {name}"),
            None => format!("${{{name}}}"),
        };
        let via: Vec<String> = via.iter().map(known).collect();
        if via.is_empty() { place } else { format!("{place} by {}", via.join(", ")) }
    }
}

/// A value without what is secret. What is on or off is none.
fn value(node: &Node, hidden: bool) -> Json {
    match (node.to_json(), hidden) {
        (Json::String(_) | Json::Number(_), true) => HIDDEN.into(),
        (Json::String(text), false) => shown(&text).into(),
        (Json::Object(_), _) => json!({}),
        (Json::Array(_), _) => json!([]),
        (other, _) => other,
    }
}
