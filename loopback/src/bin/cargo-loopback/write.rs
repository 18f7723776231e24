//! Changes become files: all of them, or none.

use crate::fault::{Result, fault};
use crate::tree::{Change, Tree};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A text that is written beside its place, and what stands in that place.
struct Prepared<'t> {
    change: &'t Change<'t>,
    place: PathBuf,
    beside: PathBuf,
}

/// What was made so far, to be taken back.
#[derive(Default)]
struct Made {
    folders: Vec<PathBuf>,
    beside: Vec<PathBuf>,
    /// With what was there before.
    placed: Vec<(PathBuf, Option<String>)>,
}

/// Writes the changes of a tree below a folder.
///
/// # Errors
/// A file cannot be written, or is not what it was when it was read. Then everything is as it was.
pub(crate) fn write(root: &Path, tree: &Tree) -> Result<()> {
    let changes = tree.changes();
    let mut made = Made::default();
    let outcome = prepare(root, &changes, &mut made).and_then(|prepared| place(&prepared, &mut made));
    if outcome.is_err() {
        made.take_back();
    }
    outcome
}

fn prepare<'t>(root: &Path, changes: &'t [Change<'t>], made: &mut Made) -> Result<Vec<Prepared<'t>>> {
    let mut prepared = Vec::new();
    for change in changes {
        let wrong = |error: io::Error| fault(format!("{}: {error}", change.path));
        let place = root.join(change.path);
        let folder = place.parent().unwrap_or(root);
        folders(folder, made).map_err(wrong)?;
        let name = place.file_name().and_then(|name| name.to_str()).unwrap_or("file");
        let beside = folder.join(format!(".{name}.{}.new", std::process::id()));
        let mut file = OpenOptions::new().write(true).create_new(true).open(&beside).map_err(wrong)?;
        made.beside.push(beside.clone());
        file.write_all(change.now.as_bytes()).map_err(wrong)?;
        if let Ok(old) = fs::metadata(&place) {
            fs::set_permissions(&beside, old.permissions()).map_err(wrong)?;
        }
        prepared.push(Prepared { change, place, beside });
    }
    Ok(prepared)
}

fn place(prepared: &[Prepared<'_>], made: &mut Made) -> Result<()> {
    // Somebody may have saved a file in the meantime.
    for Prepared { change, place, .. } in prepared {
        let there = fs::read(place).ok();
        if there.as_deref() != change.before.map(str::as_bytes) {
            return Err(fault(format!("{} has been changed by somebody else meanwhile; try again", change.path)));
        }
    }
    for Prepared { change, place, beside } in prepared {
        fs::rename(beside, place).map_err(|error| fault(format!("{}: {error}", change.path)))?;
        made.placed.push((place.clone(), change.before.map(str::to_owned)));
    }
    Ok(())
}

/// Makes a folder and those above it, and notes which.
fn folders(folder: &Path, made: &mut Made) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        folders(above, made)?;
    }
    fs::create_dir(folder)?;
    made.folders.push(folder.to_owned());
    Ok(())
}

impl Made {
    /// As well as it can be done: the error that led here is what is told.
    fn take_back(&self) {
        for (place, before) in &self.placed {
            let _ = match before {
                Some(text) => fs::write(place, text),
                None => fs::remove_file(place),
            };
        }
        for beside in &self.beside {
            let _ = fs::remove_file(beside);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::tree::Tree;
    use std::fs;
    use std::path::PathBuf;

    /// A folder that goes away with it.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("lb_write_{}_{name}", std::process::id()));
            fs::create_dir_all(path.join("src")).unwrap();
            fs::write(path.join("src/a.rs"), "a").unwrap();
            Self(path)
        }

        fn files(&self) -> Vec<String> {
            let mut names: Vec<_> = fs::read_dir(self.0.join("src"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn all_files_are_written_and_nothing_stays_beside() {
        let folder = Folder::new("all");
        let mut tree = Tree::read(&folder.0).unwrap();
        tree.set("src/a.rs", "A".into());
        tree.create("src/deep/er/b.rs", "b".into()).unwrap();
        write(&folder.0, &tree).unwrap();
        assert_eq!(fs::read_to_string(folder.0.join("src/a.rs")).unwrap(), "A");
        assert_eq!(fs::read_to_string(folder.0.join("src/deep/er/b.rs")).unwrap(), "b");
        assert_eq!(folder.files(), ["a.rs", "deep"]);
    }

    #[test]
    fn what_fails_leaves_nothing() {
        let folder = Folder::new("none");
        let mut tree = Tree::read(&folder.0).unwrap();
        tree.set("src/a.rs", "A".into());
        tree.create("src/new/b.rs", "b".into()).unwrap();
        // A folder where a file is to be: its rename fails when the others are done.
        tree.create("src/z.rs", "z".into()).unwrap();
        fs::create_dir(folder.0.join("src/z.rs")).unwrap();
        assert!(write(&folder.0, &tree).unwrap_err().to_string().starts_with("src/z.rs: "));
        assert_eq!(fs::read_to_string(folder.0.join("src/a.rs")).unwrap(), "a");
        assert_eq!(folder.files(), ["a.rs", "z.rs"]);
    }

    #[test]
    fn what_somebody_else_has_changed_is_left_alone() {
        let folder = Folder::new("other");
        let mut tree = Tree::read(&folder.0).unwrap();
        tree.set("src/a.rs", "A".into());
        fs::write(folder.0.join("src/a.rs"), "mine").unwrap();
        assert!(write(&folder.0, &tree).unwrap_err().to_string().contains("meanwhile"));
        assert_eq!(fs::read_to_string(folder.0.join("src/a.rs")).unwrap(), "mine");
        let mut tree = Tree::default();
        tree.create("src/a.rs", "x".into()).unwrap();
        assert!(write(&folder.0, &tree).is_err());
        assert_eq!(folder.files(), ["a.rs"]);
    }
}
