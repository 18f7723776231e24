//! Reads `#[remote_method]`.

use super::ir::{Method, MethodOptions, Returns, Role, Route, Verb};
use super::parse::{string, strings};
use super::path::{Segment, segments};
use super::{arguments, signature};
use crate::acl::{self, On};
use crate::support::access::Access;
use crate::support::attr::{Entry, Form, Keyed, Seen, bare, doc};
use crate::support::errors::Errors;
use crate::support::names::{camel_case, did_you_mean, unknown};
use crate::support::spans::{At, plain, text};
use proc_macro2::Span;
use syn::{ImplItemFn, LitStr, Type};

const PLACE: &str = "`#[remote_method]`";

/// The keys of `#[remote_method]`; a verb and a path stand for themselves.
const KEYS: &[&str] = &["name", "route", "status", "error_status", "returns", "access", "scopes", "notes", "inherited"];

/// What the attribute says, before it is known what the function is called.
#[derive(Default)]
struct Said {
    verb: Option<At<Verb>>,
    path: Option<LitStr>,
    /// Whether there is a path that is not to be read further.
    broken: bool,
    name: Option<LitStr>,
    routes: Vec<(Verb, LitStr)>,
    options: MethodOptions,
}

/// Reads a function with `#[remote_method]`.
pub(super) fn method(item: &ImplItemFn, entries: &[Entry], own: &Type, errors: &mut Errors) -> Option<Role> {
    let said = said(entries, errors);
    let receiver = arguments::receiver(&item.sig, errors);
    let params = arguments::params(item, own, errors);
    let answer = signature::answer(&item.sig, own, errors);
    let ident = &item.sig.ident;
    let name = match &said.name {
        Some(name) => At::new(name.value(), name.span()),
        None => At::new(camel_case(&plain(ident)), ident.span()),
    };
    let (routes, routes_complete) = routes(&said, &name, ident.span(), receiver.is_some(), errors);
    Some(Role::Method(Box::new(Method {
        receiver,
        doc: doc(&item.attrs),
        name,
        routes,
        routes_complete,
        params,
        answer,
        options: said.options,
        acls: acl::acls(&item.attrs, On::Method(ident), errors),
    })))
}

fn said(entries: &[Entry], errors: &mut Errors) -> Said {
    let mut said = Said::default();
    let mut seen = Seen::default();
    for entry in entries {
        match entry {
            Entry::Keyed(keyed) if Verb::of(&keyed.name()).is_some() => verb(keyed, &mut said, errors),
            Entry::Keyed(keyed) => key(keyed, &mut said, &mut seen, errors),
            Entry::Positional(expr) => match string(entry) {
                Some(text) => path(text, &mut said, errors),
                None => errors.at(
                    entry,
                    format!(
                        "expected a verb, a path or a key of {PLACE}, found `{}`: \
                         write it as in `#[remote_method(get, \"/path\")]`",
                        text(bare(expr))
                    ),
                ),
            },
        }
    }
    said
}

fn verb(keyed: &Keyed, said: &mut Said, errors: &mut Errors) {
    let name = keyed.name();
    let Some(verb) = Verb::of(&name) else { return };
    match &keyed.form {
        Form::Flag => {}
        Form::Value(value) => {
            let found = text(value);
            errors.at(
                &keyed.key,
                format!("the verb `{name}` takes no value, found `{found}`: write `#[remote_method({name}, {found})]`"),
            );
        }
        Form::List(_) => errors
            .at(&keyed.key, format!("the verb `{name}` takes no list: write `#[remote_method({name}, \"/path\")]`")),
    }
    match &said.verb {
        Some(first) => errors.conflict(
            keyed.key.span(),
            format!(
                "`{name}` is a second verb; a further route is `route({name}, \"/path\")`, \
                 and all verbs are `all`"
            ),
            first.span,
            format!("the first verb is `{}`", first.value.word()),
        ),
        None => said.verb = Some(At::new(verb, keyed.key.span())),
    }
    // What is said in a wrong form may have been a path.
    said.broken |= !matches!(keyed.form, Form::Flag);
}

fn path(text: &LitStr, said: &mut Said, errors: &mut Errors) {
    let found = text.value();
    if let Some(verb) = Verb::of(&found.to_lowercase()) {
        said.broken = true;
        errors.at(text, format!("a verb stands without quotes: write `{}`", verb.word()));
        return;
    }
    match &said.path {
        Some(first) => errors.conflict(
            text.span(),
            format!("`\"{found}\"` is a second path; a further route is `route(get, \"{found}\")`"),
            first.span(),
            format!("the first path is `\"{}\"`", first.value()),
        ),
        None => said.path = Some(text.clone()),
    }
}

fn key(keyed: &Keyed, said: &mut Said, seen: &mut Seen, errors: &mut Errors) {
    let name = keyed.name();
    if !KEYS.contains(&name.as_str()) {
        errors.at(&keyed.key, unknown_word(&name, matches!(keyed.form, Form::Flag)));
        said.broken |= matches!(name.as_str(), "path" | "verb" | "http" | "method");
        return;
    }
    if name != "route" && !seen.once(&keyed.key, PLACE, errors) {
        return;
    }
    let options = &mut said.options;
    match name.as_str() {
        "name" => said.name = method_name(keyed, errors),
        "route" => match route(keyed, errors) {
            Some(route) => said.routes.push(route),
            None => said.broken = true,
        },
        "status" => options.status = status(keyed, errors),
        "error_status" => options.error_status = status(keyed, errors),
        "returns" => options.returns = returns(keyed, errors),
        "access" => {
            options.says_access = true;
            options.access = keyed.word(Access::WORDS, errors).and_then(Access::of);
        }
        "inherited" => options.inherited = keyed.flag(errors),
        "scopes" => {
            const EXAMPLE: &str = "scopes(\"orders\", \"admin\")";
            let list = keyed.list(errors, EXAMPLE);
            options.scopes = list.map(|list| strings(keyed, list, EXAMPLE, errors)).unwrap_or_default();
        }
        _ => options.notes = keyed.filled_string(errors),
    }
}

