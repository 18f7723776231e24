//! What several generators do to an application: modules, the manifest.

use crate::fault::{Result, fault};
use crate::source::Source;
use crate::source::items::with_mod;
use crate::tree::Tree;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Value};

/// The file of the crate's root: the library, if there is one.
///
/// # Errors
/// There is neither.
pub(super) fn root(tree: &Tree) -> Result<&'static str> {
    ["src/lib.rs", "src/main.rs"]
        .into_iter()
        .find(|path| tree.has(path))
        .ok_or_else(|| fault("the application has neither src/lib.rs nor src/main.rs"))
}

/// The file of a module of the crate's root, made and declared if it is not there.
///
/// # Errors
/// The root is no Rust, or has the module inside of itself.
pub(super) fn module(tree: &mut Tree, name: &str, doc: &str) -> Result<String> {
    in_a_file(tree, name)?;
    for path in [format!("src/{name}/mod.rs"), format!("src/{name}.rs")] {
        if tree.has(&path) {
            return Ok(path);
        }
    }
    let root = root(tree)?;
    let text = tree.get(root).unwrap_or_default();
    let before = if root == "src/lib.rs" { "pub " } else { "" };
    let text = with_mod(root, text, before, name)?;
    tree.set(root, text);
    let path = format!("src/{name}/mod.rs");
    tree.set(&path, format!("//! {doc}\n"));
    Ok(path)
}

/// Refuses a module that the root has with its content: a file of it would not be compiled.
fn in_a_file(tree: &Tree, name: &str) -> Result<()> {
    let Ok(path) = root(tree) else { return Ok(()) };
    let source = Source::parse(path, tree.get(path).unwrap_or_default())?;
    let inline =
        |item: &syn::Item| matches!(item, syn::Item::Mod(item) if item.content.is_some() && item.ident == name);
    if source.file.items.iter().any(inline) {
        return Err(fault(format!(
            "{path} has the module `{name}` inside of itself, `mod {name} {{ .. }}`: files of it would not be compiled; move what is in \
             it to src/{name}/mod.rs, and write `mod {name};`"
        )));
    }
    Ok(())
}

/// Switches a feature of `loopback` on, and says whether that was needed.
///
/// # Errors
/// The manifest cannot be read.
pub(super) fn feature(tree: &mut Tree, name: &str) -> Result<bool> {
    let text = tree.get("Cargo.toml").unwrap_or_default();
    let mut manifest: DocumentMut = text.parse().map_err(|error| fault(format!("Cargo.toml: {error}")))?;
    let dependency = manifest.get_mut("dependencies").and_then(|all| all.get_mut("loopback"));
    let Some(dependency) = dependency else { return Ok(false) };
    // A version alone has no place for features.
    if let Some(version) = dependency.as_str().map(str::to_owned) {
        let mut table = InlineTable::new();
        table.insert("version", version.into());
        *dependency = Item::Value(Value::InlineTable(table));
    }
    let Some(table) = dependency.as_table_like_mut() else {
        return Err(fault("Cargo.toml: `loopback` is no dependency"));
    };
    let features = table.entry("features").or_insert(Item::Value(Value::Array(Array::new())));
    let Some(features) = features.as_array_mut() else {
        return Err(fault("Cargo.toml: `features` of `loopback` is no list"));
    };
    if features.iter().any(|feature| feature.as_str() == Some(name)) {
        return Ok(false);
    }
    features.push(name);
    if let Some(table) = dependency.as_inline_table_mut() {
        table.fmt();
    }
    tree.set("Cargo.toml", manifest.to_string());
    Ok(true)
}

/// The feature that a URL of a database needs.
pub(super) fn feature_of(url: &str) -> Option<&'static str> {
    match url.split(':').next() {
        Some("postgres" | "postgresql") => Some("postgres"),
        Some("mysql" | "mariadb") => Some("mysql"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{feature, module};
    use crate::tree::Tree;

    #[test]
    fn a_feature_is_switched_on_once_and_comments_stay() {
        for (before, after) in [
            ("loopback = \"0.1\" # why\n", "loopback = { version = \"0.1\", features = [\"mysql\"] }\n"),
            (
                "loopback = { path = \"x\", features = [\"postgres\"] } # why\n",
                "loopback = { path = \"x\", features = [\"postgres\", \"mysql\"] } # why\n",
            ),
            ("loopback = { workspace = true }\n", "loopback = { workspace = true, features = [\"mysql\"] }\n"),
            ("loopback.workspace = true\n", "loopback.workspace = true\nloopback.features = [\"mysql\"]\n"),
        ] {
            let mut tree = Tree::from([("Cargo.toml", format!("# c\n[dependencies]\n{before}").as_str())]);
            assert!(feature(&mut tree, "mysql").unwrap());
            assert_eq!(tree.get("Cargo.toml").unwrap(), format!("# c\n[dependencies]\n{after}"));
            assert!(!feature(&mut tree, "mysql").unwrap());
        }
    }

    #[test]
    fn a_module_that_stands_inside_of_the_root_gets_no_file() {
        let mut tree = Tree::from([("src/main.rs", "mod models {\n    pub struct Note;\n}\n")]);
        let message = module(&mut tree, "models", "x").unwrap_err().to_string();
        assert!(message.starts_with("src/main.rs has the module `models` inside of itself"), "{message}");
        assert!(tree.changes().is_empty());
    }

    #[test]
    fn a_module_is_made_and_declared() {
        let mut tree = Tree::from([("src/lib.rs", "//! A.\n\npub mod models;\n"), ("src/models.rs", "")]);
        assert_eq!(module(&mut tree, "models", "x").unwrap(), "src/models.rs");
        assert_eq!(module(&mut tree, "boot", "What runs at the start.").unwrap(), "src/boot/mod.rs");
        assert_eq!(tree.get("src/lib.rs"), Some("//! A.\n\npub mod boot;\npub mod models;\n"));
        assert_eq!(tree.get("src/boot/mod.rs"), Some("//! What runs at the start.\n"));
    }
}
