//! What a definition says and nothing comes of: told at the start, so that nobody relies on it.

use super::property::{CONNECTORS, connector};
use super::{Source, outline};
use crate::suggest::did_you_mean;
use serde_json::{Map, Value as Json};

/// Settings of LoopBack's models that do nothing here.
const WITHOUT_EFFECT: [&str; 5] =
    ["trackChanges", "enableRemoteReplication", "changeCleanupInterval", "updateOnly", "persistUndefinedAsNull"];

/// Settings of LoopBack's models that would turn off what is always on here.
const ALWAYS_ON: [(&str, &str); 2] = [
    ("automaticValidation", "has no effect: what is written is validated"),
    ("validateUpsert", "has no effect: an upsert is validated as every write is"),
];

/// Mixins that LoopBack's applications have from npm, and what does the same for a struct.
const MIXINS: [(&str, &str); 4] = [
    ("TimeStamp", "Timestamps"),
    ("Timestamp", "Timestamps"),
    ("Timestamps", "Timestamps"),
    ("SoftDelete", "SoftDelete"),
];

/// Everything in a definition that has no effect: a line for each, with its place.
pub(crate) fn ignored(source: &Source) -> Vec<String> {
    let source = outline::merged(source);
    let Some(map) = source.json.as_object() else { return Vec::new() };
    let name = map.get("name").and_then(Json::as_str).unwrap_or_default();
    let mut found = Ignored { source: &source, name, lines: Vec::new() };
    found.mixins(map);
    for key in WITHOUT_EFFECT {
        if map.get(key).is_some_and(|value| !matches!(value, Json::Null | Json::Bool(false))) {
            found.add(key, "has no effect");
        }
    }
    for (key, message) in ALWAYS_ON {
        if map.get(key) == Some(&Json::Bool(false)) {
            found.add(key, message);
        }
    }
    let of_table = |key: &str| match key {
        "table" | "tableName" => None,
        "schema" => Some("has no effect: the schema is that of the data source".to_owned()),
        _ => Some("has no effect".to_owned()),
    };
    found.connectors("", map, of_table);
    for (property, json) in map.get("properties").and_then(Json::as_object).into_iter().flatten() {
        // Without a type it is an object of properties.
        let Some(options) = json.as_object().filter(|options| options.contains_key("type")) else { continue };
        found.property(&format!("properties.{property}."), options);
    }
    found.lines
}

struct Ignored<'s> {
    source: &'s Source,
    name: &'s str,
    lines: Vec<String>,
}

impl Ignored<'_> {
    fn add(&mut self, key: &str, message: &str) {
        self.lines.push(format!("{}: `{}.{key}`: {message}", self.source.at(key), self.name));
    }

    fn mixins(&mut self, map: &Map<String, Json>) {
        let names: Vec<String> = match map.get("mixins") {
            Some(Json::Object(mixins)) => {
                let on = mixins.iter().filter(|(_, options)| !matches!(options, Json::Null | Json::Bool(false)));
                on.map(|(name, _)| name.clone()).collect()
            }
            Some(Json::Array(mixins)) => mixins.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect(),
            _ => return,
        };
        for mixin in names {
            let same = MIXINS.iter().find(|(theirs, _)| mixin.eq_ignore_ascii_case(theirs)).map(|(_, ours)| *ours);
            let hint = match same {
                Some(ours) => format!("`#[model(mixins({ours}))]` on a struct, which the definition extends, does it"),
                None => {
                    let near = did_you_mean(&mixin, MIXINS.map(|(theirs, _)| theirs));
                    format!(
                        "write it as a `Mixin` in Rust, for a struct that the definition extends, or with `.observe(..)`{near}"
                    )
                }
            };
            self.add(
                &format!("mixins.{mixin}"),
                &format!("does nothing: mixins are JavaScript, which is not run; {hint}"),
            );
        }
    }

    fn property(&mut self, path: &str, options: &Map<String, Json>) {
        let is = |words: &[&str]| {
            let name = options.get("type").and_then(Json::as_str).map(str::to_lowercase);
            name.is_some_and(|name| words.contains(&&*name))
        };
        let (text, decimal) = (is(&["string", "text"]), is(&["decimal"]));
        for key in ["dataType", "columnName", "dataLength", "dataPrecision", "dataScale", "nullable"] {
            if options.contains_key(key) {
                let message = match key {
                    "dataType" => OF_TYPE.to_owned(),
                    _ => format!("has no effect here: write it as `\"postgresql\": {{\"{key}\": ..}}`"),
                };
                self.add(&format!("{path}{key}"), &message);
            }
        }
        let of_column = |key: &str| match key {
            "columnName" | "column" => None,
            "dataLength" if text => None,
            "dataLength" => Some("has no effect: only text has a length".to_owned()),
            "dataPrecision" | "dataScale" if decimal => None,
            "dataPrecision" | "dataScale" => {
                Some("has no effect: it is for a property of the type `decimal`".to_owned())
            }
            "dataType" => Some(OF_TYPE.to_owned()),
            "nullable" => Some("has no effect: `required` says whether there has to be a value".to_owned()),
            _ => Some("has no effect".to_owned()),
        };
        self.connectors(path, options, of_column);
    }

    /// What stands under the names of connectors: those of one count.
    fn connectors(&mut self, path: &str, map: &Map<String, Json>, why: impl Fn(&str) -> Option<String>) {
        let counts = connector(map);
        for other in CONNECTORS.iter().copied().chain(["mongodb"]) {
            let Some(options) = map.get(other).and_then(Json::as_object) else { continue };
            match counts {
                Some(counts) if counts == other => {
                    for (key, value) in options.iter().filter(|(_, value)| !value.is_null()) {
                        if let Some(why) = why(key) {
                            let shown = if key == "dataType" {
                                format!(", found {}", super::shown(value))
                            } else {
                                String::new()
                            };
                            self.add(&format!("{path}{other}.{key}"), &format!("{why}{shown}"));
                        }
                    }
                }
                Some(counts) if !options.is_empty() => {
                    let message = format!("has no effect: the settings of `{counts}` count, on every database");
                    self.add(&format!("{path}{other}"), &message);
                }
                None if !options.is_empty() => self.add(&format!("{path}{other}"), "has no effect"),
                _ => {}
            }
        }
    }
}

const OF_TYPE: &str = "has no effect: the column's type is that of the property's `type`";
