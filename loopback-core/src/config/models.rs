//! `model-config`, and the definitions of models that it names. Answers to loopback-boot `lib/compiler.js`
//! (`buildAllModelInstructions`) and `lib/executor.js` (`setupModels`).

use super::fault::Faults;
use super::layers;
use super::merge::join;
use super::tree::{Entry, Node, Place, Value};
use crate::suggest::did_you_mean;
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// What an application says of a model.
#[derive(Debug)]
pub(crate) struct ModelEntry {
    pub(crate) name: String,
    pub(crate) at: Place,
    pub(crate) public: Option<bool>,
    pub(crate) data_source: SourceOf,
    pub(crate) options: Json,
    pub(crate) acls: Json,
    pub(crate) relations: Json,
}

/// Where the data of a model is kept.
#[derive(Debug, PartialEq)]
pub(crate) enum SourceOf {
    /// Not said: the default one.
    Unset,
    /// `null` or `false`: nowhere.
    Nowhere,
    Named(String),
}

/// A model's definition in a file.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) name: String,
    pub(crate) node: Node,
}

/// The folders of LoopBack's own models, which are built in.
const BUILT_IN: [&str; 4] =
    ["loopback/common/models", "loopback/server/models", "loopback/common/mixins", "loopback/server/mixins"];

/// What a model may say in `model-config`.
const KNOWN: [&str; 6] = ["dataSource", "public", "options", "acls", "relations", "$promise"];

/// Reads the merged file, and the definitions that it needs.
pub(super) fn read(tree: &Node, folder: Option<&Path>, faults: &mut Faults) -> (Vec<ModelEntry>, Vec<Definition>) {
    let mut entries = Vec::new();
    let mut sources = vec!["./models".to_owned()];
    for Entry { key, at, node } in tree.entries() {
        if node.is_null() {
            continue;
        }
        if key == "_meta" {
            if let Some(listed) = node.get("sources") {
                sources = listed.expect_texts("_meta.sources", faults).unwrap_or_default();
            }
            for Entry { key, at, .. } in node.entries() {
                if !["sources", "mixins"].contains(&&**key) {
                    let hint = did_you_mean(key, ["sources", "mixins"]);
                    faults.push(at, &join("_meta", key), format!("is not known here{hint}"));
                }
            }
        } else if let Some(entry) = entry(key, at, node, faults) {
            entries.push(entry);
        }
    }
    let known = folder.map(|folder| definitions(folder, &sources, faults)).unwrap_or_default();
    let wanted = with_bases(&entries, &known);
    (entries, wanted)
}

fn entry(name: &str, at: &Place, node: &Node, faults: &mut Faults) -> Option<ModelEntry> {
    if !node.expect_object(name, faults) {
        return None;
    }
    for entry in node.entries() {
        let path = join(name, &entry.key);
        match &*entry.key {
            // What LoopBack 1 had in this file.
            "properties" | "base" | "plural" => {
                faults.push(&entry.at, &path, "stands in the definition of the model, not in `model-config`");
            }
            known if KNOWN.contains(&known) => {}
            other => {
                let hint = did_you_mean(other, KNOWN);
                if hint.is_empty() {
                    faults.notice(&entry.at, &path, "is not known here and has no effect");
                } else {
                    faults.push(&entry.at, &path, format!("is not known here{hint}"));
                }
            }
        }
    }
    let public = node.get("public").and_then(|flag| flag.expect_bool(&join(name, "public"), faults));
    let source = node.entries().iter().find(|entry| entry.key == "dataSource").map(|entry| &entry.node);
    let data_source = match source.map(|node| (node, &node.value)) {
        None => SourceOf::Unset,
        Some((_, Value::Null | Value::Bool(false))) => SourceOf::Nowhere,
        Some((node, _)) => node.expect_text(&join(name, "dataSource"), faults).map_or(SourceOf::Unset, SourceOf::Named),
    };
    let of_kind = |key: &str, list: bool, faults: &mut Faults| match node.get(key) {
        None => Json::Null,
        Some(node) => {
            let sound =
                if list { matches!(node.value, Value::List(_)) } else { matches!(node.value, Value::Object(_)) };
            if !sound {
                let must = if list { "a list" } else { "an object" };
                faults.push(&node.at, &join(name, key), format!("must be {must}, found {}", node.kind()));
            }
            node.to_json()
        }
    };
    if let Some(methods) = node.get("options").and_then(|options| options.get("remoting")?.get("sharedMethods")) {
        super::settings::shared_methods(methods, &format!("{name}.options.remoting.sharedMethods"), faults);
    }
    if let Some(stray) = node.get("options").and_then(|options| options.get("base")) {
        let path = format!("{name}.options.base");
        faults.push(&stray.at, &path, "stands in the definition of the model, not in `model-config`");
    }
    Some(ModelEntry {
        name: name.to_owned(),
        at: at.clone(),
        public,
        data_source,
        options: of_kind("options", false, faults),
        acls: of_kind("acls", true, faults),
        relations: of_kind("relations", false, faults),
    })
}

