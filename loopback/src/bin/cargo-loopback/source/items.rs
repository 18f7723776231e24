//! Items in their place: `mod a;` and `use b;` stand sorted, as rustfmt sorts them.

use super::Source;
use crate::fault::Result;
use syn::Item;
use syn::spanned::Spanned;

/// The text with `mod name;`, and with what is said before it: `pub `.
///
/// # Errors
/// The file is no Rust.
pub(crate) fn with_mod(path: &str, text: &str, before: &str, name: &str) -> Result<String> {
    let source = Source::parse(path, text)?;
    if source.file.items.iter().any(|item| matches!(item, Item::Mod(item) if item.ident == name)) {
        return Ok(text.to_owned());
    }
    let line = format!("{before}mod {name};");
    let group = group(&source, |item| matches!(item, Item::Mod(item) if item.content.is_none()));
    let key = |item: &Item| match item {
        Item::Mod(item) => item.ident.to_string(),
        _ => String::new(),
    };
    let text = sorted(&source, &group, &line, |item| key(item).as_str() > name, false);
    source.grown(path, text, |file| file.items.len(), 1)
}

/// The text with `use path;`, and with what is said before it: `pub `.
///
/// # Errors
/// The file is no Rust.
pub(crate) fn with_use(path: &str, text: &str, before: &str, import: &str) -> Result<String> {
    let source = Source::parse(path, text)?;
    let line = format!("{before}use {import};");
    let group = group(&source, |item| matches!(item, Item::Use(_)));
    if group.iter().any(|item| source.at(item.span()).trim() == line) {
        return Ok(text.to_owned());
    }
    let key = |item: &Item| match item {
        Item::Use(item) => rank(source.at(item.tree.span())),
        _ => rank(""),
    };
    let text = sorted(&source, &group, &line, |item| key(item) > rank(import), true);
    source.grown(path, text, |file| file.items.len(), 1)
}

/// rustfmt's order: what is near first, then by name.
fn rank(import: &str) -> (usize, String) {
    let near = ["self", "super", "crate"].iter().position(|word| import.split("::").next() == Some(*word));
    (near.unwrap_or(3), import.to_owned())
}

/// The first items of a kind that stand together, without a blank line between them.
fn group<'s>(source: &'s Source<'_>, of_kind: impl Fn(&Item) -> bool) -> Vec<&'s Item> {
    let mut group: Vec<&Item> = Vec::new();
    for item in source.file.items.iter().filter(|item| of_kind(item)) {
        if let Some(last) = group.last() {
            let between = source.range(last.span()).end..source.range(item.span()).start;
            // A comment does not part them, a blank line does.
            if source.text[between].replace('\r', "").contains("\n\n") {
                break;
            }
        }
        group.push(item);
    }
    group
}

fn sorted(source: &Source<'_>, group: &[&Item], line: &str, after: impl Fn(&Item) -> bool, is_use: bool) -> String {
    if let Some(next) = group.iter().find(|item| after(item)) {
        let start = source.range(next.span()).start;
        let mut at = source.line_start(start);
        if !source.text[at..start].trim().is_empty() {
            return source.insert_before(start, &format!("{line}\n"));
        }
        // A comment right above belongs to the item.
        while let Some(above) = at.checked_sub(1).map(|end| source.line_start(end)) {
            let text = source.text[above..at].trim_start();
            if !text.starts_with("//") || text.starts_with("//!") {
                break;
            }
            at = above;
        }
        return source.insert(at, &format!("{line}\n"));
    }
    if let Some(last) = group.last() {
        return behind(source, last, &format!("{line}\n"));
    }
    // The first of its kind: modules before everything, imports behind modules.
    let last_mod = source.file.items.iter().rfind(|item| matches!(item, Item::Mod(item) if item.content.is_none()));
    if let Some(last) = last_mod.filter(|_| is_use) {
        return behind(source, last, &format!("\n{line}\n"));
    }
    match source.file.items.first() {
        Some(first) => source.insert_before(source.range(first.span()).start, &format!("{line}\n\n")),
        None if source.text.trim().is_empty() => format!("{line}\n"),
        None => format!("{}\n\n{line}\n", source.text.trim_end()),
    }
}

/// A line below an item.
fn behind(source: &Source<'_>, item: &Item, line: &str) -> String {
    source.insert_behind(source.range(item.span()).end, line)
}

#[cfg(test)]
mod tests {
    use super::{with_mod, with_use};

    #[test]
    fn modules_and_their_models_stand_sorted() {
        let mut text = "//! The models.\n".to_owned();
        for (file, model) in [("review", "Review"), ("coffee_shop", "CoffeeShop"), ("visit", "Visit")] {
            text = with_mod("m.rs", &text, "", file).unwrap();
            text = with_use("m.rs", &text, "pub ", &format!("{file}::{model}")).unwrap();
        }
        assert_eq!(
            text,
            "//! The models.\n\nmod coffee_shop;\nmod review;\nmod visit;\n\npub use coffee_shop::CoffeeShop;\npub use review::Review;\npub use visit::Visit;\n"
        );
        assert_eq!(with_mod("m.rs", &text, "", "visit").unwrap(), text);
        assert_eq!(with_use("m.rs", &text, "pub ", "visit::Visit").unwrap(), text);
    }

    #[test]
    fn comments_and_what_follows_stay() {
        let text = "//! Doc.\n\n// Why a.\nmod a; // a\n/// B.\npub mod b;\n\nfn main() {}\n";
        let expected = "//! Doc.\n\n// Why a.\nmod a; // a\n/// B.\npub mod b;\nmod c;\n\nfn main() {}\n";
        assert_eq!(with_mod("m.rs", text, "", "c").unwrap(), expected);
        let text = "use a::B;\n// Why.\nuse c::D;\n";
        assert_eq!(with_use("m.rs", text, "", "b::C").unwrap(), "use a::B;\nuse b::C;\n// Why.\nuse c::D;\n");
        let text = "use loopback::prelude::*;\n\n/// A.\nstruct A;";
        let expected = "use crate::models::B;\nuse loopback::prelude::*;\n\n/// A.\nstruct A;";
        assert_eq!(with_use("m.rs", text, "", "crate::models::B").unwrap(), expected);
        assert_eq!(with_use("m.rs", "mod a;", "", "b::C").unwrap(), "mod a;\n\nuse b::C;\n");
        assert_eq!(with_mod("m.rs", "use b::C;\n", "pub ", "a").unwrap(), "pub mod a;\n\nuse b::C;\n");
    }

    #[test]
    fn what_is_on_the_line_of_an_item_stays_what_it_is() {
        let text = "/* License\n text */ use b::C;\n";
        assert_eq!(with_mod("m.rs", text, "", "a").unwrap(), "/* License\n text */ mod a;\n\nuse b::C;\n");
        assert_eq!(with_use("m.rs", text, "", "a::B").unwrap(), "/* License\n text */ use a::B;\nuse b::C;\n");
        let text = "#![allow(dead_code)] use b::C;\n";
        assert_eq!(with_mod("m.rs", text, "", "a").unwrap(), "#![allow(dead_code)] mod a;\n\nuse b::C;\n");
        let text = "mod a; /* this\n is a */\n";
        assert_eq!(with_mod("m.rs", text, "", "b").unwrap(), "mod a;\nmod b;\n /* this\n is a */\n");
        let text = "/* a\n// b */\nuse b::C;\n";
        assert!(with_use("m.rs", text, "", "a::B").unwrap_err().to_string().contains("move the comment"));
    }
}
