//! The rules that need more than one key to judge. One function each, with its ui test in `tests/ui/model`.

use super::ir::{Base, Model, Part, Property, Rule};
use super::{access, check_relations, check_settings, check_types, user};
use crate::acl;
use crate::support::errors::Errors;
use crate::support::names::did_you_mean;
use crate::support::spans::{At, borrows, plain, text};
use quote::ToTokens;
use std::fmt::Display;
use syn::{Ident, LitStr};

/// Checks a model.
pub(crate) fn check(model: &Model, errors: &mut Errors) {
    one_id(model, errors);
    check_settings::check(model, errors);
    acl::check(&model.acls, errors);
    access::check::check(model, errors);
    user::check::check(model, errors);
    distinct_names(model, errors);
    fields_exist(model, errors);
    check_relations::check(model, errors);
    for property in &model.properties {
        owned_type(property, errors);
        id_type(property, errors);
        generated(property, errors);
        visible_id(property, errors);
        bounds_in_order(property, errors);
        validations_once(property, errors);
        scale_within_precision(property, errors);
        check_types::check(property, errors);
        conditions(model, property, errors);
    }
}

/// The names of the fields that store something, for messages.
fn stored_fields(model: &Model) -> Vec<String> {
    let mut fields: Vec<String> = model.properties.iter().map(Property::field).collect();
    fields.dedup();
    fields
}

fn one_id(model: &Model, errors: &mut Errors) {
    let mut ids = model.properties.iter().filter_map(|property| Some((property, property.options.id?)));
    let Some((first, first_at)) = ids.next() else {
        // Whether the base has one is for the compiler to see.
        if model.settings.transient.is_some() || model.extends {
            return;
        }
        errors.at(&model.ident, format!("`{}` has no id: add `#[property(id)]` to one field", plain(&model.ident)));
        return;
    };
    for (second, at) in ids {
        errors.conflict(
            at,
            format!("`{}` is a second id; a model has exactly one", second.field()),
            first_at,
            format!("the first id is `{}`", first.field()),
        );
    }
}

fn distinct_names(model: &Model, errors: &mut Errors) {
    fn distinct(model: &Model, what: &str, key: &str, of: impl Fn(&Property) -> &At<String>, errors: &mut Errors) {
        for (at, second) in model.properties.iter().enumerate() {
            let name = of(second);
            if let Some(first) = model.properties[..at].iter().find(|first| of(first).value == name.value) {
                errors.conflict(
                    name.span,
                    format!("two fields have the {what} `{}`: give one another with `{key} = \"..\"`", name.value),
                    of(first).span,
                    format!("the first field with the {what} `{}`", name.value),
                );
            }
        }
    }
    distinct(model, "JSON name", "name", |property| &property.name, errors);
    distinct(model, "column", "column", |property| &property.column, errors);
}

fn fields_exist(model: &Model, errors: &mut Errors) {
    for index in &model.settings.indexes {
        let key = if index.unique { "unique" } else { "index" };
        for field in &index.fields {
            field_exists(model, field, &format!("`{key}`"), errors);
        }
    }
    for property in &model.properties {
        for validation in &property.options.validations {
            if let Rule::Uniqueness { scope } = &validation.rule {
                for field in scope {
                    if *field == property.ident {
                        errors.at(field, format!("`scope` names `{}` itself: name other fields", property.field()));
                    } else {
                        field_exists(model, field, "`scope`", errors);
                    }
                }
            }
        }
    }
}

/// That a field of the model stores something.
pub(super) fn field_exists(model: &Model, field: &Ident, place: &str, errors: &mut Errors) {
    if !model.of_field(field).is_empty() {
        return;
    }
    match model.relation_of(field) {
        // It may be a field of the base: the compiler sees that.
        None if model.extends && model.base.as_ref().is_none_or(|base| base.ident != *field) => {}
        Some(relation) => errors
            .at(field, format!("{place} names `{}`, a `{}`, which stores nothing", plain(field), relation.kind.name())),
        None => unknown_field(model, field, &plain(field), place, errors),
    }
}

