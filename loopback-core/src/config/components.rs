//! `component-config`: which components are on, and their options. Answers to loopback-boot `lib/compiler.js`
//! (`buildComponentInstructions`).

use super::fault::Faults;
use super::tree::{Entry, Node, Place, Value};
use serde_json::Value as Json;

/// A component that a file names.
#[derive(Clone, Debug)]
pub(crate) struct ComponentEntry {
    pub(crate) name: String,
    pub(crate) at: Place,
    /// `None`: it is off.
    pub(crate) options: Option<Json>,
}

/// Reads the merged file. `null` and `false` turn a component off.
pub(super) fn read(tree: &Node, faults: &mut Faults) -> Vec<ComponentEntry> {
    let mut components = Vec::new();
    for Entry { key, at, node } in tree.entries() {
        let options = match &node.value {
            Value::Null => None,
            _ if node.as_bool() == Some(false) => None,
            Value::Object(_) => Some(node.to_json()),
            _ if node.as_bool() == Some(true) => Some(Json::Object(serde_json::Map::new())),
            _ => {
                faults.push(&node.at, key, format!("must be an object, true or false, found {}", node.kind()));
                continue;
            }
        };
        components.push(ComponentEntry { name: key.clone(), at: at.clone(), options });
    }
    components
}
