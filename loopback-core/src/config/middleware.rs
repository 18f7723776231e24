//! `middleware`: phases and what runs in them. Answers to loopback-boot `lib/compiler.js` (`buildMiddlewareInstructions`).

use super::fault::Faults;
use super::merge::join;
use super::tree::{Entry, Node, Place, Value};
use crate::suggest::did_you_mean;
use serde_json::Value as Json;
use std::path::Path;

/// A middleware of a file.
#[derive(Clone, Debug)]
pub(crate) struct MiddlewareEntry {
    /// `loopback#rest`, `cors`, ...
    pub(crate) name: String,
    /// Its own name, where several stand in one list.
    pub(crate) label: Option<String>,
    pub(crate) at: Place,
    /// `routes`, `initial:before`, ...
    pub(crate) phase: String,
    pub(crate) enabled: bool,
    pub(crate) paths: Vec<String>,
    pub(crate) methods: Vec<String>,
    pub(crate) params: Json,
    /// An unknown one is left out instead of being a fault.
    pub(crate) optional: bool,
    /// Whether all that it says could be read.
    pub(crate) sound: bool,
}

/// The phases in their order, and what runs in them, in its order.
#[derive(Debug, Default)]
pub(crate) struct MiddlewareFile {
    /// Where the first phase stands.
    pub(crate) at: Option<Place>,
    pub(crate) phases: Vec<String>,
    pub(crate) entries: Vec<MiddlewareEntry>,
}

const KNOWN: [&str; 7] = ["name", "enabled", "params", "paths", "methods", "optional", "phase"];

/// Reads the merged file. `folder` is what `$!` stands for.
pub(super) fn read(tree: &Node, folder: Option<&Path>, faults: &mut Faults) -> MiddlewareFile {
    let mut file = MiddlewareFile::default();
    for Entry { key: phase, at, node } in tree.entries() {
        file.at.get_or_insert_with(|| at.clone());
        let base = match phase.rsplit_once(':') {
            Some((base, "before" | "after")) => base,
            Some((_, other)) => {
                let hint = did_you_mean(other, ["before", "after"]);
                faults.push(at, phase, format!("a phase has parts `before` and `after`, found `{other}`{hint}"));
                continue;
            }
            None => phase,
        };
        if base.is_empty() {
            faults.push(at, phase, "names no phase");
            continue;
        }
        // `initial:before` and `initial` are one, and so are neighbours of one name.
        if file.phases.last().is_none_or(|last| last != base) {
            file.phases.push(base.to_owned());
        }
        if node.is_null() || !node.expect_object(phase, faults) {
            continue;
        }
        for Entry { key: name, at, node } in node.entries() {
            let path = join(phase, name);
            match &node.value {
                Value::Null => {}
                Value::List(items) => {
                    for (index, item) in items.iter().enumerate() {
                        file.entries.extend(entry(
                            name,
                            phase,
                            item,
                            &format!("{path}[{index}]"),
                            &item.at,
                            folder,
                            faults,
                        ));
                    }
                }
                _ => file.entries.extend(entry(name, phase, node, &path, at, folder, faults)),
            }
        }
    }
    file
}

fn entry(
    name: &str,
    phase: &str,
    node: &Node,
    path: &str,
    at: &Place,
    folder: Option<&Path>,
    faults: &mut Faults,
) -> Option<MiddlewareEntry> {
    if !node.expect_object(path, faults) {
        return None;
    }
    for entry in node.entries() {
        if !KNOWN.contains(&&*entry.key) {
            let hint = did_you_mean(&entry.key, KNOWN);
            faults.push(
                &entry.at,
                &join(path, &entry.key),
                format!("is not known here; settings stand in `params`{hint}"),
            );
        }
    }
    let flag =
        |key: &str, faults: &mut Faults| node.get(key).and_then(|flag| flag.expect_bool(&join(path, key), faults));
    let texts = |key: &str, faults: &mut Faults| {
        node.get(key).and_then(|list| list.expect_texts(&join(path, key), faults)).unwrap_or_default()
    };
    let enabled = flag("enabled", faults).unwrap_or(true);
    let (paths, methods) = (texts("paths", faults), texts("methods", faults));
    // LoopBack notes why it may be missing: `"optional": "install x to have it"`.
    let optional = node.get("optional").is_some_and(|node| node.as_bool().unwrap_or(true));
    let mut params = node.get("params").map_or(Json::Null, Node::to_json);
    if let Some(folder) = folder {
        absolute(&mut params, folder);
    }
    if let Some(own) = node.get("phase").filter(|own| own.as_text() != Some(phase)) {
        let message = "has no effect, and loopback-boot overwrites it: put the entry below that phase";
        faults.push(&own.at, &join(path, "phase"), message);
    }
    let label = node.get("name").and_then(|label| label.expect_text(&join(path, "name"), faults));
    let sound = !KNOWN.iter().any(|key| faults.are_below(&join(path, key)));
    Some(MiddlewareEntry {
        name: name.to_owned(),
        label,
        at: at.clone(),
        phase: phase.to_owned(),
        enabled,
        paths,
        methods,
        params,
        optional,
        sound,
    })
}

/// `$!./public` and `$!../client`: beside the file.
fn absolute(params: &mut Json, folder: &Path) {
    match params {
        Json::String(text) => {
            if let Some(relative) =
                text.strip_prefix("$!").filter(|rest| rest.starts_with("./") || rest.starts_with("../"))
            {
                *text = folder.join(relative).display().to_string();
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| absolute(item, folder)),
        Json::Object(members) => members.values_mut().for_each(|member| absolute(member, folder)),
        _ => {}
    }
}