pub(super) fn unknown_field(model: &Model, at: impl ToTokens, name: &str, place: impl Display, errors: &mut Errors) {
    let fields = stored_fields(model);
    let hint = match did_you_mean(name, fields.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`? "),
        None => String::new(),
    };
    let model_name = plain(&model.ident);
    errors.at(
        at,
        format!("unknown field `{name}` in {place}; {hint}the fields of `{model_name}`: {}", fields.join(", ")),
    );
}

/// `if` and `unless` name a boolean property.
fn conditions(model: &Model, property: &Property, errors: &mut Errors) {
    let conditions = property.options.validations.iter().flat_map(|validation| {
        [("if", &validation.when), ("unless", &validation.unless)]
            .into_iter()
            .filter_map(|(key, name)| Some((key, name.as_ref()?)))
    });
    for (key, literal) in conditions {
        condition(model, key, literal, errors);
    }
}

fn condition(model: &Model, key: &str, literal: &LitStr, errors: &mut Errors) {
    let name = literal.value();
    let Some(named) = model.by_either_name(&name) else {
        // It may be a property of the base: the compiler sees that.
        if model.extends {
            return;
        }
        unknown_field(model, literal, &name, format!("`{key}`"), errors);
        return;
    };
    if !matches!(named.shape.base, Base::Bool | Base::Unknown) {
        let ty = text(&named.ty);
        errors.at(literal, format!("`{key}` takes a field of type `bool` or `Option<bool>`; `{name}` is `{ty}`"));
    }
}

fn owned_type(property: &Property, errors: &mut Errors) {
    if borrows(&property.ty) {
        errors.at(
            &property.ty,
            format!("a property owns its value: `{}` cannot be a reference or have a lifetime", property.field()),
        );
    }
}

fn id_type(property: &Property, errors: &mut Errors) {
    if property.options.id.is_none() || property.can_be_id() {
        return;
    }
    if property.part != Part::Field {
        errors.at(
            &property.ty,
            "a relation cannot be the id: add a field for that, `#[property(id, generated)] id: i64`",
        );
        return;
    }
    let found = if property.shape.optional { "an `Option`" } else { property.shape.base.noun() };
    errors.at(
        &property.ty,
        format!("the id is always there, so its type is an integer, `String` or `Uuid`, found {found}"),
    );
}

fn generated(property: &Property, errors: &mut Errors) {
    let Some(at) = property.options.generated else { return };
    if property.options.id.is_none() {
        errors.span(at, "`generated` goes with `id`: write `#[property(id, generated)]`");
    } else if !matches!(property.shape.base, Base::Integer { .. } | Base::String | Base::Uuid | Base::Unknown) {
        let found = property.shape.base.noun();
        errors.span(at, format!("`generated` goes on an integer, `String` or `Uuid`; the field is {found}"));
    }
}

fn visible_id(property: &Property, errors: &mut Errors) {
    if let (Some(_), Some(at)) = (property.options.id, property.options.hidden) {
        errors.span(at, "the id cannot be `hidden`: every answer and every path needs it");
    }
}

fn bounds_in_order(property: &Property, errors: &mut Errors) {
    fn ordered<T: PartialOrd + Display>(key: &str, min: Option<&At<T>>, max: Option<&At<T>>, errors: &mut Errors) {
        if let (Some(min), Some(max)) = (min, max)
            && min.value > max.value
        {
            errors
                .span(min.span, format!("`{key}` lets nothing through: min {} is above max {}", min.value, max.value));
        }
    }
    for validation in &property.options.validations {
        match &validation.rule {
            Rule::Length { min, max, is } => {
                ordered("length", min.as_ref(), max.as_ref(), errors);
                ordered("length", min.as_ref(), is.as_ref(), errors);
                ordered("length", is.as_ref(), max.as_ref(), errors);
            }
            Rule::Range { min, max } => ordered("range", min.as_ref(), max.as_ref(), errors),
            _ => {}
        }
    }
}

/// A validation stands once, except under another condition or with another function.
fn validations_once(property: &Property, errors: &mut Errors) {
    let validations = &property.options.validations;
    for (at, second) in validations.iter().enumerate() {
        let repeated = validations[..at].iter().any(|first| {
            first.same_condition(second)
                && match (&first.rule, &second.rule) {
                    (Rule::Custom(a), Rule::Custom(b)) | (Rule::CustomAsync(a), Rule::CustomAsync(b)) => a == b,
                    (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
                }
        });
        if repeated {
            errors.span(
                second.span(),
                format!(
                    "`{}` stands twice on `{}`; it may stand again with another `if` or `unless`",
                    plain(&second.key),
                    property.field()
                ),
            );
        }
    }
}

fn scale_within_precision(property: &Property, errors: &mut Errors) {
    let sql = &property.options.sql;
    if let (Some(precision), Some(scale)) = (&sql.precision, &sql.scale)
        && scale.value > precision.value
    {
        errors.span(
            scale.span,
            format!(
                "`scale` counts among `precision`: {} digits cannot have {} after the point",
                precision.value, scale.value
            ),
        );
    }
}
