//! Rust source files, changed by inserting: what stands there stays as it is written.

pub(crate) mod calls;
pub(crate) mod fields;
pub(crate) mod imports;
pub(crate) mod items;
pub(crate) mod methods;
pub(crate) mod models;
pub(crate) mod rules;
pub(crate) mod types;

use crate::fault::{Result, fault};
use proc_macro2::Span;
use std::ops::Range;

/// A file that was parsed, with its text.
pub(crate) struct Source<'t> {
    pub(crate) text: &'t str,
    pub(crate) file: syn::File,
    /// What the parser has passed over before the first byte that it counts.
    passed: usize,
}

impl<'t> Source<'t> {
    /// Parses the text of a file.
    ///
    /// # Errors
    /// It is no Rust, with the line.
    pub(crate) fn parse(path: &str, text: &'t str) -> Result<Self> {
        let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        let file = syn::parse_file(rest).map_err(|error| {
            let place = error.span().start();
            fault(format!("{path}:{}:{}: this is no Rust: {error}", place.line, place.column + 1))
        })?;
        let shebang = file.shebang.as_ref().map_or(0, String::len);
        Ok(Self { text, file, passed: text.len() - rest.len() + shebang })
    }

    /// Where something stands in the text.
    pub(crate) fn range(&self, span: Span) -> Range<usize> {
        let range = span.byte_range();
        range.start + self.passed..range.end + self.passed
    }

    /// The text of something.
    pub(crate) fn at(&self, span: Span) -> &'t str {
        self.text.get(self.range(span)).unwrap_or_default()
    }

    /// Where the line begins that a place is in.
    pub(crate) fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |end| end + 1)
    }

    /// Where the next line begins.
    pub(crate) fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |end| at + end + 1)
    }

    /// The blanks that the line of a place begins with.
    pub(crate) fn indent(&self, at: usize) -> &'t str {
        let line = &self.text[self.line_start(at)..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// The text with lines before something: above its line, or right before it where something else is on the line, which
    /// may be the end of a comment.
    pub(crate) fn insert_before(&self, at: usize, lines: &str) -> String {
        let start = self.line_start(at);
        self.insert(if self.text[start..at].trim().is_empty() { start } else { at }, lines)
    }

    /// The text with lines below something: below its line, or right behind it where more is on the line than a comment that
    /// ends there.
    pub(crate) fn insert_behind(&self, at: usize, lines: &str) -> String {
        let end = self.line_end(at);
        let rest = self.text[at..end].trim();
        let block =
            rest.starts_with("/*") && rest.find("*/") == Some(rest.len() - 2) && rest.matches("/*").count() == 1;
        if !rest.is_empty() && !rest.starts_with("//") && !block {
            return self.insert(at, &format!("\n{lines}"));
        }
        let ended = self.text[..end].ends_with('\n');
        self.insert(end, &format!("{}{lines}", if ended { "" } else { "\n" }))
    }

    /// A text that was made of this one, when it has as many of something as this one, and some more.
    ///
    /// # Errors
    /// It does not: what was inserted came into a comment, say.
    pub(crate) fn grown(
        &self,
        path: &str,
        now: String,
        count: impl Fn(&syn::File) -> usize,
        more: usize,
    ) -> Result<String> {
        let found = Source::parse(path, &now).map(|now| count(&now.file)).unwrap_or_default();
        if found == count(&self.file) + more {
            return Ok(now);
        }
        Err(fault(format!(
            "{path}: a comment stands where something is to be added, which would become a part of it; move the comment first"
        )))
    }

    /// The text with more in it, in its own kind of line ends.
    pub(crate) fn insert(&self, at: usize, new: &str) -> String {
        let new = if self.text.contains("\r\n") { new.replace('\n', "\r\n") } else { new.to_owned() };
        format!("{}{new}{}", &self.text[..at], &self.text[at..])
    }
}

