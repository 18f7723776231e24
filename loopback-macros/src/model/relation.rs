//! A field that is a relation: its `#[relation]`, and the properties that it stores.

use super::access::parse::relation_acl;
use super::ir::{
    Base, Field, Model, OnDelete, Options, Part, Property, Relation, RelationKind, RelationOptions, Shape, Through,
};
use super::parse::{named, options as property_options};
use super::relation_type::RelationType;
use crate::support::attr::{Entry, Form, Keyed, Seen, bare, doc, helper_entries, known_or_of, path};
use crate::support::errors::Errors;
use crate::support::names::{camel_case, did_you_mean, singular, snake_case};
use crate::support::spans::{At, plain, text};
use syn::{Expr, ExprLit, Ident, Lit, LitStr, Type, parse_quote};

/// The keys of `#[relation]`.
pub(super) const RELATION_KEYS: &[&str] = &[
    "name",
    "foreign_key",
    "primary_key",
    "through",
    "key_through",
    "polymorphic",
    "scope",
    "properties",
    "disable_include",
    "nest",
    "foreign_key_constraint",
    "on_delete",
    "validate",
    "relation_acl",
];

/// The keys that go with a kind.
fn keys_of(kind: RelationKind) -> &'static [&'static str] {
    match kind {
        RelationKind::BelongsTo => &[
            "name",
            "primary_key",
            "scope",
            "disable_include",
            "nest",
            "foreign_key_constraint",
            "on_delete",
            "relation_acl",
        ],
        RelationKind::BelongsToAny => &["name", "disable_include", "relation_acl"],
        RelationKind::HasMany | RelationKind::HasOne => &[
            "name",
            "foreign_key",
            "primary_key",
            "through",
            "key_through",
            "polymorphic",
            "scope",
            "properties",
            "disable_include",
            "nest",
            "relation_acl",
        ],
        RelationKind::HasAndBelongsToMany => &[
            "name",
            "through",
            "foreign_key",
            "key_through",
            "scope",
            "properties",
            "disable_include",
            "nest",
            "relation_acl",
        ],
        RelationKind::EmbedsOne | RelationKind::EmbedsMany => {
            &["name", "scope", "disable_include", "validate", "relation_acl"]
        }
        RelationKind::ReferencesMany => &["name", "scope", "disable_include", "nest", "relation_acl"],
    }
}

/// The keys of `#[property]` that go with a `BelongsToAny`: they say the same of both properties.
const ANY_PROPERTY_KEYS: &[&str] = &["name", "column", "hidden", "protected"];

/// Reports `#[relation]` on a field that is none.
pub(super) fn refuse(field: &syn::Field, ident: &Ident, errors: &mut Errors) {
    for attr in field.attrs.iter().filter(|attr| attr.path().is_ident("relation")) {
        let kinds = RelationKind::ALL.map(RelationKind::name).join(", ");
        errors.at(
            attr,
            format!(
                "`#[relation]` goes on a field that is a relation ({kinds}); `{}` is `{}`",
                plain(ident),
                text(&field.ty)
            ),
        );
    }
}

/// Reads a field that is a relation into the model.
pub(super) fn relation(field: &syn::Field, ident: &Ident, found: RelationType, model: &mut Model, errors: &mut Errors) {
    let options = relation_options(field, found.kind, errors);
    let property = found.kind.stores().then_some(model.properties.len());
    if found.kind.stores() {
        model.properties.extend(stored(field, ident, &found, errors));
    } else {
        stores_nothing(field, ident, found.kind, errors);
    }
    model.fields.push(Field::Relation(model.relations.len()));
    model.relations.push(Relation {
        ident: ident.clone(),
        name: named(options.name.as_ref(), camel_case(&plain(ident)), ident),
        ty: found.ty,
        kind: found.kind,
        optional: found.optional,
        target: found.target,
        doc: doc(&field.attrs),
        property,
        options,
    });
}

