//! Tokens to [`ir`](super::ir): one entry for each attribute.

use super::ir::{Acl, On, Permission, Principal};
use super::{marks, methods};
use crate::support::access::Access;
use crate::support::attr::{Entry, Form, Keyed, bare, entries};
use crate::support::errors::Errors;
use crate::support::names::{did_you_mean, unknown};
use crate::support::spans::{At, plain, text};
use proc_macro2::Span;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta};

const PLACE: &str = "`#[acl]`";
const EXAMPLE: &str = "#[acl(allow, \"$owner\")]";

/// All words that can stand in it, for messages.
const WORDS: &[&str] =
    &["allow", "deny", "audit", "alarm", "user", "app", "read", "write", "execute", "replicate", "all", "methods"];

/// What the attribute said so far.
#[derive(Default)]
struct Said {
    permission: Option<At<Permission>>,
    principal: Option<At<Principal>>,
    /// `Some(None)` is `all`.
    access: Option<At<Option<Access>>>,
    methods: Option<Vec<At<String>>>,
}

/// Reads the `#[acl]`s among attributes, in their order.
pub(crate) fn acls(attrs: &[Attribute], on: On<'_>, errors: &mut Errors) -> Vec<Acl> {
    attrs.iter().filter(|attr| marks(attr)).filter_map(|attr| acl(attr, on, errors)).collect()
}

fn acl(attr: &Attribute, on: On<'_>, errors: &mut Errors) -> Option<Acl> {
    let before = errors.count();
    let entries = match &attr.meta {
        Meta::Path(_) => Vec::new(),
        Meta::List(list) => entries(list.tokens.clone(), errors),
        Meta::NameValue(meta) => {
            errors.at(meta, format!("{PLACE} takes its words in parentheses: write `{EXAMPLE}`"));
            return None;
        }
    };
    let mut said = Said::default();
    let says_permission = entries.iter().filter_map(word).any(|word| Permission::of(&word).is_some());
    for entry in &entries {
        match (entry, string(entry)) {
            (_, Some(role)) if !says_permission && Permission::of(&role.value()).is_some() => {
                errors.at(role, format!("a permission stands without quotes: write `{}`", role.value()));
            }
            (_, Some(role)) => principal(Principal::Role(role.value()), role.span(), &mut said, errors),
            (Entry::Keyed(keyed), None) => self::keyed(keyed, on, &mut said, errors),
            (Entry::Positional(expr), None) => errors.at(
                entry,
                format!(
                    "expected a word or a role of {PLACE}, found `{}`: write it as in `{EXAMPLE}`",
                    text(bare(expr))
                ),
            ),
        }
    }
    // What is missing may be what was reported.
    if errors.count() == before {
        let allowed = Permission::WORDS.join(", ");
        if said.permission.is_none() {
            errors.at(attr, format!("{PLACE} names no permission: write `{EXAMPLE}`; allowed: {allowed}"));
        }
        if said.principal.is_none() {
            errors.at(
                attr,
                format!("{PLACE} names no principal: write a role, `user = 1` or `app = \"..\"`, as in `{EXAMPLE}`"),
            );
        }
    }
    Some(Acl {
        at: attr.pound_token.span,
        permission: said.permission?,
        principal: said.principal?,
        access: said.access.and_then(|access| access.value),
        methods: said.methods.unwrap_or_default(),
    })
}

fn word(entry: &Entry) -> Option<String> {
    match entry {
        Entry::Keyed(keyed) => Some(keyed.name()),
        Entry::Positional(_) => None,
    }
}

fn string(entry: &Entry) -> Option<&LitStr> {
    match entry {
        Entry::Positional(expr) => match bare(expr) {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
            _ => None,
        },
        Entry::Keyed(_) => None,
    }
}

fn keyed(keyed: &Keyed, on: On<'_>, said: &mut Said, errors: &mut Errors) {
    let name = keyed.name();
    if let Some(permission) = Permission::of(&name) {
        if alone(keyed, "permission", errors) {
            once("permission", &name, keyed.key.span(), &mut said.permission, permission, errors);
        }
        return;
    }
    if name == "all" || Access::of(&name).is_some() {
        if alone(keyed, "access", errors) {
            once("access", &name, keyed.key.span(), &mut said.access, Access::of(&name), errors);
        }
        return;
    }
    match name.as_str() {
        "user" => {
            if let Some(id) = user(keyed, errors) {
                principal(Principal::User(id), keyed.key.span(), said, errors);
            }
        }
        "app" => {
            if let Some(id) = keyed.filled_string(errors) {
                principal(Principal::App(id.value()), keyed.key.span(), said, errors);
            }
        }
        "methods" => match on {
            On::Method(function) => errors.at(
                &keyed.key,
                format!(
                    "{PLACE} on a function is about that function: leave `methods` out of that on `{}`",
                    plain(function)
                ),
            ),
            On::Model if said.methods.is_some() => {
                errors.at(&keyed.key, format!("`methods` stands twice in {PLACE}; it may stand once"));
            }
            On::Model => said.methods = Some(methods::methods(keyed, errors)),
        },
        _ => unknown_word(keyed, &name, errors),
    }
}

fn unknown_word(keyed: &Keyed, name: &str, errors: &mut Errors) {
    let role = super::ir::without_dollar(name).unwrap_or(name);
    let near = did_you_mean(name, WORDS.iter().copied());
    let message = if matches!(keyed.form, Form::Flag) && (role != name || near.is_none()) {
        format!(
            "unknown word `{name}` in {PLACE}; a role stands in quotes: `\"{role}\"`; allowed: {}",
            WORDS.join(", ")
        )
    } else {
        unknown("word", name, PLACE, WORDS)
    };
    errors.at(&keyed.key, message);
}

/// That a word has neither a value nor a list.
fn alone(keyed: &Keyed, what: &str, errors: &mut Errors) -> bool {
    let name = keyed.name();
    let found = match &keyed.form {
        Form::Flag => return true,
        Form::Value(value) => format!("value, found `{}`", text(value)),
        Form::List(_) => "list".to_owned(),
    };
    errors.at(&keyed.key, format!("the {what} `{name}` takes no {found}: write it as in `{EXAMPLE}`"));
    false
}

/// Notes what may stand once.
fn once<T>(what: &str, word: &str, at: Span, said: &mut Option<At<T>>, value: T, errors: &mut Errors) {
    match said {
        Some(first) => errors.conflict(
            at,
            format!("`{word}` is a second {what}: write a second `#[acl(..)]` for it"),
            first.span,
            format!("the first {what}"),
        ),
        None => *said = Some(At::new(value, at)),
    }
}

fn principal(principal: Principal, at: Span, said: &mut Said, errors: &mut Errors) {
    let word = match &principal {
        Principal::Role(role) => role.clone(),
        Principal::User(_) => "user".to_owned(),
        Principal::App(_) => "app".to_owned(),
    };
    once("principal", &word, at, &mut said.principal, principal, errors);
}

/// `user = 1` or `user = "5f0c.."`
fn user(keyed: &Keyed, errors: &mut Errors) -> Option<String> {
    let Form::Value(value) = &keyed.form else {
        keyed.wrong(errors, "the id of a user", "user = 1");
        return None;
    };
    match bare(value) {
        Expr::Lit(ExprLit { lit: Lit::Int(id), .. }) if id.suffix().is_empty() => Some(id.base10_digits().to_owned()),
        Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => keyed.filled_string(errors).map(|id| id.value()),
        _ => {
            keyed.wrong(errors, "the id of a user, a number or a string", "user = 1");
            None
        }
    }
}
