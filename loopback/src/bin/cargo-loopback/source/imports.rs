//! Imports that generated code needs.

use super::items::with_use;
use super::{Source, plain};
use crate::fault::Result;
use crate::names::BUILT_IN;
use crate::source::models::public_path;
use crate::tree::Tree;
use syn::{Item, UseTree};

/// Sees to it that a file has the prelude.
///
/// # Errors
/// The file is no Rust.
pub(crate) fn prelude(tree: &mut Tree, path: &str) -> Result<()> {
    let text = tree.get(path).unwrap_or_default();
    let source = Source::parse(path, text)?;
    let has = |item: &Item| matches!(item, Item::Use(item) if has_prelude(&item.tree, &[]));
    if !source.file.items.iter().any(has) {
        let text = with_use(path, text, "", "loopback::prelude::*")?;
        tree.set(path, text);
    }
    Ok(())
}

/// Sees to it that a file knows a type of the application, which stands in another file.
///
/// # Errors
/// The file is no Rust.
pub(crate) fn name(tree: &mut Tree, path: &str, name: &str, of: &str) -> Result<()> {
    if path == of || BUILT_IN.contains(&name) {
        return Ok(());
    }
    let import = of_crate(tree, path, of, &public_path(tree, of, name));
    self::path(tree, path, &import)
}

/// Beside a library the program is a crate of its own, to which the library has a name.
pub(crate) fn of_crate(tree: &Tree, path: &str, of: &str, import: &str) -> String {
    match import.strip_prefix("crate::") {
        Some(rest) if path == "src/main.rs" && of != path && tree.has("src/lib.rs") => {
            format!("{}::{rest}", library(tree))
        }
        _ => import.to_owned(),
    }
}

/// The name of the library: its own, or that of the package.
fn library(tree: &Tree) -> String {
    let manifest: toml_edit::DocumentMut = tree.get("Cargo.toml").unwrap_or_default().parse().unwrap_or_default();
    let name = |table: &str| manifest.get(table).and_then(|table| table.get("name")?.as_str()).map(str::to_owned);
    name("lib").or_else(|| name("package")).unwrap_or_else(|| "crate".to_owned()).replace('-', "_")
}

/// Sees to it that a file imports a path, if it does not have its last name already.
///
/// # Errors
/// The file is no Rust.
pub(crate) fn path(tree: &mut Tree, path: &str, import: &str) -> Result<()> {
    let text = tree.get(path).unwrap_or_default();
    let last = import.rsplit("::").next().unwrap_or(import);
    let source = Source::parse(path, text)?;
    let known = source.file.items.iter().any(|item| matches!(item, Item::Use(item) if imports(&item.tree, last)));
    if !known {
        let text = with_use(path, text, "", import)?;
        tree.set(path, text);
    }
    Ok(())
}

/// Whether it imports `loopback::prelude::*`, with what stands before it.
fn has_prelude(tree: &UseTree, before: &[String]) -> bool {
    match tree {
        UseTree::Path(path) => has_prelude(&path.tree, &[before, &[plain(&path.ident)]].concat()),
        UseTree::Group(group) => group.items.iter().any(|tree| has_prelude(tree, before)),
        UseTree::Glob(_) => before == ["loopback", "prelude"],
        UseTree::Name(_) | UseTree::Rename(_) => false,
    }
}

fn imports(tree: &UseTree, name: &str) -> bool {
    match tree {
        UseTree::Path(path) => imports(&path.tree, name),
        UseTree::Group(group) => group.items.iter().any(|tree| imports(tree, name)),
        UseTree::Name(item) => plain(&item.ident) == name,
        UseTree::Rename(item) => plain(&item.rename) == name,
        // Which names a glob has cannot be seen here; a second import of one does no harm.
        UseTree::Glob(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{name, prelude};
    use crate::tree::Tree;

    #[test]
    fn a_program_beside_a_library_names_it() {
        let mut tree = Tree::from([
            ("Cargo.toml", "[package]\nname = \"my-app\"\n"),
            ("src/lib.rs", ""),
            ("src/main.rs", "fn main() {}\n"),
        ]);
        name(&mut tree, "src/main.rs", "A", "src/a.rs").unwrap();
        assert_eq!(tree.get("src/main.rs"), Some("use my_app::a::A;\n\nfn main() {}\n"));
    }

    #[test]
    fn the_prelude_is_that_of_the_framework() {
        for text in ["use std::io::prelude::*;\n", "// use loopback::prelude::*;\n", ""] {
            let mut tree = Tree::from([("src/a.rs", text)]);
            prelude(&mut tree, "src/a.rs").unwrap();
            let now = tree.get("src/a.rs").unwrap();
            assert!(now.lines().any(|line| line == "use loopback::prelude::*;"), "{now}");
        }
        for text in ["use loopback::prelude::*;\n", "use ::loopback::{App, prelude::*};\n"] {
            let mut tree = Tree::from([("src/a.rs", text)]);
            prelude(&mut tree, "src/a.rs").unwrap();
            assert!(tree.changes().is_empty(), "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_imported() {
        let mut tree = Tree::from([
            ("src/models/mod.rs", "mod a;\nmod b;\n\npub use a::A;\npub use b::B;\n"),
            ("src/models/a.rs", "/// A.\nstruct A;\n"),
            ("src/models/b.rs", "use crate::models::{A, C};\n\nstruct B;\n"),
        ]);
        prelude(&mut tree, "src/models/a.rs").unwrap();
        for (from, what, of) in [("a", "B", "b"), ("a", "User", "x"), ("a", "A", "a"), ("b", "A", "a")] {
            name(&mut tree, &format!("src/models/{from}.rs"), what, &format!("src/models/{of}.rs")).unwrap();
        }
        let expected = "use crate::models::B;\nuse loopback::prelude::*;\n\n/// A.\nstruct A;\n";
        assert_eq!(tree.get("src/models/a.rs"), Some(expected));
        assert_eq!(tree.get("src/models/b.rs"), Some("use crate::models::{A, C};\n\nstruct B;\n"));
    }
}