/// The properties that the field of a relation stores.
fn stored(field: &syn::Field, ident: &Ident, found: &RelationType, errors: &mut Errors) -> Vec<Property> {
    let options = property_options(&field.attrs, errors);
    let (name, column) = (camel_case(&plain(ident)), plain(ident));
    let whole = |name: String, column: String, base: Base, options: Options| Property {
        name: named(options.name.as_ref(), name, ident),
        column: named(options.column.as_ref(), column, ident),
        ident: ident.clone(),
        ty: found.ty.clone(),
        part: Part::Stored,
        shape: Shape { optional: found.optional, base },
        doc: doc(&field.attrs),
        options,
    };
    match found.kind {
        RelationKind::BelongsToAny => any(field, ident, found, &options, errors),
        RelationKind::BelongsTo => {
            vec![whole(format!("{name}Id"), format!("{column}_id"), Base::Unknown, options)]
        }
        RelationKind::ReferencesMany => {
            let name = format!("{}Ids", singular(&name));
            let column = snake_case(&name);
            vec![whole(name, column, Base::List, options)]
        }
        RelationKind::EmbedsMany => vec![whole(format!("_{name}"), column, Base::List, options)],
        _ => vec![whole(format!("_{name}"), column, Base::Unknown, options)],
    }
}

/// The two properties of a `BelongsToAny`: `name` and `column` are what both begin with.
fn any(
    field: &syn::Field,
    ident: &Ident,
    found: &RelationType,
    options: &Options,
    errors: &mut Errors,
) -> Vec<Property> {
    for key in &options.keys {
        if !ANY_PROPERTY_KEYS.contains(&plain(key).as_str()) {
            errors.at(
                key,
                format!(
                    "`{}` does not go with `BelongsToAny`, which stores two properties; allowed: {}",
                    plain(key),
                    ANY_PROPERTY_KEYS.join(", ")
                ),
            );
        }
    }
    let key = found.key.clone().unwrap_or_else(|| parse_quote!(i64));
    let optional = |ty: Type| if found.optional { parse_quote!(::core::option::Option<#ty>) } else { ty };
    let half = |part: Part, word: &str, ty: Type| {
        let ty = optional(ty);
        Property {
            name: half_name(options.name.as_ref(), camel_case(&plain(ident)), word, ident),
            column: half_name(options.column.as_ref(), plain(ident), &format!("_{}", word.to_lowercase()), ident),
            ident: ident.clone(),
            shape: Shape::of(&ty),
            ty,
            part,
            doc: doc(&field.attrs),
            options: Options { hidden: options.hidden, protected: options.protected, ..Options::default() },
        }
    };
    vec![half(Part::AnyKey, "Id", key), half(Part::AnyModel, "Type", parse_quote!(::std::string::String))]
}

fn half_name(literal: Option<&LitStr>, default: String, ending: &str, field: &Ident) -> At<String> {
    let At { value, span } = named(literal, default, field);
    At::new(value + ending, span)
}

fn stores_nothing(field: &syn::Field, ident: &Ident, kind: RelationKind, errors: &mut Errors) {
    for attr in field.attrs.iter().filter(|attr| attr.path().is_ident("property")) {
        errors.at(
            attr,
            format!(
                "`{}` is a `{}`, which stores nothing that `#[property]` could describe; \
                 the keys of a relation go in `#[relation(..)]`",
                plain(ident),
                kind.name()
            ),
        );
    }
}

fn relation_options(field: &syn::Field, kind: RelationKind, errors: &mut Errors) -> RelationOptions {
    let mut options = RelationOptions::default();
    let mut seen = Seen::default();
    for entry in helper_entries(&field.attrs, "relation", errors) {
        let Entry::Keyed(keyed) = &entry else {
            errors.at(&entry, "expected a key of `#[relation]`, as in `#[relation(foreign_key = field)]`");
            continue;
        };
        if !known_or_of(&keyed.key, "relation", RELATION_KEYS, "property", super::parse::PROPERTY_KEYS, errors)
            || !goes_with(keyed, kind, errors)
            || !seen.once(&keyed.key, "`#[relation]`", errors)
        {
            continue;
        }
        match keyed.name().as_str() {
            "name" => options.name = keyed.filled_string(errors),
            "foreign_key" => options.foreign_key = field_name(keyed, errors),
            "primary_key" => options.primary_key = field_name(keyed, errors),
            "through" => options.through = through(keyed, kind, errors),
            "key_through" => options.key_through = field_name(keyed, errors),
            "polymorphic" => options.polymorphic = field_name(keyed, errors),
            "scope" => options.scope = keyed.function(errors),
            "properties" => options.properties = pairs(keyed, errors),
            "disable_include" => options.disable_include = keyed.flag(errors),
            "nest" => options.nest = keyed.flag(errors),
            "foreign_key_constraint" => options.constraint = keyed.boolean(errors),
            "on_delete" => options.on_delete = on_delete(keyed, errors),
            "relation_acl" => options.relation_acl = relation_acl(keyed, errors),
            _ => options.validate = keyed.boolean(errors),
        }
    }
    options
}

fn goes_with(keyed: &Keyed, kind: RelationKind, errors: &mut Errors) -> bool {
    let (name, allowed) = (keyed.name(), keys_of(kind));
    let goes = allowed.contains(&name.as_str());
    if !goes {
        let kind = kind.name();
        errors.at(&keyed.key, format!("`{name}` does not go with `{kind}`; allowed: {}", allowed.join(", ")));
    }
    goes
}

/// `foreign_key = product`
pub(super) fn field_name(keyed: &Keyed, errors: &mut Errors) -> Option<Ident> {
    if let Form::Value(value) = &keyed.form {
        if let Some(ident) = path(value).and_then(|path| path.get_ident().cloned()) {
            return Some(ident);
        }
        if let Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) = bare(value) {
            let key = keyed.name();
            errors.at(value, format!("`{key}` takes a field's name without quotes: write `{key} = {}`", name.value()));
            return None;
        }
    }
    keyed.wrong(errors, "the name of a field", &format!("{} = field", keyed.name()));
    None
}

/// `through = Appointment` or `through = "ProductTag"`
fn through(keyed: &Keyed, kind: RelationKind, errors: &mut Errors) -> Option<Through> {
    if let Form::Value(value) = &keyed.form {
        if let Some(path) = path(value) {
            return Some(Through::Model(path));
        }
        if let Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) = bare(value) {
            if kind == RelationKind::HasAndBelongsToMany {
                return keyed.filled_string(errors).map(Through::Made);
            }
            let name = name.value();
            errors.at(value, format!("`through` takes a model of yours, without quotes: write `through = {name}`"));
            return None;
        }
    }
    keyed.wrong(errors, "a model", "through = Appointment");
    None
}

