//! Tokens to [`ir`](super::ir): which functions have an attribute of ours, and what all of them have in common.

use super::ir::{Block, Function};
use super::{Attr, arguments, hook, method, signature};
use crate::acl;
use crate::support::attr::{Entry, Form, Keyed, bare, entries};
use crate::support::errors::Errors;
use crate::support::literal::{Literal, literal};
use crate::support::names::did_you_mean;
use crate::support::spans::{plain, text};
use quote::ToTokens;
use syn::{Attribute, Expr, ExprLit, ImplItem, ImplItemFn, ItemImpl, Lit, LitStr, Meta, Type};

/// Reads an impl block.
pub(super) fn block(item: &ItemImpl, errors: &mut Errors) -> Block {
    let own = (*item.self_ty).clone();
    let mut functions = Vec::new();
    for item in &item.items {
        match item {
            ImplItem::Fn(item) => functions.extend(function(item, &own, errors)),
            ImplItem::Const(item) => misplaced(&item.attrs, "a constant", errors),
            ImplItem::Type(item) => misplaced(&item.attrs, "a type", errors),
            ImplItem::Macro(item) => misplaced(&item.attrs, "a macro call", errors),
            _ => {}
        }
    }
    Block { own, cfg: cfg(&item.attrs), functions }
}

/// Reports our attributes on what is no function.
fn misplaced(attrs: &[Attribute], found: &str, errors: &mut Errors) {
    for (attr, own) in attrs.iter().filter_map(|attr| Some((attr, Attr::of(attr)?))) {
        errors.at(attr, format!("`#[{}]` goes on a function, found {found}", own.name()));
    }
    acl::refuse(attrs, &format!("found {found}"), errors);
}

fn function(item: &ImplItemFn, own: &Type, errors: &mut Errors) -> Option<Function> {
    let mut ours = item.attrs.iter().filter_map(|attr| Some((attr, Attr::of(attr)?)));
    let Some((attr, kind)) = ours.next() else {
        arguments::refuse(item, errors);
        let why = format!("`{}` has no `#[remote_method]`", plain(&item.sig.ident));
        acl::refuse(&item.attrs, &why, errors);
        return None;
    };
    for (other, other_kind) in ours {
        only_one(item, kind, other, other_kind, errors);
    }
    let said = inside(attr, kind, errors);
    signature::common(&item.sig, errors);
    if kind != Attr::RemoteMethod {
        arguments::refuse(item, errors);
        let why = format!("`{}` is a hook, which nobody calls over REST", plain(&item.sig.ident));
        acl::refuse(&item.attrs, &why, errors);
    }
    let role = match kind {
        Attr::RemoteMethod => method::method(item, &said, own, errors),
        Attr::OperationHook => hook::operation_hook(item, attr, &said, own, errors),
        Attr::RemoteHook => hook::remote_hook(item, attr, &said, own, errors),
    };
    Some(Function {
        ident: item.sig.ident.clone(),
        is_async: item.sig.asyncness.is_some(),
        cfg: cfg(&item.attrs),
        error_at: signature::error_span(&item.sig),
        role: role?,
    })
}

/// Reports a second attribute of ours on a function.
fn only_one(item: &ImplItemFn, first: Attr, other: &Attribute, second: Attr, errors: &mut Errors) {
    let (name, second_name) = (plain(&item.sig.ident), second.name());
    let message = match second {
        Attr::RemoteMethod if first == second => format!(
            "`#[{second_name}]` stands twice on `{name}`; it may stand once: \
             further routes go into it, as in `route(get, \"/path\")`"
        ),
        _ if first == second => format!(
            "`#[{second_name}]` stands twice on `{name}`; it may stand once: write a second function for a second hook"
        ),
        _ => format!(
            "`{name}` has `#[{}]`, so it cannot have `#[{second_name}]` as well: write two functions",
            first.name()
        ),
    };
    errors.at(other, message);
}

/// The inside of one of our attributes.
fn inside(attr: &Attribute, kind: Attr, errors: &mut Errors) -> Vec<Entry> {
    match &attr.meta {
        Meta::Path(_) => Vec::new(),
        Meta::List(list) => entries(list.tokens.clone(), errors),
        Meta::NameValue(meta) => {
            let name = kind.name();
            errors.at(meta, format!("`#[{name}]` takes its keys in parentheses: write `#[{name}(..)]`"));
            Vec::new()
        }
    }
}

/// The conditions that the expansion stands under as well.
fn cfg(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect()
}

/// The entry as a string.
pub(super) fn string(entry: &Entry) -> Option<&LitStr> {
    match entry {
        Entry::Positional(expr) => match bare(expr) {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
            _ => None,
        },
        Entry::Keyed(_) => None,
    }
}

/// The strings of a list: at least one, each once, none of them empty.
pub(super) fn strings(keyed: &Keyed, list: &[Entry], example: &str, errors: &mut Errors) -> Vec<LitStr> {
    let key = keyed.name();
    let mut found: Vec<LitStr> = Vec::new();
    if list.is_empty() {
        errors.at(&keyed.key, format!("`{key}` lists nothing: write `{example}`"));
    }
    for entry in list {
        match string(entry) {
            Some(text) if text.value().trim().is_empty() => {
                errors.at(text, format!("a string of `{key}` must not be empty"));
            }
            Some(text) if found.iter().any(|other| other.value() == text.value()) => {
                errors.at(text, format!("`\"{}\"` stands twice in `{key}`", text.value()));
            }
            Some(text) => found.push(text.clone()),
            None => errors.at(entry, format!("`{key}` takes strings: write `{example}`")),
        }
    }
    found
}

/// `order = -5`
pub(crate) fn order(keyed: &Keyed, errors: &mut Errors) -> i16 {
    if let Form::Value(value) = &keyed.form
        && let Some(Ok(Literal::Int(number))) = literal(value)
    {
        return i16::try_from(number).unwrap_or_else(|_| {
            errors.at(value, format!("`order` is a number from {} to {}, found `{number}`", i16::MIN, i16::MAX));
            0
        });
    }
    keyed.wrong(errors, "a whole number", "order = 1");
    0
}

/// A word of a list without quotes; with them it is recognised and reported.
pub(super) fn word(entry: &Entry, what: &str, place: &str, allowed: &[&str], errors: &mut Errors) -> Option<String> {
    let found = match (entry.ident(), string(entry)) {
        (Some(ident), _) => plain(ident),
        (None, Some(text)) => text.value(),
        (None, None) => text(entry),
    };
    if entry.ident().is_some() && allowed.contains(&found.as_str()) {
        return Some(found);
    }
    if allowed.contains(&found.as_str()) {
        errors.at(entry, format!("a {what} stands without quotes: write `{found}`"));
        return None;
    }
    let hint = match did_you_mean(&found, allowed.iter().copied()) {
        Some(meant) if entry.ident().is_none() => format!("did you mean `{meant}`, without quotes? "),
        Some(meant) => format!("did you mean `{meant}`? "),
        None => String::new(),
    };
    let message = format!("unknown {what} `{found}` in {place}; {hint}allowed: {}", allowed.join(", "));
    errors.at(entry.to_token_stream(), message);
    None
}
