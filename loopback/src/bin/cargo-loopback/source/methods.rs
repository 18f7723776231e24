//! Functions of a model: in the impl block with `#[model]` that it has, or in a new one.

use super::{Source, is, plain};
use crate::fault::Result;
use syn::spanned::Spanned;
use syn::{Item, ItemImpl, Type};

/// rustfmt's width of a line, unless an application sets another.
pub(crate) const WIDTH: usize = 100;

/// The text with a function more of a model; the function is lines indented by four.
///
/// # Errors
/// The file is no Rust.
pub(crate) fn with_function(path: &str, text: &str, model: &str, function: &str) -> Result<String> {
    let source = Source::parse(path, text)?;
    let block = source.file.items.iter().rev().find_map(|item| match item {
        Item::Impl(item) if is_of(item, model) => Some(item),
        _ => None,
    });
    let text = match block {
        Some(block) => into(&source, block, function),
        None => beside(&source, model, function),
    };
    source.grown(path, text, |file| functions(file, model), 1)
}

fn functions(file: &syn::File, model: &str) -> usize {
    let blocks = file.items.iter().filter_map(|item| match item {
        Item::Impl(item) if is_of(item, model) => Some(item),
        _ => None,
    });
    blocks.map(|block| block.items.len()).sum()
}

/// The text with the function at the end of a block.
fn into(source: &Source<'_>, block: &ItemImpl, function: &str) -> String {
    let close = source.range(block.brace_token.span.close()).start;
    let line = source.line_start(close);
    let gap = if block.items.is_empty() { "" } else { "\n" };
    if source.text[line..close].trim().is_empty() {
        return source.insert(line, &format!("{gap}{function}"));
    }
    source.insert(close, &format!("\n{gap}{function}"))
}

/// The text with a block of its own for the function, below the struct.
fn beside(source: &Source<'_>, model: &str, function: &str) -> String {
    let new = format!("\n#[model]\nimpl {model} {{\n{function}}}\n");
    let item = source.file.items.iter().find(|item| matches!(item, Item::Struct(item) if plain(&item.ident) == model));
    let Some(item) = item else { return format!("{}\n{new}", source.text.trim_end()) };
    source.insert_behind(source.range(item.span()).end, &new)
}

fn is_of(item: &ItemImpl, model: &str) -> bool {
    let ours = item.attrs.iter().any(|it| is(it, "model"));
    ours && matches!(&*item.self_ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == model))
}

/// The head of a function as rustfmt writes it, indented by four.
pub(crate) fn head(name: &str, parameters: &[String], answer: &str) -> String {
    let one = format!("    async fn {name}({}) -> {answer} {{\n", parameters.join(", "));
    // The line end does not count.
    if one.chars().count() <= WIDTH + 1 && !parameters.iter().any(|it| it.contains('\n')) {
        return one;
    }
    let lines: String = parameters.iter().map(|parameter| format!("        {parameter},\n")).collect();
    format!("    async fn {name}(\n{lines}    ) -> {answer} {{\n")
}

#[cfg(test)]
mod tests {
    use super::{head, with_function};

    const FUNCTION: &str = "    async fn b() -> Result<()> {\n        Ok(())\n    }\n";

    #[test]
    fn a_function_comes_into_the_block_that_is_there() {
        let text =
            "#[model]\nstruct A {}\n\nimpl A {}\n\n#[model]\nimpl A {\n    // odd\n    fn  a() {}\n}\n\nfn rest() {}\n";
        let expected = "#[model]\nstruct A {}\n\nimpl A {}\n\n#[model]\nimpl A {\n    // odd\n    fn  a() {}\n\n    async fn b() -> Result<()> {\n        Ok(())\n    }\n}\n\nfn rest() {}\n";
        assert_eq!(with_function("a.rs", text, "A", FUNCTION).unwrap(), expected);
    }

    #[test]
    fn a_block_is_made_below_the_struct() {
        let text = "#[model]\nstruct A {}\n\nfn rest() {}\n";
        let expected = "#[model]\nstruct A {}\n\n#[model]\nimpl A {\n    async fn b() -> Result<()> {\n        Ok(())\n    }\n}\n\nfn rest() {}\n";
        assert_eq!(with_function("a.rs", text, "A", FUNCTION).unwrap(), expected);
    }

    #[test]
    fn a_block_does_not_come_into_a_comment() {
        let text = "#[model]\nstruct A {} /* this is\n a note */\n";
        let expected = "#[model]\nstruct A {}\n\n#[model]\nimpl A {\n    async fn b() -> Result<()> {\n        Ok(())\n    }\n}\n /* this is\n a note */\n";
        assert_eq!(with_function("a.rs", text, "A", FUNCTION).unwrap(), expected);
    }

    #[test]
    fn long_heads_are_broken() {
        assert_eq!(head("a", &["b: i64".into()], "Result<()>"), "    async fn a(b: i64) -> Result<()> {\n");
        let many: Vec<_> = (0..6).map(|at| format!("argument_{at}: Option<String>")).collect();
        let text = head("a", &many, "Result<()>");
        assert!(text.starts_with("    async fn a(\n        argument_0: Option<String>,\n"), "{text}");
        assert!(text.ends_with(",\n    ) -> Result<()> {\n"), "{text}");
    }
}
