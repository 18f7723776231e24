//! Reads the keys of `#[model]`.

use super::access::parse as access;
use super::ir::{Index, Scope, Settings, Strict};
use super::user::parse::user;
use crate::support::attr::{Entry, Form, Keyed, Seen, bare, entries, known, path};
use crate::support::errors::Errors;
use crate::support::names::{camel_case, did_you_mean};
use crate::support::spans::{At, plain, text};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Expr, ExprLit, Lit, Path};

/// The keys of `#[model]`.
const MODEL_KEYS: &[&str] = &[
    "base",
    "plural",
    "path",
    "table",
    "strict",
    "force_id",
    "public",
    "replace_on_put",
    "change_stream",
    "disable",
    "data_source",
    "index",
    "unique",
    "transient",
    "default_scope",
    "scopes",
    "default_limit",
    "max_limit",
    "implicit_transactions",
    "mixins",
    "owner",
    "owner_writable",
    "default_permission",
    "acl_error_status",
    "relation_acl",
    "user",
];

/// A key for the framework's own models, which no message names.
const BUILT_IN: &str = "built_in";

/// The remote methods of every model, each with its other names, the canonical one first.
const METHODS: &[&[&str]] = &[
    &["create"],
    &["patchOrCreate", "upsert", "updateOrCreate"],
    &["replaceOrCreate"],
    &["upsertWithWhere", "patchOrCreateWithWhere"],
    &["exists"],
    &["findById"],
    &["replaceById"],
    &["find"],
    &["findOne"],
    &["updateAll", "update"],
    &["deleteById", "destroyById", "removeById"],
    &["count"],
    &["prototype.patchAttributes", "patchAttributes", "prototype.updateAttributes", "updateAttributes"],
    &["createChangeStream"],
];

/// Reads the arguments of the attribute.
pub(super) fn settings(args: TokenStream, errors: &mut Errors) -> Settings {
    let mut settings = Settings::default();
    let mut seen = Seen::default();
    for entry in entries(args, errors) {
        let Entry::Keyed(keyed) = &entry else {
            errors.at(&entry, "expected a key of `#[model]`, as in `#[model(plural = \"..\")]`");
            continue;
        };
        if keyed.key != BUILT_IN && !known(&keyed.key, "key", "`#[model]`", MODEL_KEYS, errors) {
            continue;
        }
        let key = keyed.name();
        let repeatable = matches!(key.as_str(), "index" | "unique");
        if !repeatable && !seen.once(&keyed.key, "`#[model]`", errors) {
            continue;
        }
        settings.keys.push(keyed.key.clone());
        match key.as_str() {
            "base" => settings.base = base(keyed, errors),
            "plural" => settings.plural = keyed.filled_string(errors),
            "path" => settings.path = keyed.filled_string(errors),
            "table" => settings.table = keyed.filled_string(errors),
            "data_source" => settings.data_source = keyed.filled_string(errors),
            "strict" => settings.strict = strict(keyed, errors),
            "force_id" => settings.force_id = keyed.boolean(errors),
            "public" => settings.public = keyed.boolean(errors),
            "replace_on_put" => settings.replace_on_put = keyed.boolean(errors),
            "change_stream" => settings.change_stream = keyed.boolean(errors),
            "disable" => settings.disabled = disabled(keyed, errors),
            "transient" => settings.transient = keyed.flag(errors),
            "default_scope" => settings.default_scope = keyed.function(errors),
            "scopes" => settings.scopes = scopes(keyed, errors),
            "default_limit" => settings.default_limit = limit(keyed, errors),
            "max_limit" => settings.max_limit = limit(keyed, errors),
            "implicit_transactions" => settings.implicit_transactions = keyed.boolean(errors),
            "mixins" => settings.mixins = mixins(keyed, errors),
            "owner" | "owner_writable" | "default_permission" | "acl_error_status" | "relation_acl" => {
                access::key(keyed, &mut settings.access, errors);
            }
            "user" => settings.user = user(keyed, errors),
            BUILT_IN => settings.built_in = keyed.flag(errors),
            _ => {
                if let Some(fields) = keyed.idents(errors) {
                    settings.indexes.push(Index { fields, unique: key == "unique" });
                }
            }
        }
    }
    settings
}

/// `base = Animal`
fn base(keyed: &Keyed, errors: &mut Errors) -> Option<syn::Path> {
    if let Form::Value(value) = &keyed.form
        && let Some(path) = path(value)
    {
        return Some(path);
    }
    keyed.wrong(errors, "the model to extend", "base = Animal");
    None
}

