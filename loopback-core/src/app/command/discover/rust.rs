//! Models as Rust source, laid out as rustfmt does it. Names and comments of the database are data: they are escaped, and
//! no line of theirs is more than a comment.

use super::attribute::{Item, attribute, is_wide};
use super::draft::{Back, Draft, Field, Index, Link};
use super::names::written;
use super::text::{literal as text, markdown, visible};
use crate::connector::sql::schema::discover::FoundDefault;
use crate::graph::{Kind, snake_case};
use crate::meta::OnDelete;
use serde_json::Value as Json;
use std::fmt::Write as _;

/// How wide a line may be.
const WIDTH: usize = 100;

/// Digits of a decimal that needs no options.
const DECIMAL: (u32, u32) = (28, 10);

/// The source of models. `source` is named where it is not the default.
pub(super) fn source(drafts: &[Draft], head: &[String], source: Option<&str>) -> String {
    let mut out = String::new();
    for line in head {
        comment(&mut out, "", line);
    }
    out.push_str("\nuse loopback::prelude::*;\n");
    for draft in drafts {
        out.push('\n');
        model(&mut out, draft, source);
    }
    out
}

fn model(out: &mut String, draft: &Draft, source: Option<&str>) {
    doc(out, "", &draft.doc);
    for note in &draft.notes {
        comment(out, "", note);
    }
    let mut options = Vec::new();
    if snake_case(&draft.name) != draft.table {
        options.push(Item::word(format!("table = {}", text(&draft.table))));
    }
    if let Some(plural) = &draft.plural {
        options.push(Item::word(format!("plural = {}", text(plural))));
    }
    if let Some(source) = source {
        options.push(Item::word(format!("data_source = {}", text(source))));
    }
    if draft.free {
        options.push(Item::word("strict = false"));
    }
    if draft.gives_ids {
        options.push(Item::word("force_id = false"));
    }
    for Index { fields, unique } in &draft.indexes {
        let fields: Vec<String> = fields.iter().map(|at| written(&draft.fields[*at].name)).collect();
        options.push(Item::List(if *unique { "unique" } else { "index" }, fields));
    }
    attribute(out, "", "model", &options);
    let _ = writeln!(out, "pub struct {} {{", draft.name);
    for field in &draft.fields {
        property(out, field);
    }
    for back in &draft.backs {
        other_end(out, back);
    }
    out.push_str("}\n");
}

fn property(out: &mut String, field: &Field) {
    doc(out, INDENT, &field.doc);
    for note in &field.notes {
        comment(out, INDENT, note);
    }
    let options = property_options(field);
    // Each key of its own where they are too many for a line: rustfmt has nothing to break then.
    if is_wide(&options) {
        for option in &options {
            attribute(out, INDENT, "property", std::slice::from_ref(option));
        }
    } else if !options.is_empty() {
        attribute(out, INDENT, "property", &options);
    }
    let mut ty = match &field.link {
        None => type_of(&field.kind).to_owned(),
        Some(link) => {
            let options = relation_options(link);
            if !options.is_empty() {
                attribute(out, INDENT, "relation", &options);
            }
            match &link.to {
                None => format!("BelongsTo<{}>", link.model),
                Some(to) if to.nullable => format!("BelongsTo<{}, Option<{}>>", link.model, type_of(&field.kind)),
                Some(_) => format!("BelongsTo<{}, {}>", link.model, type_of(&field.kind)),
            }
        }
    };
    if field.nullable {
        ty = format!("Option<{ty}>");
    }
    declaration(out, &field.name, &ty);
}

fn property_options(field: &Field) -> Vec<Item> {
    let mut options = Vec::new();
    let mut flag = |on: bool, name: &str| {
        if on {
            options.push(Item::word(name));
        }
    };
    flag(field.id, "id");
    flag(field.generated, "generated");
    let (usual_column, usual_name) = match &field.link {
        None => (field.name.clone(), field.json.clone()),
        Some(link) => (format!("{}_id", field.name), format!("{}Id", link.json)),
    };
    if field.json != usual_name {
        options.push(Item::word(format!("name = {}", text(&field.json))));
    }
    if field.column != usual_column {
        options.push(Item::word(format!("column = {}", text(&field.column))));
    }
    if field.unique {
        options.push(Item::word("unique"));
    } else if field.index && field.link.is_none() {
        // A key has one without being told.
        options.push(Item::word("index"));
    }
    options.extend(default(&field.default).map(Item::Plain));
    if field.link.is_none() {
        options.extend(sql(field));
        if let Kind::Enum(words) = &field.kind {
            let words: Vec<String> = words.iter().map(|word| text(word)).collect();
            options.push(Item::List("inclusion", words));
        }
    }
    options
}

fn relation_options(link: &Link) -> Vec<Item> {
    let mut options = Vec::new();
    if let Some(to) = &link.to {
        options.push(Item::word(format!("primary_key = {}", written(&to.field))));
    }
    match link.on_delete {
        OnDelete::Restrict => {}
        OnDelete::Cascade => options.push(Item::word("on_delete = cascade")),
        OnDelete::SetNull => options.push(Item::word("on_delete = set_null")),
    }
    if link.unsaid.is_some() {
        options.push(Item::word("foreign_key_constraint = false"));
    }
    options
}

