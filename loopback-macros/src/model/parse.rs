//! Tokens to [`ir`](super::ir): keys, their forms, and whether a key may stand where it does.

use super::base;
use super::ir::{DefaultValue, Field, Model, Options, Part, Property, Shape, Sql};
use super::relation::{self, RELATION_KEYS};
use super::relation_type::{FieldType, field_type};
use super::settings::settings;
use super::validation;
use crate::acl::{self, On};
use crate::support::attr::{Entry, Form, Keyed, Seen, bare, doc, helper_entries, known, known_or_of, path};
use crate::support::errors::Errors;
use crate::support::literal::{Literal, literal};
use crate::support::names::camel_case;
use crate::support::spans::{At, plain, text};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Fields, ItemStruct};

/// The keys of `#[property]`.
pub(super) const PROPERTY_KEYS: &[&str] = &[
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
    let mut model = Model {
        ident: item.ident.clone(),
        vis: item.vis.clone(),
        doc: doc(&item.attrs),
        settings,
        acls: acl::acls(&item.attrs, On::Model, errors),
        base: None,
        extends: false,
        fields: Vec::new(),
        properties: Vec::new(),
        relations: Vec::new(),
    };
    model.base = base::base(fields, &model.settings, errors);
    model.extends = base::asked_for(&model.settings) || fields.named.iter().any(|f| f.attrs.iter().any(base::marks));
    for field in &fields.named {
        let name = field.ident.as_ref().map(plain).unwrap_or_default();
        acl::refuse(&field.attrs, &format!("found it on the field `{name}`"), errors);
        if field.attrs.iter().any(base::marks) {
            base::base_field(field, &mut model, errors);
        } else {
            model_field(field, &mut model, errors);
        }
    }
    Some(model)
}

fn model_field(field: &syn::Field, model: &mut Model, errors: &mut Errors) {
    let Some(ident) = &field.ident else { return };
    unconditional(field, errors);
    match field_type(&field.ty, &model.ident, errors) {
        FieldType::Property => {
            relation::refuse(field, ident, errors);
            model.fields.push(Field::Property(model.properties.len()));
            model.properties.push(property(field, ident, errors));
        }
        FieldType::Relation(found) => relation::relation(field, ident, *found, model, errors),
        FieldType::Unreadable => model.fields.push(Field::Unreadable(ident.clone(), Box::new(field.ty.clone()))),
    }
}

/// That a field is there in every build.
pub(super) fn unconditional(field: &syn::Field, errors: &mut Errors) {
    for attr in field.attrs.iter().filter(|attr| attr.path().is_ident("cfg")) {
        errors.at(
            attr,
            "a field of a model cannot have `#[cfg]`: the model's columns would depend on the build; \
             put `#[cfg]` on two versions of the whole struct",
        );
    }
}

fn property(field: &syn::Field, ident: &syn::Ident, errors: &mut Errors) -> Property {
    let options = options(&field.attrs, errors);
    Property {
        name: named(options.name.as_ref(), camel_case(&plain(ident)), ident),
        column: named(options.column.as_ref(), plain(ident), ident),
        shape: Shape::of(&field.ty),
        ty: field.ty.clone(),
        part: Part::Field,
        doc: doc(&field.attrs),
        options,
        ident: ident.clone(),
    }
}

/// The name at its literal, or the default at the field.
pub(super) fn named(literal: Option<&syn::LitStr>, default: String, field: &syn::Ident) -> At<String> {
    match literal {
        Some(literal) => At::new(literal.value(), literal.span()),
        None => At::new(default, field.span()),
    }
}

/// Reads the `#[property]` of a field.
pub(super) fn options(attrs: &[Attribute], errors: &mut Errors) -> Options {
    let mut options = Options::default();
    let mut seen = Seen::default();
    for entry in helper_entries(attrs, "property", errors) {
        let Entry::Keyed(keyed) = &entry else {
            errors.at(&entry, "expected a key of `#[property]`, as in `#[property(length(max = 80))]`");
            continue;
        };
        if !known_or_of(&keyed.key, "property", PROPERTY_KEYS, "relation", RELATION_KEYS, errors) {
            continue;
        }
        options.keys.push(keyed.key.clone());
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
