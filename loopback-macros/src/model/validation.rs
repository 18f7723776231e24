//! Reads the validations of `#[property]`: `length(min = 1, message = "..")` and the like.

use super::ir::{Message, Rule, Validation};
use super::parse::literal_entry;
use crate::support::attr::{Entry, Form, Keyed, Seen, bare, known, path};
use crate::support::errors::Errors;
use crate::support::spans::At;
use proc_macro2::Span;
use syn::{Expr, ExprLit, Ident, Lit, LitStr, Path};

/// The keys of `#[property]` that are validations.
pub(super) const KEYS: &[&str] = &[
    "length",
    "presence",
    "absence",
    "numericality",
    "range",
    "inclusion",
    "exclusion",
    "format",
    "uniqueness",
    "unique",
    "validate",
    "validate_async",
];

/// The options of every validation.
const COMMON: &[&str] = &["message", "allow_null", "allow_blank", "if", "unless"];

/// What stands in the parentheses, before it is known which rule it makes.
struct Body<'a> {
    key: &'a Ident,
    name: String,
    /// Options that only this rule has.
    own: Vec<&'a Keyed>,
    positional: Vec<&'a Entry>,
    message: Message,
    allow_null: Option<bool>,
    allow_blank: Option<bool>,
    when: Option<LitStr>,
    unless: Option<LitStr>,
}

/// Reads one validation; `None` after an error that leaves nothing of it.
pub(super) fn validation(keyed: &Keyed, errors: &mut Errors) -> Option<Validation> {
    let name = keyed.name();
    if name == "unique" {
        keyed.flag(errors)?;
        return Some(plain_validation(&keyed.key, Rule::Uniqueness { scope: Vec::new() }));
    }
    let custom = matches!(name.as_str(), "validate" | "validate_async");
    let list: &[Entry] = match &keyed.form {
        Form::List(list) => list,
        Form::Flag if matches!(name.as_str(), "presence" | "absence" | "numericality" | "uniqueness") => &[],
        Form::Value(value) if custom => {
            let Some(path) = path(value) else {
                keyed.wrong(errors, "the path of a function", &format!("{name} = path::to::function"));
                return None;
            };
            return Some(plain_validation(&keyed.key, custom_rule(&name, path)));
        }
        Form::Flag | Form::Value(_) => {
            keyed.wrong(errors, "its options in parentheses", example(&name));
            return None;
        }
    };
    let body = body(keyed, list, errors);
    let rule = rule(&body, errors)?;
    let Body { message, allow_null, allow_blank, when, unless, .. } = body;
    Some(Validation { key: keyed.key.clone(), rule, message, allow_null, allow_blank, when, unless })
}

fn plain_validation(key: &Ident, rule: Rule) -> Validation {
    Validation {
        key: key.clone(),
        rule,
        message: Message::Default,
        allow_null: None,
        allow_blank: None,
        when: None,
        unless: None,
    }
}

fn example(name: &str) -> &'static str {
    match name {
        "length" => "length(min = 1, max = 80)",
        "range" => "range(min = 0, max = 5)",
        "inclusion" => "inclusion(\"a\", \"b\")",
        "exclusion" => "exclusion(\"a\", \"b\")",
        "format" => "format(\"^[a-z]+$\")",
        "numericality" => "numericality(int)",
        "uniqueness" => "uniqueness(scope(field))",
        "validate" => "validate(path::to::function)",
        "validate_async" => "validate_async(path::to::function)",
        "absence" => "absence(if = \"field\")",
        _ => "presence(message = \"..\")",
    }
}

/// The options of a validation that no other has.
fn own_options(name: &str) -> &'static [&'static str] {
    match name {
        "length" => &["min", "max", "is"],
        "range" => &["min", "max"],
        "numericality" => &["int"],
        "uniqueness" => &["scope"],
        _ => &[],
    }
}

/// The ways to fail that can have a message of their own.
fn message_kinds(name: &str) -> &'static [&'static str] {
    match name {
        "length" => &["min", "max", "is", "blank", "null"],
        "numericality" => &["int", "number", "blank", "null"],
        "range" => &["min", "max", "blank", "null"],
        _ => &["blank", "null"],
    }
}

fn body<'a>(keyed: &'a Keyed, list: &'a [Entry], errors: &mut Errors) -> Body<'a> {
    let name = keyed.name();
    let place = format!("`{name}`");
    let own = own_options(&name);
    let allowed: Vec<&str> = own.iter().chain(COMMON).copied().collect();
    let takes_positional =
        matches!(name.as_str(), "inclusion" | "exclusion" | "format" | "validate" | "validate_async");
    let takes_path = matches!(name.as_str(), "validate" | "validate_async");
    let mut seen = Seen::default();
    let mut body = Body {
        key: &keyed.key,
        name: name.clone(),
        own: Vec::new(),
        positional: Vec::new(),
        message: Message::Default,
        allow_null: None,
        allow_blank: None,
        when: None,
        unless: None,
    };
    for (at, entry) in list.iter().enumerate() {
        let option = match entry {
            // `validate(negative)`: a function of one segment looks like a flag, so the first place decides.
            Entry::Keyed(option) if !(takes_path && at == 0 && matches!(option.form, Form::Flag)) => option,
            _ if takes_positional => {
                body.positional.push(entry);
                continue;
            }
            _ => {
                errors.at(entry, format!("expected an option of {place}: write `{}`", example(&name)));
                continue;
            }
        };
        if !known(&option.key, "option", &place, &allowed, errors) || !seen.once(&option.key, &place, errors) {
            continue;
        }
        match option.name().as_str() {
            "message" => body.message = message(option, &name, errors),
            "allow_null" => body.allow_null = option.switch(errors),
            "allow_blank" => body.allow_blank = option.switch(errors),
            "if" => body.when = option.filled_string(errors),
            "unless" => body.unless = option.filled_string(errors),
            _ => body.own.push(option),
        }
    }
    body
}