/// `properties(own = target)`
fn pairs(keyed: &Keyed, errors: &mut Errors) -> Vec<(Ident, Ident)> {
    const EXAMPLE: &str = "properties(own_field = field_of_the_target)";
    let mut pairs: Vec<(Ident, Ident)> = Vec::new();
    let Some(list) = keyed.list(errors, EXAMPLE) else { return pairs };
    if list.is_empty() {
        errors.at(&keyed.key, format!("`properties` names no field: write `{EXAMPLE}`"));
    }
    for entry in list {
        let Entry::Keyed(pair @ Keyed { form: Form::Value(_), .. }) = entry else {
            errors.at(entry, format!("expected two fields: write `{EXAMPLE}`"));
            continue;
        };
        let Some(target) = field_name(pair, errors) else { continue };
        if pairs.iter().any(|(_, other)| *other == target) {
            errors
                .at(&target, format!("`{}` stands twice in `properties`: it can take over one value", plain(&target)));
        } else {
            pairs.push((pair.key.clone(), target));
        }
    }
    pairs
}

/// `on_delete = cascade`
fn on_delete(keyed: &Keyed, errors: &mut Errors) -> Option<At<OnDelete>> {
    const ALLOWED: [&str; 3] = ["restrict", "cascade", "set_null"];
    let Form::Value(value) = &keyed.form else {
        keyed.wrong(errors, "`restrict`, `cascade` or `set_null`", "on_delete = cascade");
        return None;
    };
    let name = match bare(value) {
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => name.value(),
        _ => text(value),
    };
    let on_delete = match (path(value).is_some(), name.as_str()) {
        (true, "restrict") => OnDelete::Restrict,
        (true, "cascade") => OnDelete::Cascade,
        (true, "set_null") => OnDelete::SetNull,
        _ => {
            let hint = match did_you_mean(&name, ALLOWED) {
                Some(meant) => format!("did you mean `{meant}`? "),
                None => String::new(),
            };
            let found = text(value);
            errors.at(value, format!("unknown value `{found}` of `on_delete`; {hint}allowed: {}", ALLOWED.join(", ")));
            return None;
        }
    };
    Some(At::new(on_delete, keyed.key.span()))
}
