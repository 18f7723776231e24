//! The paths that a middleware is for. Answers to Express' `app.use(path, ..)`.

use crate::filter::qs::decode;
use regex::{Regex, RegexBuilder};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// The paths that a middleware is for: texts, or regular expressions.
///
/// | written | is |
/// |---|---|
/// | `/api` | that path and all below it; not `/apix` |
/// | `/files/:name/raw` | `:name` is one part of a path |
/// | `/*/admin`, `/*.json` | `*` is any text, also with `/` in it |
/// | `^/v[0-9]+/` | a regular expression, for it begins with `^` |
///
/// Upper and lower case are the same, as in Express. Percent escapes are resolved before, and several slashes are one, so
/// that no other spelling of a path gets past a middleware.
#[derive(Clone, Default)]
pub struct Paths {
    patterns: Arc<[Pattern]>,
    faults: Arc<[String]>,
}

impl fmt::Debug for Paths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.patterns.iter()).finish()
    }
}

/// As they were written.
impl fmt::Display for Paths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, pattern) in self.patterns.iter().enumerate() {
            f.write_str(if at > 0 { ", " } else { "" })?;
            match pattern {
                Pattern::Prefix(parts) => write!(f, "/{}", parts.join("/"))?,
                Pattern::Expression(expression) => f.write_str(expression.as_str())?,
            }
        }
        Ok(())
    }
}

#[derive(Debug)]
enum Pattern {
    /// The parts of the path.
    Prefix(Vec<String>),
    Expression(Regex),
}

/// What of a path lies below the one that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Below {
    /// All of it.
    Whole,
    /// From this byte on.
    At(usize),
}

impl Paths {
    /// The paths of a regular expression, wherever in the path it matches.
    pub fn regex(expression: Regex) -> Self {
        Self { patterns: [Pattern::Expression(expression)].into(), faults: Arc::default() }
    }

    fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let (mut patterns, mut faults) = (Vec::new(), Vec::new());
        for text in texts {
            match Pattern::of(text) {
                Ok(pattern) => patterns.push(pattern),
                Err(fault) => faults.push(fault),
            }
        }
        Self { patterns: patterns.into(), faults: faults.into() }
    }

    pub(super) fn faults(&self) -> impl Iterator<Item = &str> {
        self.faults.iter().map(String::as_str)
    }

    /// Whether they are all paths.
    pub(super) fn is_all(&self) -> bool {
        self.patterns.iter().all(|pattern| matches!(pattern, Pattern::Prefix(parts) if parts.is_empty()))
    }

    /// What of a path is below the first of these paths that it matches.
    pub(super) fn find(&self, path: &str) -> Option<Below> {
        if self.patterns.is_empty() {
            return Some(Below::Whole);
        }
        let mut plain = None;
        self.patterns.iter().find_map(|pattern| match pattern {
            Pattern::Prefix(parts) => below(parts, path).map(Below::At),
            Pattern::Expression(expression) => {
                let plain = plain.get_or_insert_with(|| resolved(path));
                expression.is_match(plain).then_some(Below::Whole)
            }
        })
    }
}

/// The parts of a path with the byte after each.
fn parts(path: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut at = 0;
    path.split('/').filter_map(move |part| {
        at += part.len() + 1;
        (!part.is_empty()).then_some((part, at - 1))
    })
}

/// A path as it is compared: percent escapes resolved, several slashes as one.
fn resolved(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    for (part, _) in parts(path) {
        plain.push('/');
        plain.push_str(&part_of(part));
    }
    if path.ends_with('/') {
        plain.push('/');
    }
    plain
}

fn part_of(part: &str) -> Cow<'_, str> {
    // A plus is a plus in a path.
    if !part.contains('%') {
        return Cow::Borrowed(part);
    }
    decode(&part.replace('+', "%2B")).map_or(Cow::Borrowed(part), |part| Cow::Owned(part.into_owned()))
}

fn below(prefix: &[String], path: &str) -> Option<usize> {
    let mut parts = parts(path);
    let mut end = 0;
    for wanted in prefix {
        let (part, after) = parts.next()?;
        let same = part.eq_ignore_ascii_case(wanted) || part_of(part).to_lowercase() == *wanted;
        if !same {
            return None;
        }
        end = after;
    }
    Some(end)
}

