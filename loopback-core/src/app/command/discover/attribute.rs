//! Attributes, broken into lines where rustfmt breaks them.

use std::fmt::Write as _;

/// How wide what stands in brackets may be for one line.
const WIDTH: usize = 70;

/// How wide a line may be.
const LINE: usize = 100;

/// How far the inside stands in.
const STEP: &str = "    ";

/// What stands in the brackets of an attribute.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// `unique`, `table = "book"`
    Plain(String),
    /// `index(a, b)`
    List(&'static str, Vec<String>),
}

impl Item {
    pub(super) fn word(text: impl Into<String>) -> Self {
        Self::Plain(text.into())
    }

    fn on_one_line(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::List(name, inside) => format!("{name}({})", inside.join(", ")),
        }
    }

    /// Its list with an entry on each line, when it is too wide for one.
    fn broken(&self, indent: &str) -> Option<String> {
        let Self::List(name, inside) = self else { return None };
        (width(&inside.join(", ")) > WIDTH).then(|| {
            let lines: Vec<String> = inside.iter().map(|entry| format!("{indent}{STEP}{entry}")).collect();
            format!("{name}(\n{}\n{indent})", lines.join(",\n"))
        })
    }

    /// Whether rustfmt leaves an attribute with it as it is: a word or a sign stands behind `=`.
    fn is_left_alone(&self) -> bool {
        let Self::Plain(text) = self else { return false };
        let Some((_, value)) = text.split_once(" = ") else { return false };
        !value.starts_with(|c: char| c == '"' || c.is_ascii_digit()) && !matches!(value, "true" | "false")
    }
}

/// Whether it is too wide for one line with all of these.
pub(super) fn is_wide(items: &[Item]) -> bool {
    width(&joined(items)) > WIDTH
}

/// Writes an attribute; without items it has no brackets.
pub(super) fn attribute(out: &mut String, indent: &str, name: &str, items: &[Item]) {
    let inside = match items {
        [] => {
            let _ = writeln!(out, "{indent}#[{name}]");
            return;
        }
        items if items.iter().any(Item::is_left_alone) || !is_wide(items) => joined(items),
        // The brackets of a list that stands alone are one with those of the attribute.
        [one @ Item::Plain(text)] if width(indent) + width(name) + width(text) + "#[()]".len() <= LINE => {
            one.on_one_line()
        }
        [one @ Item::List(..)] => one.broken(indent).unwrap_or_else(|| one.on_one_line()),
        items => {
            let inner = format!("{indent}{STEP}");
            let item = |item: &Item| item.broken(&inner).unwrap_or_else(|| item.on_one_line());
            let lines: Vec<String> = items.iter().map(|one| format!("{inner}{}", item(one))).collect();
            format!("\n{}\n{indent}", lines.join(",\n"))
        }
    };
    let _ = writeln!(out, "{indent}#[{name}({inside})]");
}

fn joined(items: &[Item]) -> String {
    items.iter().map(Item::on_one_line).collect::<Vec<_>>().join(", ")
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(items: &[Item]) -> String {
        let mut out = String::new();
        attribute(&mut out, "  ", "model", items);
        out
    }

    fn list(inside: &[&str]) -> Item {
        Item::List("unique", inside.iter().map(|entry| (*entry).to_owned()).collect())
    }

    #[test]
    fn attributes_are_broken_where_rustfmt_breaks_them() {
        let (long, table) = ("a".repeat(69), Item::word(format!("table = \"{}\"", "x".repeat(70))));
        let shown = table.on_one_line();
        assert_eq!(of(&[]), "  #[model]\n");
        assert_eq!(of(&[Item::word("id"), list(&["a", "b"])]), "  #[model(id, unique(a, b))]\n");
        assert_eq!(of(std::slice::from_ref(&table)), format!("  #[model({shown})]\n"));
        assert_eq!(of(&[table.clone(), list(&["a"])]), format!("  #[model(\n      {shown},\n      unique(a)\n  )]\n"));
        assert_eq!(of(&[list(&["a", &long[..67]])]), format!("  #[model(unique(a, {}))]\n", &long[..67]));
        assert_eq!(of(&[list(&["a", &long])]), format!("  #[model(unique(\n      a,\n      {long}\n  ))]\n"));
        assert_eq!(
            of(&[Item::word("id"), list(&["a", &long])]),
            format!("  #[model(\n      id,\n      unique(\n          a,\n          {long}\n      )\n  )]\n")
        );
    }

    #[test]
    fn what_rustfmt_does_not_read_stays_on_its_line() {
        let long = Item::word(format!("column = \"{}\"", "x".repeat(80)));
        let shown = long.on_one_line();
        assert_eq!(of(&[long.clone(), Item::word("default = now")]), format!("  #[model({shown}, default = now)]\n"));
        assert_eq!(of(&[long]), format!("  #[model(\n      {shown}\n  )]\n"));
    }
}