/// `#[name(key, key)]` as rustfmt writes it, with a line end.
pub(crate) fn attribute(indent: &str, name: &str, keys: &[String]) -> String {
    /// rustfmt's width of what stands in the parentheses.
    const WIDTH: usize = 70;
    let inner = keys.join(", ");
    if keys.is_empty() {
        format!("{indent}#[{name}]\n")
    } else if inner.chars().count() <= WIDTH {
        format!("{indent}#[{name}({inner})]\n")
    } else {
        let lines: String = keys.iter().map(|key| format!("{indent}    {key},\n")).collect();
        format!("{indent}#[{name}(\n{lines}{indent})]\n")
    }
}

/// Whether an attribute is one of a name, however it is reached: `#[model]`, `#[loopback::model(..)]`.
pub(crate) fn is(attribute: &syn::Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == name)
}

/// Whether something is there in tests only: under `#[cfg(test)]`, or a test itself.
pub(crate) fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::Path(_) => is(attribute, "test"),
        syn::Meta::List(list) if is(attribute, "cfg") => {
            let condition = list.tokens.to_string();
            let has = |word: &str| condition.split(|c: char| !c.is_alphanumeric() && c != '_').any(|it| it == word);
            has("test") && !has("not")
        }
        syn::Meta::List(_) => is(attribute, "test"),
        syn::Meta::NameValue(_) => false,
    })
}

/// A name without `r#`.
pub(crate) fn plain(ident: &syn::Ident) -> String {
    use syn::ext::IdentExt;
    ident.unraw().to_string()
}

#[cfg(test)]
mod tests {
    use super::{Source, attribute};

    #[test]
    fn places_are_those_of_the_bytes() {
        let text = "\u{feff}// é ü\nstruct Äpfel;\r\nstruct B;\n";
        let source = Source::parse("src/a.rs", text).unwrap();
        let names: Vec<_> = source
            .file
            .items
            .iter()
            .map(|item| match item {
                syn::Item::Struct(item) => source.at(item.ident.span()),
                _ => "",
            })
            .collect();
        assert_eq!(names, ["Äpfel", "B"]);
        assert_eq!(source.insert(0, "a\n"), format!("a\r\n{text}"));
    }

    #[test]
    fn lines_do_not_come_into_comments() {
        let text = "/* a\n b */ struct A; /* c\n d */\nstruct B; /* e */\nstruct C; // f";
        let source = Source::parse("src/a.rs", text).unwrap();
        let range = |at: usize| source.range(syn::spanned::Spanned::span(&source.file.items[at]));
        assert!(source.insert_before(range(0).start, "x\n").starts_with("/* a\n b */ x\nstruct A;"));
        assert!(source.insert_behind(range(0).end, "x\n").contains("struct A;\nx\n /* c\n"));
        assert!(source.insert_before(range(1).start, "x\n").contains("d */\nx\nstruct B;"));
        assert!(source.insert_behind(range(1).end, "x\n").contains("/* e */\nx\nstruct C;"));
        assert!(source.insert_behind(range(2).end, "x\n").ends_with("// f\nx\n"));
        let count = |file: &syn::File| file.items.len();
        let bad = source.insert(4, "struct D;\n");
        assert!(source.grown("src/a.rs", bad, count, 1).unwrap_err().to_string().contains("move the comment"));
        assert!(source.grown("src/a.rs", source.insert(0, "struct D;\n"), count, 1).is_ok());
    }

    #[test]
    fn long_attributes_are_broken() {
        let keys = |count: usize| (0..count).map(|at| format!("key_{at} = \"value\"")).collect::<Vec<_>>();
        assert_eq!(attribute("", "model", &keys(0)), "#[model]\n");
        assert_eq!(attribute("  ", "model", &keys(1)), "  #[model(key_0 = \"value\")]\n");
        assert!(attribute("  ", "model", &keys(6)).starts_with("  #[model(\n      key_0 = \"value\",\n"));
    }

    #[test]
    fn what_is_no_rust_is_told_with_its_line() {
        let error = Source::parse("src/a.rs", "struct A;\nstruct {").err().unwrap().to_string();
        assert!(error.starts_with("src/a.rs:2:8: this is no Rust: "), "{error}");
    }
}