fn unknown_word(name: &str, flag: bool) -> String {
    match name {
        "path" | "verb" | "method" | "http" => format!(
            "unknown key `{name}` in {PLACE}; the verb and the path stand for themselves: \
             write `#[remote_method(get, \"/path\")]`"
        ),
        "description" => {
            format!("unknown key `{name}` in {PLACE}; the description is the doc comment of the function")
        }
        _ if flag && (did_you_mean(name, KEYS.iter().copied()).is_none()) => unknown("verb", name, PLACE, Verb::WORDS),
        _ => unknown("key", name, PLACE, KEYS),
    }
}

fn method_name(keyed: &Keyed, errors: &mut Errors) -> Option<LitStr> {
    let name = keyed.filled_string(errors)?;
    let value = name.value();
    if let Some(rest) = value.strip_prefix("prototype.") {
        errors.at(&name, format!("an instance method is one with `&self`; its name is without `prototype.`: `{rest}`"));
        return None;
    }
    if !value.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-')) {
        errors.at(&name, format!("the name of a remote method is one word, found `\"{value}\"`"));
        return None;
    }
    Some(name)
}

/// `route(get, "/alias")`
fn route(keyed: &Keyed, errors: &mut Errors) -> Option<(Verb, LitStr)> {
    const EXAMPLE: &str = "route(get, \"/path\")";
    let list = keyed.list(errors, EXAMPLE)?;
    let [first, second] = list else {
        let message = format!("`route` takes a verb and a path: write `{EXAMPLE}`");
        match list.get(2) {
            Some(third) => errors.at(third, message),
            None => errors.at(&keyed.key, message),
        }
        return None;
    };
    let verb = super::parse::word(first, "verb", "`route`", Verb::WORDS, errors).and_then(|word| Verb::of(&word));
    let path = string(second);
    if path.is_none() {
        errors.at(second, format!("expected the path of a route: write `{EXAMPLE}`"));
    }
    Some((verb?, path?.clone()))
}

fn status(keyed: &Keyed, errors: &mut Errors) -> Option<u16> {
    let found = keyed.count(errors)?;
    let status = u16::try_from(found.value).ok().filter(|status| (100..=599).contains(status));
    if status.is_none() {
        let name = keyed.name();
        errors.span(found.span, format!("`{name}` is a number from 100 to 599, found `{}`", found.value));
    }
    status
}

/// `returns = "s"` or `returns("x", "y")`
fn returns(keyed: &Keyed, errors: &mut Errors) -> Option<Returns> {
    let names = match &keyed.form {
        Form::List(list) => {
            let names = strings(keyed, list, "returns(\"first\", \"second\")", errors);
            // How many there are is not to be judged when some were reported.
            if names.len() == list.len() { names } else { Vec::new() }
        }
        Form::Flag | Form::Value(_) => vec![keyed.filled_string(errors)?],
    };
    Some(Returns { at: keyed.key.span(), names })
}

/// The routes, and whether all of them could be read.
fn routes(said: &Said, name: &At<String>, function: Span, instance: bool, errors: &mut Errors) -> (Vec<Route>, bool) {
    let mut found = Vec::new();
    let mut complete = !said.broken;
    let own = said.verb.is_some() || said.path.is_some() || said.routes.is_empty();
    if own && !(said.broken && said.path.is_none()) {
        let verb = said.verb.as_ref().map_or(Verb::Post, |verb| verb.value);
        match &said.path {
            Some(literal) => match written(verb, literal, instance, errors) {
                Some(route) => found.push(route),
                None => complete = false,
            },
            None => found.push(implied(verb, name, function, instance)),
        }
    }
    for (verb, literal) in &said.routes {
        match written(*verb, literal, instance, errors) {
            Some(route) => found.push(route),
            None => complete = false,
        }
    }
    (found, complete)
}

/// The route of a method that says no path: its name.
fn implied(verb: Verb, name: &At<String>, function: Span, instance: bool) -> Route {
    let word = Segment::Word(name.value.clone());
    let (path, segments) = if instance {
        (format!("/{{id}}/{}", name.value), vec![Segment::Param("id".to_owned()), word])
    } else {
        (format!("/{}", name.value), vec![word])
    };
    Route { verb, path: At::new(path, function), segments }
}

fn written(verb: Verb, literal: &LitStr, instance: bool, errors: &mut Errors) -> Option<Route> {
    let path = literal.value();
    let segments = match segments(&path) {
        Ok(segments) => segments,
        Err(message) => {
            errors.at(literal, message);
            return None;
        }
    };
    let id = Segment::Param("id".to_owned());
    if instance && segments.first() != Some(&id) {
        let rest = path.replace("/{id}", "");
        let rest = if rest == "/" { "" } else { &rest };
        errors.at(
            literal,
            format!("the path of a method with `&self` begins with the id of the row: write `\"/{{id}}{rest}\"`"),
        );
        return None;
    }
    Some(Route { verb, path: At::new(path, literal.span()), segments })
}
