//! Where the application is: the nearest folder upward with a manifest that depends on `loopback`.

use crate::fault::{Result, fault};
use std::fs;
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item};

/// The folder of the application that `start` is in.
///
/// # Errors
/// There is none, with what is there instead.
pub(crate) fn find(start: &Path) -> Result<PathBuf> {
    let start = start.canonicalize().map_err(|error| fault(format!("{}: {error}", start.display())))?;
    let mut passed = None;
    for folder in start.ancestors() {
        let Some(manifest) = manifest(folder)? else { continue };
        if depends(&manifest) {
            return Ok(folder.to_owned());
        }
        if manifest.contains_key("workspace") {
            let apps = apps(folder, &manifest);
            let here = folder.display();
            return Err(fault(if apps.is_empty() {
                format!(
                    "{here} is a workspace, and none of its members depends on `loopback`; `cargo loopback new my-app` makes an application"
                )
            } else {
                let first = folder.join(&apps[0]);
                format!(
                    "{here} is a workspace; say which of its applications is meant, as in `--path {}`: {}",
                    first.display(),
                    apps.join(", ")
                )
            }));
        }
        passed.get_or_insert_with(|| folder.join("Cargo.toml"));
    }
    Err(fault(match passed {
        Some(path) => {
            format!("{} does not depend on `loopback`; `--path DIR` names the folder of an application", path.display())
        }
        None => format!(
            "{} is in no application: there is no Cargo.toml; `cargo loopback new my-app` makes one, `--path DIR` names one",
            start.display()
        ),
    }))
}

/// How a folder stands to the workspaces of cargo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Alone,
    /// In one that does not know it: cargo would refuse to build it.
    Beside,
    /// In one of whose members it is, by a pattern.
    Member,
}

impl Place {
    /// How a folder, which need not be there yet, stands to the workspace around it.
    pub(crate) fn of(folder: &Path) -> Self {
        for root in folder.ancestors().skip(1) {
            let Ok(Some(manifest)) = manifest(root) else { continue };
            let Some(workspace) = manifest.get("workspace") else { continue };
            let Ok(path) = folder.strip_prefix(root) else { continue };
            let path: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            let known = |key: &str| patterns(workspace, key).any(|pattern| covers(pattern, &path));
            return if known("members") && !known("exclude") { Self::Member } else { Self::Beside };
        }
        Self::Alone
    }
}

fn patterns<'m>(workspace: &'m Item, key: &str) -> impl Iterator<Item = &'m str> {
    let all = workspace.get(key).and_then(Item::as_array);
    all.into_iter().flatten().filter_map(toml_edit::Value::as_str)
}

/// Whether a pattern, `apps/*`, is about a path.
fn covers(pattern: &str, path: &[impl AsRef<str>]) -> bool {
    let parts: Vec<&str> = pattern.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let one = |(pattern, name): (&&str, &str)| match pattern.split_once('*') {
        Some((head, tail)) => name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail),
        None => *pattern == name,
    };
    parts.len() == path.len() && parts.iter().zip(path.iter().map(AsRef::as_ref)).all(one)
}

fn manifest(folder: &Path) -> Result<Option<DocumentMut>> {
    let path = folder.join("Cargo.toml");
    match fs::read_to_string(&path) {
        Ok(text) => text.parse().map(Some).map_err(|error| fault(format!("{}: {error}", path.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault(format!("{}: {error}", path.display()))),
    }
}

/// Under its name: generated code says `loopback`.
fn depends(manifest: &DocumentMut) -> bool {
    manifest.get("dependencies").and_then(Item::as_table_like).is_some_and(|all| all.contains_key("loopback"))
}

/// The members that depend on `loopback`, as they are written in the workspace.
fn apps(root: &Path, manifest: &DocumentMut) -> Vec<String> {
    let mut found = Vec::new();
    for pattern in manifest.get("workspace").into_iter().flat_map(|workspace| patterns(workspace, "members")) {
        // Of patterns, the one that everybody writes: all folders of a folder.
        let folders = match pattern.strip_suffix("/*") {
            Some(parent) => names(&root.join(parent)).into_iter().map(|name| format!("{parent}/{name}")).collect(),
            None => vec![pattern.to_owned()],
        };
        found.extend(
            folders.into_iter().filter(
                |folder| matches!(self::manifest(&root.join(folder)), Ok(Some(manifest)) if depends(&manifest)),
            ),
        );
    }
    found
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::{Place, find};
    use std::fs;
    use std::path::Path;

    fn file(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn an_application_is_found_upward_and_a_workspace_names_its_own() {
        let root = std::env::temp_dir().join(format!("lb_root_{}", std::process::id()));
        file(&root, "Cargo.toml", "[workspace]\nmembers = [\"apps/*\", \"tool\"]\n");
        let app = "[package]\nname = \"shop\"\n[dependencies]\nloopback.workspace = true\n";
        file(&root, "apps/shop/Cargo.toml", app);
        file(&root, "apps/shop/src/deep/a.rs", "");
        file(&root, "tool/Cargo.toml", "[package]\nname = \"tool\"\n");
        let found = find(&root.join("apps/shop/src/deep")).unwrap();
        assert!(found.ends_with("apps/shop"));
        for start in ["", "apps", "tool"] {
            let message = find(&root.join(start)).unwrap_err().to_string();
            assert!(message.contains("say which") && message.ends_with(": apps/shop"), "{message}");
        }
        file(&root, "apps/shop/Cargo.toml", "[package]\nname = \"shop\"\n");
        assert!(find(&root).unwrap_err().to_string().contains("none of its members"));
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn a_pattern_of_the_workspace_makes_a_member() {
        let root = std::env::temp_dir().join(format!("lb_place_{}", std::process::id()));
        assert_eq!(Place::of(&root.join("apps/shop")), Place::Alone);
        file(
            &root,
            "Cargo.toml",
            "[workspace]\nmembers = [\"apps/*\", \"./tool\", \"x-*\"]\nexclude = [\"apps/old\"]\n",
        );
        for (folder, place) in [
            ("apps/shop", Place::Member),
            ("tool", Place::Member),
            ("x-1", Place::Member),
            ("apps/old", Place::Beside),
            ("apps/deep/shop", Place::Beside),
            ("shop", Place::Beside),
        ] {
            assert_eq!(Place::of(&root.join(folder)), place, "{folder}");
        }
        fs::remove_dir_all(&root).unwrap();
    }
}
