//! Names of tables and columns as names of Rust and of JSON. What the database calls something may be any text.

use crate::graph::{camel_case, pluralize, snake_case};
use std::collections::HashSet;

/// The most bytes of a model's name, as definitions have it.
const LONGEST: usize = 60;

/// Words of Rust, those of coming editions included.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Those of them that are no names even as `r#self`.
const NEVER: &[&str] = &["self", "super", "crate"];

/// What models cannot be called, in lower case: what the source itself or nearly every file of models names, and the
/// framework's own models.
const TAKEN: &[&str] = &[
    // Rust
    "self",
    "option",
    "some",
    "none",
    "result",
    "ok",
    "err",
    "string",
    "vec",
    "box",
    "copy",
    "clone",
    "send",
    "sync",
    "default",
    "iterator",
    "drop",
    "fn",
    "from",
    "into",
    // The prelude of the framework
    "app",
    "belongsto",
    "belongstoany",
    "ctx",
    "datetime",
    "decimal",
    "embedsmany",
    "embedsone",
    "entity",
    "error",
    "filter",
    "geopoint",
    "hasandbelongstomany",
    "hasmany",
    "hasone",
    "model",
    "naivedate",
    "patch",
    "persistedmodel",
    "prop",
    "referencesmany",
    "utc",
    "uuid",
    "value",
    // Its models
    "user",
    "accesstoken",
    "acl",
    "role",
    "rolemapping",
    "scope",
    "application",
    "email",
    "change",
    "loginattempt",
    "accesslog",
    "outboxemail",
    "persistedmodel",
    "datamodel",
    "keyvaluemodel",
    "checkpoint",
];

/// Words of the filter language, where a relation's name could stand as well.
const FILTER_WORDS: &[&str] = &["and", "or", "nor"];

/// Names of models that are in use, with those of their plurals.
#[derive(Debug, Default)]
pub(super) struct ModelNames {
    names: HashSet<String>,
    plurals: HashSet<String>,
}

/// What a model is called.
#[derive(Debug, PartialEq)]
pub(super) struct ModelName {
    pub(super) name: String,
    /// The plural, where the usual one is another model's.
    pub(super) plural: Option<String>,
    /// Whether another model, or Rust, has the name that it would have had.
    pub(super) changed: bool,
}

impl ModelNames {
    /// A model of the app.
    pub(super) fn add(&mut self, name: &str, plural: &str) {
        let lower = name.to_lowercase();
        self.names.insert(format!("{lower}props"));
        self.names.insert(lower);
        self.plurals.insert(plural.to_lowercase());
    }

    /// The name of a table's model.
    pub(super) fn of(&mut self, table: &str) -> ModelName {
        let wanted = pascal_case(table);
        let free = |name: &str| {
            let lower = name.to_lowercase();
            // `#[model]` makes a type of this name beside the struct.
            let props = format!("{lower}props");
            !TAKEN.contains(&&*lower) && !self.names.contains(&lower) && !self.names.contains(&props)
        };
        let mut name = wanted.clone();
        if TAKEN.contains(&&*wanted.to_lowercase()) {
            name = format!("{wanted}Row");
        }
        let base = name.clone();
        let mut count = 2;
        while !free(&name) {
            name = format!("{base}{count}");
            count += 1;
        }
        let mut plural = None;
        let usual = pluralize(&name);
        let mut path = usual.clone();
        let mut count = 2;
        while self.plurals.contains(&path.to_lowercase()) {
            path = format!("{usual}{count}");
            plural = Some(path.clone());
            count += 1;
        }
        self.add(&name, &path);
        let changed = name != wanted;
        ModelName { name, plural, changed }
    }
}

/// The names of the fields of a model, and those of its JSON: neither may stand twice.
#[derive(Debug, Default)]
pub(super) struct FieldNames {
    fields: HashSet<String>,
    json: HashSet<String>,
}

impl FieldNames {
    /// A field for a column, `at` of its table, and its JSON name.
    pub(super) fn of_column(&mut self, column: &str, at: usize) -> (String, String) {
        let wanted = field_name(column, at);
        let name = self.free(&[&wanted], |field| self.is_free(field));
        self.take(&name, &camel_case(&name));
        let json = camel_case(&name);
        (name, json)
    }

    /// A field for a relation: one of the wanted names, or with a number.
    pub(super) fn of_relation(&mut self, wanted: &[&str]) -> (String, String) {
        let name = self.free(wanted, |field| self.is_free(field) && !FILTER_WORDS.contains(&&*camel_case(field)));
        let json = camel_case(&name);
        self.take(&name, &json);
        (name, json)
    }

    /// The JSON name of the key that a relation stores: that of the column, if nothing else has it.
    pub(super) fn of_key(&mut self, relation: &str, column: &str, at: usize) -> String {
        let usual = format!("{}Id", camel_case(relation));
        let own = camel_case(&field_name(column, at));
        let json = [&own, &usual].into_iter().find(|json| json.ends_with("Id") && !self.json.contains(*json));
        let json = json.cloned().unwrap_or_else(|| self.free_json(&usual));
        self.json.insert(json.clone());
        json
    }

