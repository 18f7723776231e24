//! Names that are made of others: of tables, indexes, keys.

use crate::meta::ModelDef;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A name that fits every database (63 bytes in PostgreSQL) and stays the same from start to start.
pub(super) fn index_name(prefix: &str, table: &str, columns: &[&str]) -> String {
    let name = format!("{prefix}_{table}_{}", columns.join("_"));
    if name.len() <= 60 && name.is_ascii() {
        return name;
    }
    // FNV-1a: the standard library's hashers may change between releases.
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let head: String = name.chars().filter(char::is_ascii).take(40).collect();
    format!("{head}_{hash:016x}")
}

/// The table of a model. SeaORM asks for it with a `'static` lifetime, so names that are made are kept, once each.
pub(crate) fn table_name(def: &ModelDef) -> &'static str {
    static MADE: OnceLock<Mutex<HashMap<&'static str, &'static str>>> = OnceLock::new();
    if let Some(table) = def.table {
        return table;
    }
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(def.name).or_insert_with(|| Box::leak(snake_case(def.name).into_boxed_str()))
}

/// `CoffeeShop` becomes `coffee_shop`, `ACLRule` `acl_rule`.
pub(crate) fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, c) in chars.iter().enumerate() {
        let after_lower = at > 0 && !chars[at - 1].is_uppercase() && chars[at - 1] != '_';
        let starts_word = at > 0 && chars.get(at + 1).is_some_and(|next| next.is_lowercase()) && chars[at - 1] != '_';
        if c.is_uppercase() && (after_lower || starts_word) {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// `openedAt` of `opened_at`: as `#[model]` makes it.
pub(crate) fn camel_case(snake: &str) -> String {
    let body = snake.trim_start_matches('_');
    let mut out = snake[..snake.len() - body.len()].to_owned();
    let mut upper = false;
    for c in body.chars() {
        if c == '_' {
            upper = true;
        } else if upper {
            out.extend(c.to_uppercase());
            upper = false;
        } else {
            out.push(c);
        }
    }
    out
}

/// `CoffeeShop` becomes `coffeeShop`.
pub(crate) fn camel(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_snake_case() {
        for (name, table) in [("CoffeeShop", "coffee_shop"), ("ACLRule", "acl_rule"), ("Note", "note"), ("A_b", "a_b")]
        {
            assert_eq!(snake_case(name), table);
        }
    }

    #[test]
    fn long_index_names_are_cut_to_what_postgresql_takes() {
        let name = index_name("uq", &"t".repeat(60), &["a", "b"]);
        assert!(name.len() <= 63, "{name}");
        assert_ne!(name, index_name("uq", &"t".repeat(60), &["a", "c"]));
    }
}
