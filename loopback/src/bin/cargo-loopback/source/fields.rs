//! What is added to a struct: fields at its end, attributes above it.

use super::{Source, is, plain};
use crate::fault::{Result, fault};
use syn::spanned::Spanned;
use syn::{Fields, Item, ItemStruct};

/// The text with further fields of a model, which are lines indented by four.
///
/// # Errors
/// The file is no Rust, or the model is not there.
pub(crate) fn with_fields(path: &str, text: &str, model: &str, lines: &str) -> Result<String> {
    let source = Source::parse(path, text)?;
    let item = model_of(&source, path, model)?;
    let Fields::Named(fields) = &item.fields else {
        return Err(fault(format!("{model} in {path} has no fields with names")));
    };
    let close = source.range(fields.brace_token.span.close()).start;
    let outer = source.indent(source.range(item.struct_token.span()).start);
    let lines: String = lines.lines().map(|line| format!("{outer}{line}\n")).collect();
    let line = source.line_start(close);
    let alone = source.text[line..close].trim().is_empty();
    let mut out = if alone { source.insert(line, &lines) } else { source.insert(close, &format!("\n{lines}{outer}")) };
    if let Some(last) = fields.named.last().filter(|_| !fields.named.trailing_punct()) {
        // Before what was inserted: places up to here are the same.
        out.insert(source.range(last.span()).end, ',');
    }
    let added = lines.lines().filter(|line| line.trim_start().starts_with("pub ")).count();
    source.grown(path, out, |file| structs(file).map(|item| item.fields.len()).sum(), added)
}

fn structs(file: &syn::File) -> impl Iterator<Item = &ItemStruct> {
    file.items.iter().filter_map(|item| match item {
        Item::Struct(item) => Some(item),
        _ => None,
    })
}

/// The text with an attribute more of a model, below those that it has.
///
/// # Errors
/// The file is no Rust, or the model is not there.
pub(crate) fn with_attribute(path: &str, text: &str, model: &str, attribute: &str) -> Result<String> {
    let source = Source::parse(path, text)?;
    let item = model_of(&source, path, model)?;
    // Behind the last rule or else behind `#[model]`, in which order they are read.
    let last = item.attrs.iter().rfind(|it| is(it, "acl")).or_else(|| item.attrs.iter().rfind(|it| is(it, "model")));
    let Some(last) = last else { return Err(fault(format!("{model} in {path} has no `#[model]`"))) };
    let range = source.range(last.span());
    let indent = source.indent(range.start);
    let rest = &source.text[range.end..source.line_end(range.end)];
    let text = if rest.trim().is_empty() || rest.trim_start().starts_with("//") {
        source.insert(source.line_end(range.end), &format!("{indent}{attribute}\n"))
    } else {
        source.insert(range.end, &format!("\n{indent}{attribute}\n{indent}"))
    };
    source.grown(path, text, |file| structs(file).map(|item| item.attrs.len()).sum(), 1)
}

fn model_of<'s>(source: &'s Source<'_>, path: &str, model: &str) -> Result<&'s ItemStruct> {
    structs(&source.file)
        .filter(|item| item.attrs.iter().any(|it| is(it, "model")))
        .find(|item| plain(&item.ident) == model)
        .ok_or_else(|| fault(format!("{path} has no model {model}")))
}

#[cfg(test)]
mod tests {
    use super::{with_attribute, with_fields};

    const FIELDS: &str = "    #[property(index)]\n    pub b: i64,\n";

    #[test]
    fn fields_come_last_and_the_rest_stays() {
        for (text, expected) in [
            (
                "// c\n#[model]\npub struct A {\n    pub  a : i64, // odd\n    // end\n}\n",
                "// c\n#[model]\npub struct A {\n    pub  a : i64, // odd\n    // end\n    #[property(index)]\n    pub b: i64,\n}\n",
            ),
            (
                "#[model]\nstruct A {\n    a: i64\n}\n",
                "#[model]\nstruct A {\n    a: i64,\n    #[property(index)]\n    pub b: i64,\n}\n",
            ),
            ("#[model]\nstruct A {}\n", "#[model]\nstruct A {\n    #[property(index)]\n    pub b: i64,\n}\n"),
            (
                "#[model]\nstruct A { a: i64 }\n",
                "#[model]\nstruct A { a: i64, \n    #[property(index)]\n    pub b: i64,\n}\n",
            ),
        ] {
            assert_eq!(with_fields("a.rs", text, "A", FIELDS).unwrap(), expected);
        }
        let windows = "#[model]\r\nstruct A {\r\n    a: i64,\r\n}\r\n";
        let expected = "#[model]\r\nstruct A {\r\n    a: i64,\r\n    #[property(index)]\r\n    pub b: i64,\r\n}\r\n";
        assert_eq!(with_fields("a.rs", windows, "A", FIELDS).unwrap(), expected);
    }

    #[test]
    fn rules_stand_in_the_order_in_which_they_come() {
        let text = "/// A.\n#[model] // why\n#[derive(Clone)]\nstruct A {}\n";
        let once = with_attribute("a.rs", text, "A", "#[acl(deny, \"$everyone\")]").unwrap();
        let twice = with_attribute("a.rs", &once, "A", "#[acl(allow, \"admin\")]").unwrap();
        assert_eq!(
            twice,
            "/// A.\n#[model] // why\n#[acl(deny, \"$everyone\")]\n#[acl(allow, \"admin\")]\n#[derive(Clone)]\nstruct A {}\n"
        );
        assert_eq!(
            with_attribute("a.rs", "#[model] struct A {}", "A", "#[x]").unwrap(),
            "#[model]\n#[x]\n struct A {}"
        );
    }
}
