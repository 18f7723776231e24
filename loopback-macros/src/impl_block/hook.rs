//! Reads `#[operation_hook]` and `#[remote_hook]`.

use super::ir::{Hook, Phase, RemoteHook, RemotePhase, Role};
use super::parse::{order, string, word};
use super::signature;
use crate::support::attr::{Entry, Form, Keyed, Seen, bare, known};
use crate::support::errors::Errors;
use crate::support::names::camel_case;
use crate::support::spans::{plain, text};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ImplItemFn, Type};

/// What an attribute of a hook says, before it is known which phases there are.
struct Said<'a> {
    /// What stands for itself: the phase, and the methods of a remote hook.
    bare: Vec<&'a Entry>,
    order: i16,
}

fn said<'a>(entries: &'a [Entry], place: &str, errors: &mut Errors) -> Said<'a> {
    let mut said = Said { bare: Vec::new(), order: 0 };
    let mut seen = Seen::default();
    for entry in entries {
        match entry {
            Entry::Keyed(keyed) if !matches!(keyed.form, Form::Flag) || keyed.key == "order" => {
                if known(&keyed.key, "key", place, &["order"], errors) && seen.once(&keyed.key, place, errors) {
                    said.order = order(keyed, errors);
                }
            }
            entry => said.bare.push(entry),
        }
    }
    said
}

/// Reads `#[operation_hook(before_save, order = 5)]`.
pub(super) fn operation_hook(
    item: &ImplItemFn,
    attr: &Attribute,
    entries: &[Entry],
    own: &Type,
    errors: &mut Errors,
) -> Option<Role> {
    const PLACE: &str = "`#[operation_hook]`";
    let said = said(entries, PLACE, errors);
    let Some((first, others)) = said.bare.split_first() else {
        let allowed = Phase::WORDS.join(", ");
        errors.at(attr, format!("{PLACE} names no phase: write `#[operation_hook(before_save)]`; allowed: {allowed}"));
        return None;
    };
    let phase = word(first, "phase", PLACE, Phase::WORDS, errors).and_then(|word| Phase::of(&word));
    for other in others {
        if let Some(second) = word(other, "phase", PLACE, Phase::WORDS, errors) {
            second_phase(first, other, &second, "", errors);
        }
    }
    let phase = phase?;
    signature::hook(&item.sig, phase.context(), Some(own), errors);
    Some(Role::Hook(Hook { phase, order: said.order }))
}

fn second_phase(first: &Entry, second: &Entry, name: &str, hint: &str, errors: &mut Errors) {
    errors.conflict(
        second.span(),
        format!("`{name}` is a second phase; a hook has exactly one: write a second function for it{hint}"),
        first.span(),
        format!("the first phase is `{}`", text(first)),
    );
}

/// Reads `#[remote_hook(after, create, "prototype.*", order = 1)]`.
pub(super) fn remote_hook(
    item: &ImplItemFn,
    attr: &Attribute,
    entries: &[Entry],
    own: &Type,
    errors: &mut Errors,
) -> Option<Role> {
    const PLACE: &str = "`#[remote_hook]`";
    const EXAMPLE: &str = "#[remote_hook(before, create)]";
    let said = said(entries, PLACE, errors);
    signature::hook(&item.sig, "RemoteCall", None, errors);
    let Some((first, others)) = said.bare.split_first() else {
        let allowed = RemotePhase::WORDS.join(", ");
        errors.at(attr, format!("{PLACE} names no phase and no method: write `{EXAMPLE}`; phases: {allowed}"));
        return None;
    };
    let phase = word(first, "phase", PLACE, RemotePhase::WORDS, errors).and_then(|word| RemotePhase::of(&word));
    if others.is_empty() && phase.is_some() {
        errors.at(first, format!("{PLACE} names no method: write `{EXAMPLE}`, or `\"**\"` for all of them"));
    }
    let mut methods: Vec<String> = Vec::new();
    for other in others {
        if let Some(second) = other.ident().map(plain).filter(|word| RemotePhase::of(word).is_some()) {
            let hint = format!(", or `\"{second}\"` when it is the name of a method");
            second_phase(first, other, &second, &hint, errors);
            continue;
        }
        match method(other, own) {
            Ok(name) if methods.contains(&name) => {
                errors.at(other, format!("the method `{name}` stands twice in {PLACE}"));
            }
            Ok(name) => methods.push(name),
            Err(message) => errors.at(other, message),
        }
    }
    Some(Role::RemoteHook(RemoteHook { phase: phase?, methods, order: said.order }))
}

/// The method that an entry names, or the pattern that it is.
fn method(entry: &Entry, own: &Type) -> Result<String, String> {
    if let Some(text) = string(entry) {
        return pattern(&text.value(), own);
    }
    match entry {
        Entry::Keyed(Keyed { key, .. }) => Ok(camel_case(&plain(key))),
        Entry::Positional(expr) if matches!(bare(expr), Expr::Field(_)) => {
            let name = text(bare(expr)).replace(' ', "");
            Err(format!("a name with a dot stands in quotes: write `\"{name}\"`"))
        }
        Entry::Positional(expr) => Err(format!(
            "expected the name of a remote method or a pattern, found `{}`: write `create` or `\"prototype.*\"`",
            text(expr)
        )),
    }
}

/// A name, `prototype.` and a name, or one of these with `*` for a name; `**` is all of them.
fn pattern(pattern: &str, own: &Type) -> Result<String, String> {
    const EXAMPLE: &str = "write it as in `\"create\"`, `\"prototype.*\"` or `\"**\"`";
    if pattern.trim().is_empty() {
        return Err(format!("the name of a remote method must not be empty: {EXAMPLE}"));
    }
    if pattern.contains(char::is_whitespace) {
        return Err(format!("the name of a remote method has no spaces, found `\"{pattern}\"`: {EXAMPLE}"));
    }
    let parts: Vec<&str> = pattern.split('.').collect();
    let is_part = |part: &&str| {
        let is_name = part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-')) && !part.is_empty();
        is_name || matches!(*part, "*" | "**")
    };
    if !parts.iter().all(is_part) {
        return Err(format!("`\"{pattern}\"` is no name of a remote method, and no pattern: {EXAMPLE}"));
    }
    match parts.as_slice() {
        [_] | ["prototype" | "*" | "**", _] => Ok(pattern.to_owned()),
        [model, rest @ ..] if *model == text(own) => {
            Err(format!("the hook is for `{model}` already: write `\"{}\"`", rest.join(".")))
        }
        _ => Err(format!("`\"{pattern}\"` names no method of this model: {EXAMPLE}")),
    }
}
