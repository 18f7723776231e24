//! `methods(..)`: names of remote methods.

use crate::support::attr::{Entry, Form, Keyed, bare};
use crate::support::errors::Errors;
use crate::support::names::camel_case;
use crate::support::spans::{At, plain, text};
use syn::spanned::Spanned;
use syn::{Expr, ExprField, ExprLit, Lit, Member};

const EXAMPLE: &str = "methods(find, find_by_id, prototype.patchAttributes, \"__get__orders\")";

/// Reads the list.
pub(super) fn methods(keyed: &Keyed, errors: &mut Errors) -> Vec<At<String>> {
    let mut methods: Vec<At<String>> = Vec::new();
    let Some(list) = keyed.list(errors, EXAMPLE) else { return methods };
    if list.is_empty() {
        errors.at(&keyed.key, format!("`methods` names no remote method: write `{EXAMPLE}`, or leave it out for all"));
    }
    for entry in list {
        match name(entry) {
            Ok(name) if methods.iter().any(|first| first.value == name) => {
                errors.at(entry, format!("the method `{name}` stands twice in `methods`"));
            }
            Ok(name) => methods.push(At::new(name, entry.span())),
            Err(message) => errors.at(entry, message),
        }
    }
    methods
}

/// The method that an entry names.
fn name(entry: &Entry) -> Result<String, String> {
    let expected = |found: &str| format!("expected the name of a remote method, found `{found}`: write `{EXAMPLE}`");
    match entry {
        Entry::Keyed(Keyed { key, form: Form::Flag }) => Ok(of_word(&plain(key))),
        Entry::Keyed(keyed) => {
            Err(format!("a name in `methods` takes neither a value nor a list: write `{}`", keyed.name()))
        }
        Entry::Positional(expr) => match bare(expr) {
            Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => quoted(&name.value()),
            Expr::Field(ExprField { base, member: Member::Named(name), .. }) if text(base) == "prototype" => {
                Ok(format!("prototype.{}", of_word(&plain(name))))
            }
            other => Err(expected(&text(other))),
        },
    }
}

/// The name of a method that is written as a Rust name. Of a relation it begins with `__`, and stays.
fn of_word(word: &str) -> String {
    if word.starts_with("__") { word.to_owned() } else { camel_case(word) }
}

fn quoted(name: &str) -> Result<String, String> {
    let method = name.strip_prefix("prototype.").unwrap_or(name);
    if method == "*" || method == "**" {
        return Err(format!("`methods` takes no patterns, found `\"{name}\"`: leave it out for all methods"));
    }
    let is_name = method.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-')) && !method.is_empty();
    if is_name {
        Ok(name.to_owned())
    } else {
        Err(format!("`\"{name}\"` is no name of a remote method: write `{EXAMPLE}`"))
    }
}
