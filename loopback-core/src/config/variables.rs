//! The environment, and `${NAME}` in values. Answers to loopback-boot `lib/executor.js`, `getUpdatedConfigObject`.

use super::fault::Faults;
use super::merge::join;
use super::tree::{Node, Place, Value};
use crate::suggest::did_you_mean;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Environment variables: of the process, or others for a test.
#[derive(Clone, Default)]
pub(crate) struct Variables {
    all: BTreeMap<String, String>,
    /// Those that are no Unicode.
    broken: Vec<String>,
}

// They are full of secrets.
impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} variables", self.all.len())
    }
}

impl Variables {
    /// Those of the process.
    pub(crate) fn of_process() -> Self {
        let mut variables = Self::default();
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => {
                    variables.all.insert(name, value);
                }
                Err(_) => variables.broken.push(name),
            }
        }
        variables
    }

    pub(crate) fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { all: variables.into_iter().collect(), broken: Vec::new() }
    }

    pub(crate) fn is_broken(&self, name: &str) -> bool {
        self.broken.iter().any(|broken| broken == name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all.get(name).map(String::as_str)
    }

    /// A variable that is set to something.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.trim().is_empty())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all.iter().map(|(name, value)| (&**name, &**value))
    }

    pub(crate) fn place(name: &str) -> Place {
        Place::of(format!("the environment variable {name}"))
    }
}

/// `${NAME}`, `${NAME:-otherwise}`, and `$${NAME}`, which stands for the text `${NAME}`.
#[allow(clippy::expect_used, reason = "the pattern is a constant, and a test reads it")]
static REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$?\$\{(\w+)(?::-([^}]*))?\}").expect("a pattern that is right"));

/// The names that a text refers to.
pub(super) fn references(text: &str) -> Vec<String> {
    let meant = REFERENCE.captures_iter(text).filter(|found| !found[0].starts_with("$$"));
    meant.map(|found| found[1].to_owned()).collect()
}

/// A text that stands for itself, whatever is in it.
pub(super) fn verbatim(text: &str) -> String {
    REFERENCE.replace_all(text, "$$$0").into_owned()
}

/// How deep settings may refer to each other.
pub(super) const MAX_DEPTH: usize = 16;

/// Puts values in the place of `${NAME}`: the environment variable of that name, or else the setting of the app.
pub(super) struct Resolver<'v> {
    pub(super) variables: &'v Variables,
    /// The app's settings: an object.
    pub(super) settings: &'v Node,
    /// Whether these settings have references themselves.
    pub(super) nested: bool,
    /// The paths of values that something else stands for: not set, they are no values, and not faults.
    pub(super) optional: &'v [String],
}