    fn free_json(&self, usual: &str) -> String {
        let mut json = usual.to_owned();
        let mut count = 2;
        while self.json.contains(&json) {
            json = format!("{usual}{count}");
            count += 1;
        }
        json
    }

    fn is_free(&self, field: &str) -> bool {
        !self.fields.contains(field) && !self.json.contains(&camel_case(field))
    }

    fn free(&self, wanted: &[&str], is_free: impl Fn(&str) -> bool) -> String {
        if let Some(name) = wanted.iter().find(|name| is_free(name)) {
            return (*name).to_owned();
        }
        let first = wanted.last().copied().unwrap_or("other");
        let mut count = 2;
        loop {
            let name = format!("{first}{count}");
            if is_free(&name) {
                return name;
            }
            count += 1;
        }
    }

    fn take(&mut self, field: &str, json: &str) {
        self.fields.insert(field.to_owned());
        self.json.insert(json.to_owned());
    }
}

/// A field as source has it: `r#type`.
pub(super) fn written(field: &str) -> String {
    if KEYWORDS.contains(&field) { format!("r#{field}") } else { field.to_owned() }
}

/// The field of a column: `opened_at` of `openedAt`, `first_name` of `first name`, `_2nd` of `2nd`.
fn field_name(column: &str, at: usize) -> String {
    let mut name = words(&snake_case(column), '_');
    // Lower case has a dot in some languages that is a character of its own.
    if column.starts_with('_') && !name.starts_with('_') {
        name.insert(0, '_');
    }
    if name.chars().all(|c| c == '_') {
        return format!("column_{}", at + 1);
    }
    if name.starts_with(|c: char| c.is_numeric()) {
        name.insert(0, '_');
    }
    if NEVER.contains(&&*name) {
        name.push('_');
    }
    name
}

/// The relation of a key's column: `author` of `author_id`.
pub(super) fn stem(column: &str, at: usize) -> String {
    let name = field_name(column, at);
    let stem = ["_id", "_key", "_fk", "_uuid"].into_iter().find_map(|end| name.strip_suffix(end));
    match stem.filter(|stem| !stem.trim_matches('_').is_empty()) {
        Some(stem) if NEVER.contains(&stem) => format!("{stem}_"),
        Some(stem) => stem.to_owned(),
        None => name,
    }
}

/// `OrderItem` of `order_item`, `Table2nd` of `2nd`.
fn pascal_case(table: &str) -> String {
    let mut name = String::new();
    let table: String = table.chars().map(plain_letters).collect();
    for word in words(&table, ' ').split(' ').flat_map(|word| word.split('_')) {
        // A table in capitals is not shouting.
        let capitals = word.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase);
        let mut chars = word.chars();
        if let Some(first) = chars.next() {
            name.extend(first.to_uppercase());
            let rest = chars.as_str();
            if capitals { name.push_str(&rest.to_lowercase()) } else { name.push_str(rest) }
        }
    }
    if !name.starts_with(char::is_alphabetic) {
        name.insert_str(0, "Table");
    }
    while name.len() > LONGEST - 4 {
        name.pop();
    }
    name
}

/// A letter of a model's name, which is part of a path: the router knows letters of ASCII.
fn plain_letters(c: char) -> String {
    let plain = match c {
        'à'..='å' => "a",
        'À'..='Å' => "A",
        'æ' => "ae",
        'Æ' => "Ae",
        'ç' => "c",
        'Ç' => "C",
        'è'..='ë' => "e",
        'È'..='Ë' => "E",
        'ì'..='ï' => "i",
        'Ì'..='Ï' => "I",
        'ñ' => "n",
        'Ñ' => "N",
        'ò'..='ö' | 'ø' => "o",
        'Ò'..='Ö' | 'Ø' => "O",
        'ù'..='ü' => "u",
        'Ù'..='Ü' => "U",
        'ý' | 'ÿ' => "y",
        'ß' => "ss",
        c if c.is_ascii() => return c.to_string(),
        _ => " ",
    };
    plain.to_owned()
}

/// The text with nothing but letters and digits of names, and one separator for all that stands between them.
fn words(text: &str, separator: char) -> String {
    let mut out = String::new();
    let mut pending = false;
    for c in text.chars() {
        if c == '\'' || c == '\u{2019}' {
            continue;
        }
        if !is_letter(c) {
            pending = true;
            continue;
        }
        if pending && !out.is_empty() {
            out.push(separator);
        }
        pending = false;
        out.push(c);
    }
    out
}

