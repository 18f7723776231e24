//! The files of an application in memory: what a generator reads, and what it has changed.

use crate::fault::{Result, fault};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A file is read when it is text that a generator may have to do with.
const FOLDERS: [(&str, &str); 3] = [("src", "rs"), ("server", "json"), ("common", "json")];

/// The greatest file that is read: nobody writes a greater one by hand.
const GREATEST: u64 = 4 * 1024 * 1024;

/// Files by their path below the application's folder, with `/`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree(BTreeMap<String, File>);

#[derive(Clone, Debug)]
struct File {
    before: Option<String>,
    now: String,
}

/// What becomes of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Change<'t> {
    pub(crate) path: &'t str,
    /// `None`: it is new.
    pub(crate) before: Option<&'t str>,
    pub(crate) now: &'t str,
}

impl Tree {
    /// The files of a folder.
    ///
    /// # Errors
    /// One cannot be read.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.take(root, "Cargo.toml")?;
        for (folder, ending) in FOLDERS {
            tree.folder(root, folder, ending, 0)?;
        }
        Ok(tree)
    }

    fn folder(&mut self, root: &Path, folder: &str, ending: &str, depth: usize) -> Result<()> {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { return Ok(()) };
        for entry in entries {
            let entry = entry.map_err(|error| fault(format!("{folder}: {error}")))?;
            // A name that is no text is none of ours.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{folder}/{name}");
            let kind = entry.file_type().map_err(|error| fault(format!("{path}: {error}")))?;
            // Links are left alone: they may lead in a circle, or out of the application.
            if kind.is_dir() && depth < 20 {
                self.folder(root, &path, ending, depth + 1)?;
            } else if kind.is_file() && Path::new(&name).extension().is_some_and(|end| end == ending) {
                self.take(root, &path)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, root: &Path, path: &str) -> Result<()> {
        let full = root.join(path);
        if fs::metadata(&full).is_ok_and(|file| file.len() > GREATEST) {
            return Ok(());
        }
        match fs::read(&full) {
            Ok(bytes) => {
                // Not text is not ours.
                if let Ok(text) = String::from_utf8(bytes) {
                    self.0.insert(path.to_owned(), File { before: Some(text.clone()), now: text });
                }
                Ok(())
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(fault(format!("{path}: {error}"))),
        }
    }

    /// The text of a file, as it is by now.
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(|file| file.now.as_str())
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// The files below a folder with an ending, `src` and `.rs`.
    pub(crate) fn below<'t>(&'t self, folder: &str, ending: &str) -> impl Iterator<Item = (&'t str, &'t str)> {
        let all = self.0.iter().map(|(path, file)| (path.as_str(), file.now.as_str()));
        all.filter(move |(path, _)| {
            path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) && path.ends_with(ending)
        })
    }

    /// Gives a file that is there another text.
    pub(crate) fn set(&mut self, path: &str, text: String) {
        match self.0.get_mut(path) {
            Some(file) => file.now = text,
            None => drop(self.0.insert(path.to_owned(), File { before: None, now: text })),
        }
    }

    /// A file that is not there.
    ///
    /// # Errors
    /// It is.
    pub(crate) fn create(&mut self, path: &str, text: String) -> Result<()> {
        if self.has(path) {
            return Err(fault(format!("{path} is there already; nothing is overwritten")));
        }
        self.set(path, text);
        Ok(())
    }

    /// What is another than it was, by path.
    pub(crate) fn changes(&self) -> Vec<Change<'_>> {
        let changed = self.0.iter().filter(|(_, file)| file.before.as_deref() != Some(file.now.as_str()));
        changed.map(|(path, file)| Change { path, before: file.before.as_deref(), now: &file.now }).collect()
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Tree {
    fn from(files: [(&str, &str); N]) -> Self {
        let file = |text: &str| File { before: Some(text.to_owned()), now: text.to_owned() };
        Self(files.into_iter().map(|(path, text)| (path.to_owned(), file(text))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Tree};

    #[test]
    fn changes_are_what_is_another_than_it_was() {
        let mut tree = Tree::from([("src/a.rs", "a"), ("src/b.rs", "b")]);
        tree.set("src/a.rs", "a".into());
        tree.set("src/b.rs", "B".into());
        tree.create("src/c.rs", "c".into()).unwrap();
        assert!(tree.create("src/a.rs", "x".into()).unwrap_err().to_string().contains("nothing is overwritten"));
        assert_eq!(
            tree.changes(),
            [
                Change { path: "src/b.rs", before: Some("b"), now: "B" },
                Change { path: "src/c.rs", before: None, now: "c" }
            ]
        );
    }

    #[test]
    fn files_are_found_by_folder_and_ending() {
        let tree = Tree::from([("src/a.rs", ""), ("srcs/b.rs", ""), ("src/c/d.rs", ""), ("src/e.json", "")]);
        assert_eq!(tree.below("src", ".rs").map(|(path, _)| path).collect::<Vec<_>>(), ["src/a.rs", "src/c/d.rs"]);
    }
}