/// The definitions in the folders of models, by name. A later folder wins, as in LoopBack.
fn definitions(folder: &Path, sources: &[String], faults: &mut Faults) -> BTreeMap<String, Definition> {
    let mut known = BTreeMap::new();
    for source in sources {
        if BUILT_IN.contains(&source.trim_start_matches("./").trim_end_matches('/')) {
            continue;
        }
        // LoopBack overlooks a folder that is not there, and so do its generators.
        let Ok(entries) = std::fs::read_dir(folder.join(source)) else { continue };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for path in &files {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let (Some(stem), Some(extension)) = (path.file_stem(), path.extension()) else { continue };
            if name.starts_with('_') || !(extension == "json" || extension == "toml") || !path.is_file() {
                continue;
            }
            let Some(mut node) = layers::file(path, faults) else { continue };
            if !node.expect_object("", faults) {
                continue;
            }
            let name = match node.get("name") {
                Some(name) => match name.expect_text("name", faults) {
                    Some(name) => name,
                    None => continue,
                },
                None => {
                    let name = model_name(&stem.to_string_lossy());
                    if let Value::Object(entries) = &mut node.value {
                        let at = node.at.clone();
                        entries.retain(|entry| entry.key != "name");
                        let text = Node::new(Value::Text(name.clone()), at.clone());
                        entries.push(Entry { key: "name".to_owned(), at, node: text });
                    }
                    name
                }
            };
            let script = path.with_extension("js");
            if script.is_file() && has_logic(&script) {
                let at = Place::of(script.display().to_string());
                let message =
                    format!("its JavaScript is not run: hooks and methods of `{name}` belong into a struct in Rust");
                faults.notice(&at, "", message);
            }
            known.insert(name.clone(), Definition { name, node });
        }
    }
    known
}

/// Whether a script does something. The generator's one is an empty function.
fn has_logic(script: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(script) else { return true };
    let mut body = String::new();
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or(line).trim();
        if !matches!(line, "'use strict';" | "\"use strict\";" | "'use strict'") {
            body.push_str(line);
        }
    }
    let body: String = body.split_whitespace().collect();
    let empty = body
        .strip_prefix("module.exports=function(")
        .and_then(|rest| rest.split_once(')'))
        .is_some_and(|(_, rest)| matches!(rest, "{}" | "{};"));
    !empty && !body.is_empty()
}

/// The name of a model after that of its file: `my-user.json` has `MyUser` (lodash's `upperFirst(camelCase(..))`).
pub(super) fn model_name(stem: &str) -> String {
    let mut name = String::new();
    let mut before: Option<char> = None;
    let letters: Vec<char> = stem.chars().collect();
    for (at, &letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            before = None;
            continue;
        }
        let next_is_lower = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = match before {
            None => true,
            Some(before) if letter.is_numeric() != before.is_numeric() => true,
            Some(before) => letter.is_uppercase() && (before.is_lowercase() || next_is_lower),
        };
        if begins {
            name.extend(letter.to_uppercase());
        } else {
            name.extend(letter.to_lowercase());
        }
        before = Some(letter);
    }
    name
}

/// The definitions that are configured, and those of the models that they extend.
fn with_bases(entries: &[ModelEntry], known: &BTreeMap<String, Definition>) -> Vec<Definition> {
    let mut wanted = Vec::new();
    let mut seen = HashSet::new();
    let mut ask: Vec<&str> = entries.iter().rev().map(|entry| &*entry.name).collect();
    while let Some(name) = ask.pop() {
        let Some(definition) = known.get(name) else { continue };
        if !seen.insert(name) {
            continue;
        }
        let node = &definition.node;
        let base = node.get("base").or_else(|| node.get("options").and_then(|options| options.get("base")));
        if let Some(base) = base.and_then(Node::as_text) {
            ask.push(base);
        }
        wanted.push(definition.clone());
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::model_name;

    #[test]
    fn files_name_models_as_in_loopback() {
        // node -e 'console.log(_.upperFirst(_.camelCase("..")))'
        for (file, model) in [
            ("my-user", "MyUser"),
            ("note", "Note"),
            ("CoffeeShop", "CoffeeShop"),
            ("coffee_shop", "CoffeeShop"),
            ("XMLFile", "XmlFile"),
            ("order2item", "Order2Item"),
            ("a.b c", "ABC"),
        ] {
            assert_eq!(model_name(file), model);
        }
    }
}