/// The letters and digits that names have in every form of Unicode: each is one character, and stays the same when Rust
/// composes it.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || c.is_alphabetic()
            && matches!(c,
                '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{131}' | '\u{134}'..='\u{13e}'
                | '\u{141}'..='\u{148}' | '\u{14a}'..='\u{17e}' | '\u{388}'..='\u{3ce}' | '\u{400}'..='\u{481}'
                | '\u{48a}'..='\u{52f}' | '\u{5d0}'..='\u{5ea}' | '\u{621}'..='\u{63a}' | '\u{641}'..='\u{64a}'
                | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fa5}' | '\u{ac00}'..='\u{d7a3}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_become_names_of_models() {
        for (table, name) in [
            ("order_item", "OrderItem"),
            ("orders", "Orders"),
            ("ORDER_ITEM", "OrderItem"),
            ("orderItem", "OrderItem"),
            ("OrderItem", "OrderItem"),
            ("ACLRule", "ACLRule"),
            ("order item", "OrderItem"),
            ("2nd", "Table2nd"),
            ("line_2", "Line2"),
            ("größe", "Grosse"),
            ("bücher_regal", "BucherRegal"),
            ("名前", "Table"),
            ("!!!", "Table"),
            ("\u{202e}x", "X"),
            ("o'brien", "Obrien"),
        ] {
            assert_eq!(pascal_case(table), name, "{table}");
        }
        assert!(pascal_case(&"x".repeat(200)).len() <= LONGEST);
    }

    #[test]
    fn columns_become_names_of_fields() {
        for (column, field, json) in [
            ("id", "id", "id"),
            ("opened_at", "opened_at", "openedAt"),
            ("openedAt", "opened_at", "openedAt"),
            ("ALBUM_ID", "album_id", "albumId"),
            ("first name", "first_name", "firstName"),
            ("a__b", "a_b", "aB"),
            ("trailing_", "trailing", "trailing"),
            ("_id", "_id", "_id"),
            ("2nd", "_2nd", "_2nd"),
            ("type", "type", "type"),
            ("self", "self_", "self"),
            ("größe", "größe", "größe"),
            ("e\u{301}tat", "e_tat", "eTat"),
            ("x\u{202e}y", "x_y", "xY"),
            ("a.b/c", "a_b_c", "aBC"),
            ("$", "column_8", "column8"),
            ("", "column_8", "column8"),
            ("___", "column_8", "column8"),
            ("²", "column_8", "column8"),
        ] {
            let found = FieldNames::default().of_column(column, 7);
            assert_eq!(found, (field.to_owned(), json.to_owned()), "{column}");
        }
    }

    #[test]
    fn keywords_are_written_raw() {
        for (field, source) in
            [("type", "r#type"), ("async", "r#async"), ("gen", "r#gen"), ("self_", "self_"), ("id", "id")]
        {
            assert_eq!(written(field), source);
        }
    }

    #[test]
    fn two_columns_never_have_one_name() {
        let mut names = FieldNames::default();
        let mut of = |column| names.of_column(column, 0);
        assert_eq!(of("first_name"), ("first_name".into(), "firstName".into()));
        assert_eq!(of("firstName"), ("first_name2".into(), "firstName2".into()));
        assert_eq!(of("line2"), ("line2".into(), "line2".into()));
        // Another field, but the same JSON.
        assert_eq!(of("line_2").1, "line22");
    }

    #[test]
    fn relations_keep_off_columns_and_words_of_filters() {
        let mut names = FieldNames::default();
        names.of_column("author", 0);
        assert_eq!(names.of_relation(&["author", "author_row"]), ("author_row".into(), "authorRow".into()));
        assert_eq!(names.of_key("author_row", "author_id", 1), "authorId");
        assert_eq!(names.of_relation(&["or"]), ("or2".into(), "or2".into()));
        assert_eq!(names.of_relation(&["books"]).0, "books");
        assert_eq!(names.of_relation(&["books"]).0, "books2");
    }

    #[test]
    fn a_key_tells_its_relation() {
        for (column, name) in [
            ("author_id", "author"),
            ("authorId", "author"),
            ("AUTHOR_ID", "author"),
            ("author", "author"),
            ("id", "id"),
            ("_id", "_id"),
            ("self_id", "self_"),
            ("type_id", "type"),
        ] {
            assert_eq!(stem(column, 0), name, "{column}");
        }
    }

    #[test]
    fn two_models_never_have_one_name() {
        let mut names = ModelNames::default();
        names.add("Shop", "Shops");
        let mut of = |table| names.of(table);
        let named = |name: &str, plural: Option<&str>, changed| ModelName {
            name: name.into(),
            plural: plural.map(str::to_owned),
            changed,
        };
        assert_eq!(of("order_item"), named("OrderItem", None, false));
        assert_eq!(of("OrderItem"), named("OrderItem2", None, true));
        assert_eq!(of("shop"), named("Shop2", None, true));
        // `#[model]` makes a type of that name.
        assert_eq!(of("shop_props"), named("ShopProps2", None, true));
        assert_eq!(of("option"), named("OptionRow", None, true));
        assert_eq!(of("user"), named("UserRow", None, true));
        assert_eq!(of("self"), named("SelfRow", None, true));
        // Two names with one plural.
        assert_eq!(of("order"), named("Order", None, false));
        assert_eq!(of("orders"), named("Orders", Some("Orders2"), false));
    }
}