fn strict(keyed: &Keyed, errors: &mut Errors) -> Option<Strict> {
    const ALLOWED: &str = "allowed: true, false, \"throw\", \"ignore\"";
    let Form::Value(value) = &keyed.form else {
        errors.at(&keyed.key, format!("`strict` takes a value; {ALLOWED}"));
        return None;
    };
    if let Expr::Lit(ExprLit { lit, .. }) = bare(value) {
        match lit {
            Lit::Bool(lit) => return Some(if lit.value { Strict::Validate } else { Strict::Free }),
            Lit::Str(lit) => match lit.value().as_str() {
                "throw" => return Some(Strict::Throw),
                "ignore" => return Some(Strict::Ignore),
                found => {
                    let hint = match did_you_mean(found, ["throw", "ignore", "true", "false"]) {
                        Some(name @ ("true" | "false")) => format!("did you mean `{name}`, without quotes? "),
                        Some(name) => format!("did you mean `\"{name}\"`? "),
                        None => String::new(),
                    };
                    errors.at(value, format!("unknown value `\"{found}\"` of `strict`; {hint}{ALLOWED}"));
                    return None;
                }
            },
            _ => {}
        }
    }
    errors.at(value, format!("unknown value `{}` of `strict`; {ALLOWED}", text(value)));
    None
}

/// `scopes(live, cheap = queries::cheap)`
fn scopes(keyed: &Keyed, errors: &mut Errors) -> Vec<Scope> {
    const EXAMPLE: &str = "scopes(live, cheap = path::to::function)";
    let mut scopes: Vec<Scope> = Vec::new();
    let Some(list) = keyed.list(errors, EXAMPLE) else { return scopes };
    if list.is_empty() {
        errors.at(&keyed.key, format!("`scopes` names no function: write `{EXAMPLE}`"));
    }
    for entry in list {
        let scope = match entry {
            Entry::Keyed(named @ Keyed { key, form: Form::Value(_) }) => {
                named.function(errors).map(|query| (key.clone(), query))
            }
            entry => {
                let found = entry.path().and_then(|path| Some((path.segments.last()?.ident.clone(), path)));
                if found.is_none() {
                    errors.at(entry, format!("expected the path of a function: write `{EXAMPLE}`"));
                }
                found
            }
        };
        if let Some((name, query)) = scope {
            scopes.push(Scope { name: At::new(camel_case(&plain(&name)), name.span()), query });
        }
    }
    scopes
}

/// `mixins(Timestamps, SoftDelete)`
fn mixins(keyed: &Keyed, errors: &mut Errors) -> Vec<Path> {
    const EXAMPLE: &str = "mixins(Timestamps, SoftDelete)";
    let Some(list) = keyed.list(errors, EXAMPLE) else { return Vec::new() };
    if list.is_empty() {
        errors.at(&keyed.key, format!("`mixins` names no type: write `{EXAMPLE}`"));
    }
    let mut mixins: Vec<Path> = Vec::new();
    for entry in list {
        match entry.path() {
            Some(path) if mixins.contains(&path) => errors.at(&path, format!("`{}` stands twice", text(&path))),
            Some(path) => mixins.push(path),
            None => errors.at(entry, format!("expected a type that is a `Mixin`: write `{EXAMPLE}`")),
        }
    }
    mixins
}

/// `default_limit = 100`
fn limit(keyed: &Keyed, errors: &mut Errors) -> Option<At<u64>> {
    let limit = keyed.count(errors)?;
    if limit.value == 0 {
        errors.span(limit.span, format!("`{}` must be at least 1", keyed.name()));
        return None;
    }
    Some(limit)
}

fn disabled(keyed: &Keyed, errors: &mut Errors) -> Vec<String> {
    const EXAMPLE: &str = "disable(\"deleteById\", count)";
    let mut methods: Vec<String> = Vec::new();
    let Some(list) = keyed.list(errors, EXAMPLE) else { return methods };
    if list.is_empty() {
        errors.at(&keyed.key, format!("`disable` names no remote method: write `{EXAMPLE}`"));
    }
    for entry in list {
        let Some(name) = method_name(entry) else {
            errors.at(entry, format!("expected the name of a remote method: write `{EXAMPLE}`"));
            continue;
        };
        let known = METHODS.iter().find(|names| names.contains(&name.as_str()));
        let canonical = match known {
            Some([canonical, ..]) => Some((*canonical).to_owned()),
            // Of a relation or a scope: which there are is known when the graph is built.
            _ if name.strip_prefix("prototype.").unwrap_or(&name).starts_with("__") => Some(name.clone()),
            _ => None,
        };
        match canonical {
            Some(canonical) if methods.contains(&canonical) => {
                errors.at(entry, format!("the remote method `{canonical}` stands twice in `disable`"));
            }
            Some(canonical) => methods.push(canonical),
            None => {
                let hint = match did_you_mean(&name, METHODS.iter().flat_map(|names| names.iter().copied())) {
                    Some(meant) => format!("did you mean `{meant}`? "),
                    None => String::new(),
                };
                let allowed: Vec<&str> = METHODS.iter().filter_map(|names| names.first().copied()).collect();
                errors.at(
                    entry,
                    format!("unknown remote method `{name}` in `disable`; {hint}allowed: {}", allowed.join(", ")),
                );
            }
        }
    }
    methods
}

/// `"deleteById"`, `deleteById` or `prototype.patchAttributes`.
fn method_name(entry: &Entry) -> Option<String> {
    if let Some(ident) = entry.ident() {
        return Some(plain(ident));
    }
    let Entry::Positional(expr) = entry else { return None };
    match bare(expr) {
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => Some(name.value()),
        expr @ Expr::Field(_) => Some(expr.to_token_stream().to_string().replace(' ', "")),
        _ => None,
    }
}