impl Pattern {
    fn of(text: &str) -> Result<Self, String> {
        let wrong = |why: &dyn fmt::Display| format!("`{text}` is no path of a middleware: {why}");
        let expression = |pattern: &str| {
            let made = RegexBuilder::new(pattern).case_insensitive(true).size_limit(1 << 20).build();
            made.map(Self::Expression).map_err(|error| wrong(&error))
        };
        if text.starts_with('^') {
            return expression(text);
        }
        if !text.starts_with('/') {
            return Err(wrong(&"it has to begin with `/`, or with `^` when it is a regular expression"));
        }
        if let Some(c) = text.chars().find(|c| "?+()[]{}|^$\\".contains(*c)) {
            return Err(wrong(&format!("`{c}` means nothing in it; a regular expression begins with `^`")));
        }
        if !text.contains(['*', ':']) {
            return Ok(Self::Prefix(parts(text).map(|(part, _)| part_of(part).to_lowercase()).collect()));
        }
        let mut pattern = String::from("^");
        for (part, _) in parts(text) {
            pattern.push('/');
            if part.starts_with(':') {
                pattern.push_str("[^/]+");
            } else {
                let pieces: Vec<String> = part.split('*').map(regex::escape).collect();
                pattern.push_str(&pieces.join(".*"));
            }
        }
        pattern.push_str("(?:/|$)");
        expression(&pattern)
    }
}

impl From<&str> for Paths {
    fn from(path: &str) -> Self {
        Self::of([path])
    }
}

impl From<String> for Paths {
    fn from(path: String) -> Self {
        Self::of([path.as_str()])
    }
}

impl From<Regex> for Paths {
    fn from(expression: Regex) -> Self {
        Self::regex(expression)
    }
}

impl<T: AsRef<str>> From<&[T]> for Paths {
    fn from(paths: &[T]) -> Self {
        Self::of(paths.iter().map(AsRef::as_ref))
    }
}

impl<T: AsRef<str>> From<Vec<T>> for Paths {
    fn from(paths: Vec<T>) -> Self {
        paths.as_slice().into()
    }
}

impl<T: AsRef<str>, const N: usize> From<[T; N]> for Paths {
    fn from(paths: [T; N]) -> Self {
        paths.as_slice().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_for_itself_and_all_below_it() {
        let api = Paths::from("/api/v1");
        for path in ["/api/v1", "/api/v1/", "/api/v1/x", "/API/V1/x", "//api//v1//x", "/%61pi/v1", "/api/v%31/x"] {
            assert!(api.find(path).is_some(), "{path}");
        }
        for path in ["/", "/api", "/api/v11", "/apis/v1", "/x/api/v1", "/api%2Fv1", "*", ""] {
            assert_eq!(api.find(path), None, "{path}");
        }
    }

    #[test]
    fn what_is_below_is_known() {
        let files = Paths::from("/files");
        let rest = |path: &'static str| match files.find(path) {
            Some(Below::At(at)) => &path[at..],
            other => panic!("{path}: {other:?}"),
        };
        assert_eq!(rest("/files"), "");
        assert_eq!(rest("/files/"), "/");
        assert_eq!(rest("//f%69les//a/b"), "//a/b");
        assert_eq!(Paths::default().find("/x"), Some(Below::Whole));
    }

    #[test]
    fn patterns_and_expressions() {
        let paths = Paths::from(["/*/admin", "/users/:id/raw", "/*.json", "^/v[0-9]+/"]);
        assert_eq!(paths.faults().count(), 0);
        for path in ["/a/admin", "/a/b/admin/x", "/users/3/raw", "/x/y.json", "/V2/x", "/a/%61dmin"] {
            assert!(paths.find(path).is_some(), "{path}");
        }
        for path in ["/a/admins", "/users/3/4/raw", "/x.jsonp", "/v/x", "/xv2/"] {
            assert_eq!(paths.find(path), None, "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_a_fault() {
        for bad in ["api", "", "/a?b", "/(a|b)", "^(", "/a+"] {
            assert_eq!(Paths::from(bad).faults().count(), 1, "{bad}");
        }
    }

    #[test]
    fn the_root_is_all_paths() {
        assert!(Paths::from("/").is_all() && Paths::default().is_all());
        assert!(!Paths::from(["/", "/api"]).is_all());
    }
}
