//! What is wrong with a configuration: everything at once, each with its place.

use super::tree::Place;
use crate::error::Error;
use std::fmt::Write as _;

/// Faults, and notices of what is read and has no effect.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    faults: Vec<String>,
    notices: Vec<String>,
    /// The values that have faults.
    paths: Vec<String>,
}

impl Faults {
    /// A fault: where, the path of the value (`db.connector`; empty for a whole file), and what is wrong.
    pub(crate) fn push(&mut self, at: &Place, path: &str, message: impl AsRef<str>) {
        push(&mut self.faults, at, path, message.as_ref());
        self.paths.push(path.to_owned());
    }

    /// Whether a value has faults, or something in it.
    pub(super) fn are_below(&self, path: &str) -> bool {
        let below = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
        self.paths.iter().any(|fault| fault.strip_prefix(path).is_some_and(below))
    }

    /// What is understood and has no effect: the app starts, and says so.
    pub(crate) fn notice(&mut self, at: &Place, path: &str, message: impl AsRef<str>) {
        push(&mut self.notices, at, path, message.as_ref());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.faults.len()
    }

    pub(crate) fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// One error of all.
    pub(crate) fn into_error(self) -> Error {
        let mut text = match self.faults.len() {
            1 => "the configuration has a fault:".to_owned(),
            many => format!("the configuration has {many} faults:"),
        };
        for fault in &self.faults {
            let _ = write!(text, "\n  {}", fault.replace('\n', "\n    "));
        }
        Error::configuration(text)
    }
}

fn push(list: &mut Vec<String>, at: &Place, path: &str, message: &str) {
    let line = if path.is_empty() { format!("{at}: {message}") } else { format!("{at}: `{path}`: {message}") };
    // A value that two readers look at is told once.
    if !list.contains(&line) {
        list.push(line);
    }
}
