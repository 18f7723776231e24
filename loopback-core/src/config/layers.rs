//! The layers of a file: `datasources.json`, what the environment lays over it, what this machine does, and what
//! environment variables do. Answers to loopback-boot `lib/config-loader.js`.

use super::fault::Faults;
use super::tree::{Node, Place, Value};
use super::variables::Variables;
use super::{json, merge, toml};
use crate::suggest::did_you_mean;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files of a configuration.
pub(super) const NAMES: [&str; 5] = ["config", "datasources", "model-config", "middleware", "component-config"];

/// Variables that begin so are values of a file: `LOOPBACK__datasources__db__url`.
const PREFIX: &str = "LOOPBACK__";

/// The largest file that is read.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The layers of every file, each laid over the one before.
#[derive(Debug)]
pub(super) struct Layers {
    trees: BTreeMap<&'static str, Node>,
    /// The files that were read, in order.
    pub(super) files: Vec<String>,
}

impl Layers {
    /// The merged file of a name; without one, an empty object.
    pub(super) fn take(&mut self, name: &str) -> Node {
        self.trees.remove(name).unwrap_or_else(|| Node::object(Place::of("the configuration")))
    }

    /// Reads a folder, if there is one, and lays the variables over it.
    pub(super) fn read(folder: Option<&Path>, environment: &str, variables: &Variables, faults: &mut Faults) -> Self {
        let mut layers = Self { trees: BTreeMap::new(), files: Vec::new() };
        if let Some(folder) = folder {
            for name in NAMES {
                for (suffix, javascript_matters) in
                    [(String::new(), false), (format!(".{environment}"), true), (".local".to_owned(), true)]
                {
                    layers.layer(folder, name, &suffix, javascript_matters, faults);
                }
            }
            unknown_files(folder, faults);
        }
        layers.overlay(variables, faults);
        layers
    }

    fn layer(
        &mut self,
        folder: &Path,
        name: &'static str,
        suffix: &str,
        javascript_matters: bool,
        faults: &mut Faults,
    ) {
        let stem = format!("{name}{suffix}");
        let path = |extension: &str| folder.join(format!("{stem}.{extension}"));
        let found: Vec<PathBuf> = [path("json"), path("toml")].into_iter().filter(|path| path.is_file()).collect();
        let script = path("js");
        if javascript_matters && script.is_file() {
            let at = Place::of(script.display().to_string());
            match found.first() {
                Some(instead) => faults.notice(&at, "", format!("is not run; {} stands for it", instead.display())),
                None => faults.push(
                    &at,
                    "",
                    format!(
                        "JavaScript is not run, and its settings would be missing: write them into `{stem}.json` or \
                         `{stem}.toml`, with `${{NAME}}` for what it takes from the environment, or set them in code"
                    ),
                ),
            }
        }
        if let [one, other, ..] = found.as_slice() {
            let at = Place::of(other.display().to_string());
            faults.push(&at, "", format!("there is {} as well: one of the two has to go", one.display()));
        }
        let Some(path) = found.first() else { return };
        let Some(node) = file(path, faults) else { return };
        self.files.push(path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned());
        if !node.expect_object("", faults) {
            return;
        }
        match self.trees.get_mut(name) {
            None => {
                self.trees.insert(name, node);
            }
            Some(base) if name == "middleware" => merge::middleware(base, node, faults),
            Some(base) => merge::objects(base, node, "", faults),
        }
    }

    /// Lays environment variables over the files.
    fn overlay(&mut self, variables: &Variables, faults: &mut Faults) {
        for (name, text) in variables.iter() {
            let Some(path) = name.strip_prefix(PREFIX) else { continue };
            let at = Variables::place(name);
            let names: Vec<&str> = path.split("__").collect();
            let (Some((file, names)), false) = (names.split_first(), names.iter().any(|name| name.is_empty())) else {
                faults.push(&at, "", "write it as `LOOPBACK__file__key`, as in `LOOPBACK__datasources__db__url`");
                continue;
            };
            // A shell takes no hyphens in names.
            let asked = file.replace('_', "-").to_lowercase();
            let Some(file) = NAMES.iter().find(|known| **known == asked) else {
                let hint = did_you_mean(&asked, NAMES);
                faults.push(&at, "", format!("there is no file `{file}` of a configuration{hint}"));
                continue;
            };
            if names.is_empty() {
                faults.push(&at, "", format!("names no value: write `{name}__key`"));
                continue;
            }
            let value = if text.trim_start().starts_with(['{', '[']) {
                // What only looks like JSON, a password for example, is the text that it is.
                match json::parse(text, &at.source, &mut Faults::default()) {
                    Some(mut node) => {
                        placed(&mut node, &at);
                        node
                    }
                    None => Node::new(Value::Loose(text.to_owned()), at),
                }
            } else if text == "null" {
                Node::new(Value::Null, at)
            } else {
                Node::new(Value::Loose(text.to_owned()), at)
            };
            let base = self.trees.entry(file).or_insert_with(|| Node::object(value.at.clone()));
            merge::set(base, names, value, "", faults);
        }
    }
}

/// A variable has no lines.
fn placed(node: &mut Node, at: &Place) {
    node.at = at.clone();
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| placed(item, at)),
        Value::Object(entries) => {
            for entry in entries {
                entry.at = at.clone();
                placed(&mut entry.node, at);
            }
        }
        _ => {}
    }
}

/// Reads one file, JSON or TOML by its name.
pub(super) fn file(path: &Path, faults: &mut Faults) -> Option<Node> {
    let shown: Arc<str> = path.display().to_string().into();
    let failed = |faults: &mut Faults, message: String| {
        faults.push(&Place::of(shown.clone()), "", message);
        None
    };
    match std::fs::metadata(path) {
        Ok(meta) if meta.len() > MAX_BYTES => return failed(faults, format!("is larger than {} MiB", MAX_BYTES >> 20)),
        Ok(_) => {}
        Err(error) => return failed(faults, format!("cannot be read: {error}")),
    }
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return failed(faults, format!("cannot be read: {error}")),
    };
    if path.extension().is_some_and(|extension| extension == "toml") {
        toml::parse(&text, &shown, faults)
    } else {
        json::parse(&text, &shown, faults)
    }
}

/// `datasource.json` is read by nobody, and would be missed late.
fn unknown_files(folder: &Path, faults: &mut Faults) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    for name in names {
        let Some((stem, "json" | "toml")) = name.rsplit_once('.') else { continue };
        let base = stem.split('.').next().unwrap_or(stem);
        if NAMES.contains(&base) {
            continue;
        }
        let hint = did_you_mean(base, NAMES);
        if !hint.is_empty() {
            faults.notice(&Place::of(folder.join(&name).display().to_string()), "", format!("is not read{hint}"));
        }
    }
}

/// The environments that a folder has files for.
pub(super) fn environments(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let (stem, extension) = name.rsplit_once('.')?;
            let (base, environment) = stem.split_once('.')?;
            let counts = NAMES.contains(&base) && matches!(extension, "json" | "toml" | "js") && environment != "local";
            counts.then(|| environment.to_owned())
        })
        .collect();
    found.sort();
    found.dedup();
    found
}