fn message(option: &Keyed, rule: &str, errors: &mut Errors) -> Message {
    let kinds = message_kinds(rule);
    let list = match &option.form {
        Form::List(list) => list,
        Form::Flag => {
            option.wrong(errors, "a string, or one per way to fail", "message = \"..\"");
            return Message::Default;
        }
        Form::Value(_) => return option.string(errors).map_or(Message::Default, Message::All),
    };
    let place = format!("`message` of `{rule}`");
    let mut seen = Seen::default();
    let mut by_kind = Vec::new();
    for entry in list {
        let Entry::Keyed(kind) = entry else {
            errors.at(entry, "expected a way to fail and its message: write `message(blank = \"..\")`");
            continue;
        };
        if known(&kind.key, "kind", &place, kinds, errors)
            && seen.once(&kind.key, &place, errors)
            && let Some(text) = kind.string(errors)
        {
            by_kind.push((kind.name(), text));
        }
    }
    if list.is_empty() {
        errors.at(&option.key, format!("`message` of `{rule}` is empty; allowed: {}", kinds.join(", ")));
    }
    Message::ByKind(by_kind)
}

fn rule(body: &Body<'_>, errors: &mut Errors) -> Option<Rule> {
    let option = |name: &str| body.own.iter().find(|option| option.name() == name).copied();
    let none_given = || {
        let own = own_options(&body.name);
        format!("`{}` needs at least one of {}: write `{}`", body.name, own.join(", "), example(&body.name))
    };
    match body.name.as_str() {
        "presence" => Some(Rule::Presence),
        "absence" => Some(Rule::Absence),
        "length" => {
            if body.own.is_empty() {
                errors.at(body.key, none_given());
            }
            let mut count = |name| option(name).and_then(|option| option.count(errors));
            Some(Rule::Length { min: count("min"), max: count("max"), is: count("is") })
        }
        "numericality" => {
            let int = option("int").and_then(|option| option.switch(errors)).unwrap_or(false);
            Some(Rule::Numericality { int })
        }
        "range" => {
            if body.own.is_empty() {
                errors.at(body.key, none_given());
            }
            let mut number = |name| option(name).and_then(|option| option.number(errors));
            Some(Rule::Range { min: number("min"), max: number("max") })
        }
        "inclusion" => Some(Rule::Inclusion(literals(body, errors))),
        "exclusion" => Some(Rule::Exclusion(literals(body, errors))),
        "format" => pattern(body, errors).map(Rule::Format),
        "uniqueness" => {
            let scope = option("scope").and_then(|option| option.idents(errors)).unwrap_or_default();
            Some(Rule::Uniqueness { scope })
        }
        _ => function(body, errors).map(|path| custom_rule(&body.name, path)),
    }
}

fn custom_rule(name: &str, path: Path) -> Rule {
    if name == "validate" { Rule::Custom(path) } else { Rule::CustomAsync(path) }
}

fn literals(body: &Body<'_>, errors: &mut Errors) -> Vec<At<crate::support::literal::Literal>> {
    let mut found = Vec::new();
    for entry in &body.positional {
        match literal_entry(entry) {
            Some(Ok(literal)) => found.push(literal),
            Some(Err(error)) => errors.push(error),
            None => errors.at(entry, format!("`{}` takes literals: write `{}`", body.name, example(&body.name))),
        }
    }
    if body.positional.is_empty() {
        errors.at(body.key, format!("`{0}` lists no value: write `{1}`", body.name, example(&body.name)));
    }
    found
}

fn pattern(body: &Body<'_>, errors: &mut Errors) -> Option<LitStr> {
    let wrong = "`format` takes one regular expression: write `format(\"^[a-z]+$\")`";
    let [Entry::Positional(expr)] = body.positional.as_slice() else {
        match body.positional.get(1) {
            Some(second) => errors.at(second, wrong),
            None => errors.at(body.key, wrong),
        }
        return None;
    };
    let Expr::Lit(ExprLit { lit: Lit::Str(pattern), .. }) = bare(expr) else {
        errors.at(expr, wrong);
        return None;
    };
    if pattern.value().is_empty() {
        errors.at(pattern, "the regular expression of `format` must not be empty");
        return None;
    }
    Some(pattern.clone())
}

fn function(body: &Body<'_>, errors: &mut Errors) -> Option<Path> {
    let wrong = format!("`{0}` takes the path of one function: write `{1}`", body.name, example(&body.name));
    let first = body.positional.first().and_then(|entry| entry.path());
    match (first, body.positional.as_slice()) {
        (Some(path), [_]) => return Some(path),
        (_, [_, second, ..]) => errors.at(second, wrong),
        (None, [only]) => errors.at(only, wrong),
        _ => errors.at(body.key, wrong),
    }
    None
}

impl Validation {
    /// Whether two validations ask under the same condition.
    pub(super) fn same_condition(&self, other: &Self) -> bool {
        let text = |literal: &Option<LitStr>| literal.as_ref().map(LitStr::value);
        text(&self.when) == text(&other.when) && text(&self.unless) == text(&other.unless)
    }

    /// Where it stands.
    pub(super) fn span(&self) -> Span {
        self.key.span()
    }
}