fn other_end(out: &mut String, back: &Back) {
    let mut options = Vec::new();
    if let Some(through) = &back.through {
        options.push(Item::word(format!("through = {}", through.model)));
    }
    if let Some(field) = &back.foreign_key {
        options.push(Item::word(format!("foreign_key = {}", written(field))));
    }
    if !options.is_empty() {
        attribute(out, INDENT, "relation", &options);
    }
    let kind = if back.one { "HasOne" } else { "HasMany" };
    declaration(out, &back.field, &format!("{kind}<{}>", back.model));
}

const INDENT: &str = "    ";

fn declaration(out: &mut String, field: &str, ty: &str) {
    let field = written(field);
    let line = format!("{INDENT}pub {field}: {ty},");
    if line.chars().count() > WIDTH {
        let _ = writeln!(out, "{INDENT}pub {field}:\n{INDENT}{INDENT}{ty},");
    } else {
        let _ = writeln!(out, "{line}");
    }
}

fn sql(field: &Field) -> Option<Item> {
    match (&field.kind, field.length) {
        (Kind::Decimal { precision, scale }, _) if (*precision, *scale) != DECIMAL => {
            let inside = vec![format!("precision = {precision}"), format!("scale = {scale}")];
            Some(Item::List("sql", inside))
        }
        (Kind::String, Some(length)) => Some(Item::List("sql", vec![format!("length = {length}")])),
        _ => None,
    }
}

fn default(default: &FoundDefault) -> Option<String> {
    Some(match default {
        FoundDefault::None | FoundDefault::Other(_) => return None,
        FoundDefault::Now => "default = now".to_owned(),
        FoundDefault::Uuid => "default = uuid".to_owned(),
        FoundDefault::Literal(Json::String(value)) => format!("default = {}", text(value)),
        FoundDefault::Literal(Json::Number(value)) => match value.as_f64().filter(|_| !value.is_i64()) {
            Some(number) => format!("default = {number:?}"),
            None => format!("default = {value}"),
        },
        FoundDefault::Literal(value) => format!("default = {value}"),
    })
}

fn type_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::String | Kind::Enum(_) => "String",
        Kind::Integer { min, max } => {
            let holds = |least: i64, most: i64| *min >= least && *max <= most;
            match () {
                () if holds(i8::MIN.into(), i8::MAX.into()) => "i8",
                () if holds(i16::MIN.into(), i16::MAX.into()) => "i16",
                () if holds(0, u16::MAX.into()) => "u16",
                () if holds(i32::MIN.into(), i32::MAX.into()) => "i32",
                () if holds(0, u32::MAX.into()) => "u32",
                () => "i64",
            }
        }
        Kind::Number => "f64",
        Kind::Boolean => "bool",
        Kind::DateTime => "DateTime<Utc>",
        Kind::Date => "NaiveDate",
        Kind::Decimal { .. } => "Decimal",
        Kind::Uuid => "Uuid",
        Kind::Bytes => "Vec<u8>",
        Kind::GeoPoint | Kind::Array(_) | Kind::Object(_) | Kind::Any => "loopback::serde_json::Value",
    }
}

/// A line of a comment for people.
fn comment(out: &mut String, indent: &str, line: &str) {
    let _ = writeln!(out, "{indent}// {}", visible(line).trim());
}

/// A comment of the database as documentation. It is Markdown there, of which nothing may become code: a test would run it.
fn doc(out: &mut String, indent: &str, comment: &str) {
    for line in comment.lines().map(|line| markdown(&visible(line))).filter(|line| !line.is_empty()) {
        let _ = writeln!(out, "{indent}/// {line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_of_the_database_is_no_code() {
        let mut out = String::new();
        doc(
            &mut out,
            "",
            "```rust\nfs::remove()\n```\n    indented()\n\t- ~~~\r\n*/ pub struct X; <b> [a](b) \\\u{2028}next\r!",
        );
        let lines: Vec<&str> = out.lines().collect();
        let expected = [
            "/// \\`\\`\\`rust",
            "/// fs::remove()",
            "/// \\`\\`\\`",
            "/// indented()",
            "/// - \\~\\~\\~",
            "/// */ pub struct X; \\<b> \\[a](b) \\\\ next !",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_note_is_one_line() {
        let mut out = String::new();
        comment(&mut out, "    ", "default: 'a\nb\u{0}c\u{202e}d'");
        assert_eq!(out, "    // default: 'a b c\\u{202e}d'\n");
    }

    #[test]
    fn a_long_type_has_its_own_line() {
        let mut out = String::new();
        let name = "x".repeat(60);
        declaration(&mut out, "type", &format!("BelongsTo<{name}>"));
        assert_eq!(out, format!("    pub r#type: BelongsTo<{name}>,\n"));
        out.clear();
        declaration(&mut out, &name, &format!("BelongsTo<{name}>"));
        assert_eq!(out, format!("    pub {name}:\n        BelongsTo<{name}>,\n"));
    }
}
