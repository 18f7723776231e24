//! Tokens to [`ir`](super::ir): keys, their forms, and whether a key may stand where it does.

use super::ir::{DefaultValue, Index, Model, Options, Property, Settings, Shape, Sql, Strict};
use super::validation;
use crate::support::attr::{Entry, Form, Keyed, Seen, bare, doc, entries, helper_entries, known, path};
use crate::support::errors::Errors;
use crate::support::literal::{Literal, literal};
use crate::support::names::{camel_case, did_you_mean};
use crate::support::spans::{At, plain, text};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Field, Fields, ItemStruct, Lit};

/// The keys of `#[model]`.
const MODEL_KEYS: &[&str] = &[
    "plural",
    "path",
    "table",
    "strict",
    "force_id",
    "public",
    "replace_on_put",
    "disable",
    "data_source",
    "index",
    "unique",
];

/// The keys of `#[property]`.
const PROPERTY_KEYS: &[&str] = &[
    "id",
    "generated",
    "name",
    "column",
    "default",
    "index",
    "hidden",
    "protected",
    "sql",
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

/// Reads a struct. `None`: it cannot be a model at all.
pub(crate) fn model(args: TokenStream, item: &ItemStruct, errors: &mut Errors) -> Option<Model> {
    let settings = settings(args, errors);
    let Fields::Named(fields) = &item.fields else {
        let kind = if matches!(item.fields, Fields::Unit) { "a struct without fields" } else { "a tuple struct" };
        errors.at(&item.ident, format!("`#[model]` goes on a struct with named fields, found {kind}"));
        return None;
    };
    if !item.generics.params.is_empty() || item.generics.where_clause.is_some() {
        let at = if item.generics.params.is_empty() {
            item.generics.where_clause.to_token_stream()
        } else {
            item.generics.params.to_token_stream()
        };
        errors.at(at, "a model cannot be generic: it is one table, and its fields are columns");
        return None;
    }
    let properties = fields.named.iter().filter_map(|field| property(field, errors)).collect();
    Some(Model { ident: item.ident.clone(), vis: item.vis.clone(), doc: doc(&item.attrs), settings, properties })
}

fn settings(args: TokenStream, errors: &mut Errors) -> Settings {
    let mut settings = Settings::default();
    let mut seen = Seen::default();
    for entry in entries(args, errors) {
        let Entry::Keyed(keyed) = &entry else {
            errors.at(&entry, "expected a key of `#[model]`, as in `#[model(plural = \"..\")]`");
            continue;
        };
        if !known(&keyed.key, "key", "`#[model]`", MODEL_KEYS, errors) {
            continue;
        }
        let key = keyed.name();
        let repeatable = matches!(key.as_str(), "index" | "unique");
        if !repeatable && !seen.once(&keyed.key, "`#[model]`", errors) {
            continue;
        }
        match key.as_str() {
            "plural" => settings.plural = keyed.filled_string(errors),
            "path" => settings.path = keyed.filled_string(errors),
            "table" => settings.table = keyed.filled_string(errors),
            "data_source" => settings.data_source = keyed.filled_string(errors),
            "strict" => settings.strict = strict(keyed, errors),
            "force_id" => settings.force_id = keyed.boolean(errors),
            "public" => settings.public = keyed.boolean(errors),
            "replace_on_put" => settings.replace_on_put = keyed.boolean(errors),
            "disable" => settings.disabled = disabled(keyed, errors),
            _ => {
                if let Some(fields) = keyed.idents(errors) {
                    settings.indexes.push(Index { fields, unique: key == "unique" });
                }
            }
        }
    }
    settings
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

fn disabled(keyed: &Keyed, errors: &mut Errors) -> Vec<&'static str> {
    const EXAMPLE: &str = "disable(\"deleteById\", count)";
    let mut methods = Vec::new();
    let Some(list) = keyed.list(errors, EXAMPLE) else { return methods };
    if list.is_empty() {
        errors.at(&keyed.key, format!("`disable` names no remote method: write `{EXAMPLE}`"));
    }
    for entry in list {
        let Some(name) = method_name(entry) else {
            errors.at(entry, format!("expected the name of a remote method: write `{EXAMPLE}`"));
            continue;
        };
        match METHODS.iter().find(|names| names.contains(&name.as_str())) {
            Some([canonical, ..]) if methods.contains(canonical) => {
                errors.at(entry, format!("the remote method `{canonical}` stands twice in `disable`"));
            }
            Some([canonical, ..]) => methods.push(*canonical),
            _ => {
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

fn property(field: &Field, errors: &mut Errors) -> Option<Property> {
    let ident = field.ident.clone()?;
    for attr in &field.attrs {
        if attr.path().is_ident("cfg") {
            errors.at(
                attr,
                "a field of a model cannot have `#[cfg]`: the model's columns would depend on the build; \
                 put `#[cfg]` on two versions of the whole struct",
            );
        }
    }
    let options = options(helper_entries(&field.attrs, "property", errors), errors);
    let named = |literal: &Option<syn::LitStr>, default: String| match literal {
        Some(literal) => At::new(literal.value(), literal.span()),
        None => At::new(default, ident.span()),
    };
    Some(Property {
        name: named(&options.name, camel_case(&plain(&ident))),
        column: named(&options.column, plain(&ident)),
        shape: Shape::of(&field.ty),
        ty: field.ty.clone(),
        doc: doc(&field.attrs),
        options,
        ident,
    })
}

fn options(list: Vec<Entry>, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    let mut seen = Seen::default();
    for entry in list {
        let Entry::Keyed(keyed) = &entry else {
            errors.at(&entry, "expected a key of `#[property]`, as in `#[property(length(max = 80))]`");
            continue;
        };
        if !known(&keyed.key, "key", "`#[property]`", PROPERTY_KEYS, errors) {
            continue;
        }
        let key = keyed.name();
        if validation::KEYS.contains(&key.as_str()) {
            options.validations.extend(validation::validation(keyed, errors));
            continue;
        }
        if !seen.once(&keyed.key, "`#[property]`", errors) {
            continue;
        }
        match key.as_str() {
            "id" => options.id = keyed.flag(errors),
            "generated" => options.generated = keyed.flag(errors),
            "hidden" => options.hidden = keyed.flag(errors),
            "protected" => options.protected = keyed.flag(errors),
            "index" => options.index = keyed.flag(errors),
            "name" => options.name = keyed.filled_string(errors),
            "column" => options.column = keyed.filled_string(errors),
            "default" => options.default = default(keyed, errors),
            _ => options.sql = sql(keyed, errors),
        }
    }
    options
}

fn default(keyed: &Keyed, errors: &mut Errors) -> Option<At<DefaultValue>> {
    const ALLOWED: &str = "a literal, `now`, `guid`, `uuid` or the path of a function";
    let Form::Value(value) = &keyed.form else {
        keyed.wrong(errors, ALLOWED, "default = 0");
        return None;
    };
    let at: Span = value.span();
    match literal(value) {
        Some(Ok(literal)) => return Some(At::new(DefaultValue::Literal(literal), at)),
        Some(Err(error)) => {
            errors.push(error);
            return None;
        }
        None => {}
    }
    if let Some(path) = path(value) {
        let default = match path.get_ident().map(plain).as_deref() {
            Some("now") => DefaultValue::Now,
            Some("guid" | "uuid") => DefaultValue::Uuid,
            _ => DefaultValue::Function(path),
        };
        return Some(At::new(default, at));
    }
    if let Expr::Call(call) = bare(value)
        && let Some(path) = path(&call.func)
        && call.args.is_empty()
    {
        let path = text(path);
        errors.at(value, format!("`default` takes the function, not its answer: write `default = {path}`"));
        return None;
    }
    keyed.wrong(errors, ALLOWED, "default = 0");
    None
}

fn sql(keyed: &Keyed, errors: &mut Errors) -> Sql {
    const KEYS: &[&str] = &["length", "precision", "scale", "type"];
    let mut sql = Sql::default();
    let Some(list) = keyed.list(errors, "sql(length = 40)") else { return sql };
    if list.is_empty() {
        errors.at(&keyed.key, format!("`sql` says nothing; allowed: {}", KEYS.join(", ")));
    }
    let mut seen = Seen::default();
    for entry in list {
        let Entry::Keyed(option) = entry else {
            errors.at(entry, "expected an option of `sql`, as in `sql(length = 40)`");
            continue;
        };
        if !known(&option.key, "option", "`sql`", KEYS, errors) || !seen.once(&option.key, "`sql`", errors) {
            continue;
        }
        match option.name().as_str() {
            "length" => sql.length = small(option, errors),
            "precision" => sql.precision = small(option, errors),
            "scale" => sql.scale = small(option, errors),
            _ => sql.sql_type = option.filled_string(errors),
        }
    }
    sql
}

fn small(option: &Keyed, errors: &mut Errors) -> Option<At<u32>> {
    let count = option.count(errors)?;
    match u32::try_from(count.value) {
        Ok(value) => Some(At::new(value, count.span)),
        Err(_) => {
            errors.span(count.span, format!("`{}` is too large; at most {}", option.name(), u32::MAX));
            None
        }
    }
}

/// What [`literal`] knows about an entry of `inclusion` and the like.
pub(super) fn literal_entry(entry: &Entry) -> Option<syn::Result<At<Literal>>> {
    let Entry::Positional(expr) = entry else { return None };
    literal(expr).map(|found| found.map(|value| At::new(value, expr.span())))
}