impl Resolver<'_> {
    pub(super) fn resolve(&self, node: &mut Node, path: &str, faults: &mut Faults) {
        self.node(node, path, 0, faults);
    }

    fn node(&self, node: &mut Node, path: &str, depth: usize, faults: &mut Faults) {
        match &mut node.value {
            // What the environment says is meant as it is.
            Value::Text(text) if text.contains("${") => {
                let text = std::mem::take(text);
                self.text(node, &text, path, depth, faults);
            }
            Value::List(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    self.node(item, &format!("{path}[{at}]"), depth, faults);
                }
            }
            Value::Object(entries) => {
                for entry in entries {
                    self.node(&mut entry.node, &join(path, &entry.key), depth, faults);
                }
            }
            _ => {}
        }
    }

    fn text(&self, node: &mut Node, text: &str, path: &str, depth: usize, faults: &mut Faults) {
        let at = node.at.clone();
        // A whole value keeps its type; it is read where it stands, for faults.
        if let Some(whole) =
            REFERENCE.captures(text).filter(|found| found[0].len() == text.len() && !found[0].starts_with("$$"))
        {
            let otherwise = whole.get(2).map(|text| text.as_str());
            if otherwise.is_none() && self.is_absent(&whole[1], path) {
                faults.notice(&at, path, format!("`{text}` is not set: there is no value"));
                node.value = Value::Null;
                return;
            }
            node.value = match self.find(&whole[1], otherwise, &at, path, depth, faults) {
                Some(value) => value,
                None => Value::Null,
            };
            return;
        }
        let mut filled = String::with_capacity(text.len());
        let mut end = 0;
        for found in REFERENCE.captures_iter(text) {
            let Some(all) = found.get(0) else { continue };
            filled.push_str(&text[end..all.start()]);
            end = all.end();
            if let Some(meant) = all.as_str().strip_prefix("$$") {
                filled.push('$');
                filled.push_str(meant);
                continue;
            }
            let value = self.find(&found[1], found.get(2).map(|text| text.as_str()), &at, path, depth, faults);
            let Some(value) = value else { continue };
            match Node::new(value, at.clone()).scalar_text() {
                Some(text) => filled.push_str(&text),
                None => faults.push(&at, path, format!("`${{{}}}` is no text, and stands inside of one", &found[1])),
            }
        }
        filled.push_str(&text[end..]);
        node.value = Value::Text(filled);
    }

    fn is_absent(&self, name: &str, path: &str) -> bool {
        let optional = self.optional.iter().any(|optional| optional == path);
        optional && self.variables.get(name).is_none() && self.settings.get(name).is_none()
    }

    fn find(
        &self,
        name: &str,
        otherwise: Option<&str>,
        at: &Place,
        path: &str,
        depth: usize,
        faults: &mut Faults,
    ) -> Option<Value> {
        // As in a shell, what is set to nothing is not there where something stands for it.
        let set = self.variables.get(name).filter(|value| otherwise.is_none() || !value.is_empty());
        if let Some(value) = set {
            return Some(Value::Loose(value.to_owned()));
        }
        if let Some(setting) = self.settings.get(name) {
            let mut setting = setting.clone();
            if self.nested {
                if depth >= MAX_DEPTH {
                    faults.push(at, path, format!("`${{{name}}}` refers to itself"));
                    return None;
                }
                self.node(&mut setting, path, depth + 1, faults);
            }
            return Some(setting.value);
        }
        match otherwise {
            Some("") => None,
            Some(text) => Some(Value::Loose(text.to_owned())),
            None => {
                let known = self.settings.entries().iter().map(|entry| &*entry.key);
                let hint = did_you_mean(name, known);
                let message = format!(
                    "`${{{name}}}` is neither an environment variable nor a setting of the app{hint}; `${{{name}:-x}}` is x \
                     without it, `${{{name}:-}}` nothing"
                );
                faults.push(at, path, message);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::parse;
    use super::*;
    use serde_json::{Value as Json, json};

    fn resolved(text: &str, settings: &str, nested: bool) -> Result<Json, String> {
        let mut faults = Faults::default();
        let mut node = parse(text, &"a.json".into(), &mut faults).unwrap();
        let settings = parse(settings, &"config.json".into(), &mut faults).unwrap();
        let variables = [("URL", "mysql://x"), ("NUMBER", "5"), ("EMPTY", ""), ("TRAP", "${URL}")];
        let variables = Variables::of(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Resolver { variables: &variables, settings: &settings, nested, optional: &[] }.resolve(
            &mut node,
            "",
            &mut faults,
        );
        if faults.is_empty() { Ok(node.to_json()) } else { Err(faults.into_error().to_string()) }
    }

    #[test]
    fn a_whole_value_keeps_its_type() {
        let settings = r#"{"restApiRoot": "/api", "list": [1, {"a": true}], "NUMBER": 7}"#;
        let text = r#"{"a": "${URL}", "b": ["${restApiRoot}"], "c": "${list}", "d": "${NUMBER}", "e": "${EMPTY}"}"#;
        assert_eq!(
            resolved(text, settings, false),
            Ok(json!({"a": "mysql://x", "b": ["/api"], "c": [1, {"a": true}], "d": 5, "e": ""}))
        );
    }

    #[test]
    fn texts_are_filled_and_what_is_not_meant_stays() {
        let text = r#"["<${URL}/${restApiRoot}>", "$${URL} ${a.b} ${}", "${NONE:-a b}", "${EMPTY:-x}", "${NONE:-}", "x${NONE:-}y"]"#;
        assert_eq!(
            resolved(text, r#"{"restApiRoot": 1}"#, false),
            Ok(json!(["<mysql://x/1>", "${URL} ${a.b} ${}", "a b", "x", null, "xy"]))
        );
    }

    #[test]
    fn what_is_not_set_is_a_fault_with_its_place() {
        let error =
            resolved("{\"db\": {\n\"url\": \"${ULR}\", \"x\": \"a ${restApiRot}\"}}", r#"{"restApiRoot": 1}"#, false)
                .unwrap_err();
        assert!(error.contains("a.json:2: `db.url`: `${ULR}` is neither"), "{error}");
        assert!(
            error.contains("a.json:2: `db.x`: `${restApiRot}`") && error.contains("did you mean `restApiRoot`?"),
            "{error}"
        );
        let error = resolved(r#"["a ${x}"]"#, r#"{"x": {}}"#, false).unwrap_err();
        assert!(error.contains("no text"), "{error}");
    }

    #[test]
    fn settings_may_refer_to_each_other_but_not_in_circles() {
        assert_eq!(resolved(r#"["${a}"]"#, r#"{"a": "<${b}>", "b": "${NUMBER}"}"#, true), Ok(json!(["<5>"])));
        let error = resolved(r#"["${a}"]"#, r#"{"a": "${b}", "b": "${a}"}"#, true).unwrap_err();
        assert!(error.contains("refers to itself"), "{error}");
    }

    #[test]
    fn values_of_the_environment_are_not_read_again() {
        let text = format!("{:?}", [verbatim("a ${URL} $${URL} ${"), verbatim("${URL}")]);
        assert_eq!(resolved(&text, "{}", false), Ok(json!(["a ${URL} $${URL} ${", "${URL}"])));
        assert_eq!(resolved(r#"["${TRAP}", "${a}"]"#, r#"{"a": "${TRAP}"}"#, true), Ok(json!(["${URL}", "${URL}"])));
    }
}
