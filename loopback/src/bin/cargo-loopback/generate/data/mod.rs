//! The same generators for an app that is data: `server/*.json` and `common/models/*.json`, as LoopBack has them.

pub(super) mod access;
pub(super) mod model;
pub(super) mod relation;
pub(super) mod stack;

use crate::fault::{Fault, Result, fault};
use crate::json::Json;
use crate::names::BUILT_IN;
use crate::tree::Tree;
use loopback::__private::did_you_mean;

pub(super) const MODEL_CONFIG: &str = "server/model-config.json";

/// Whether the application is such a one.
pub(super) fn is(tree: &Tree) -> bool {
    tree.has(MODEL_CONFIG)
}

/// What has code cannot be written where there is none.
pub(super) fn no_code(what: &str, instead: &str) -> Fault {
    fault(format!("{what} is code, and this app is data (it has {MODEL_CONFIG}): {instead}"))
}

/// A definition of a model.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) json: Json,
}

/// All definitions of the app.
#[derive(Debug)]
pub(super) struct Definitions(Vec<Definition>);

impl Definitions {
    /// Reads the folders in which LoopBack's apps have them.
    ///
    /// # Errors
    /// A file is no JSON.
    pub(super) fn of(tree: &Tree) -> Result<Self> {
        let files = tree.below("common", ".json").chain(tree.below("server/models", ".json"));
        let mut all = Vec::new();
        for (path, text) in files {
            let json = Json::read(path, text)?;
            if let Some(name) = json.get("name").and_then(Json::as_text) {
                all.push(Definition { name: name.to_owned(), path: path.to_owned(), json });
            }
        }
        Ok(Self(all))
    }

    pub(super) fn find(&self, name: &str) -> Option<&Definition> {
        let folded = |name: &str| name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
        self.0.iter().find(|it| it.name == name).or_else(|| self.0.iter().find(|it| folded(&it.name) == folded(name)))
    }

    /// The definition of a name.
    ///
    /// # Errors
    /// There is none, with what there is.
    pub(super) fn get(&self, name: &str) -> Result<&Definition> {
        self.find(name).ok_or_else(|| {
            if BUILT_IN.contains(&name) || name == "ACL" {
                return fault(format!(
                    "`{name}` is a model of the framework: one that extends it can be changed, `cargo loopback model My{name} --base {name}`"
                ));
            }
            let names: Vec<&str> = self.0.iter().map(|it| it.name.as_str()).collect();
            let hint = did_you_mean(name, names.iter().copied());
            let there = if names.is_empty() { "there is none yet".into() } else { format!("there are {}", names.join(", ")) };
            fault(format!("there is no model `{name}`{hint} ({there}; `cargo loopback model {name}` makes one)"))
        })
    }
}

impl Definition {
    /// Refuses a name that a property or a relation has.
    ///
    /// # Errors
    /// One has it.
    pub(super) fn is_free(&self, name: &str) -> Result<()> {
        for (key, what) in [("properties", "property"), ("relations", "relation")] {
            if self.json.get(key).is_some_and(|all| all.get(name).is_some()) {
                return Err(fault(format!("{} has a {what} `{name}` already, in {}", self.name, self.path)));
            }
        }
        Ok(())
    }

    /// The property that is its id; LoopBack's parts of an id are numbered.
    pub(super) fn id(&self) -> Option<&str> {
        let properties = self.json.get("properties").map(Json::entries).unwrap_or_default();
        let is_id = |property: &Json| matches!(property.get("id"), Some(Json::Bool(true) | Json::Number(_)));
        properties.iter().find(|(_, property)| is_id(property)).map(|(name, _)| name.as_str())
    }
}

/// Reads a file, changes it, and puts it back.
///
/// # Errors
/// It is no JSON, or cannot be changed so; with the file.
fn change(tree: &mut Tree, path: &str, empty: Json, change: impl FnOnce(&mut Json) -> Result<()>) -> Result<()> {
    let mut json = match tree.get(path) {
        Some(text) => Json::read(path, text)?,
        None => empty,
    };
    change(&mut json).map_err(|error| fault(format!("{path}: {error}")))?;
    tree.set(path, json.write()?);
    Ok(())
}

#[cfg(test)]
fn app() -> Tree {
    let note = "{\n  \"name\": \"Note\",\n  \"base\": \"PersistedModel\",\n  \"properties\": {\n    \"title\": \"string\"\n  },\n  \"relations\": {},\n  \"acls\": []\n}\n";
    Tree::from([
        ("server/config.json", "{}"),
        (
            MODEL_CONFIG,
            "{\n  \"_meta\": {\n    \"sources\": [\n      \"../common/models\"\n    ]\n  },\n  \"Note\": {\n    \"dataSource\": \"db\",\n    \"public\": true\n  }\n}\n",
        ),
        ("server/datasources.json", "{\n  \"db\": {\n    \"connector\": \"memory\"\n  }\n}\n"),
        ("server/middleware.json", "{\n  \"initial\": {\n    \"compression\": {}\n  },\n  \"final\": {}\n}\n"),
        ("common/models/note.json", note),
        ("common/models/writer.json", "{\"name\": \"Writer\", \"base\": \"User\", \"properties\": {}}"),
    ])
}
