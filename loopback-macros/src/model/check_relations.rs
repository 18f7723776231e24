//! The rules about relations. One function each, with its ui test in `tests/ui/relation`.

use super::check::field_exists;
use super::ir::{Model, OnDelete, Relation, RelationKind, Through};
use crate::support::errors::Errors;
use crate::support::spans::{plain, text};

/// Words of the filter language: where a relation's name could stand as well.
const FILTER_WORDS: [&str; 3] = ["and", "or", "nor"];

/// Checks the relations of a model.
pub(super) fn check(model: &Model, errors: &mut Errors) {
    for (at, relation) in model.relations.iter().enumerate() {
        distinct_name(model, at, relation, errors);
        one_way_back(relation, errors);
        key_through(relation, errors);
        keys_of_a_made_table(relation, errors);
        set_null(relation, errors);
        own_fields(model, relation, errors);
        rows_of_their_own(model, relation, errors);
    }
}

/// Properties and relations are keys of one JSON object.
fn distinct_name(model: &Model, at: usize, relation: &Relation, errors: &mut Errors) {
    let name = &relation.name;
    let hint = "give the relation another with `#[relation(name = \"..\")]`";
    if FILTER_WORDS.contains(&name.value.as_str()) {
        errors.span(name.span, format!("`{}` is a word of the filter language: {hint}", name.value));
    }
    let property = model.properties.iter().map(|property| &property.name).find(|other| other.value == name.value);
    let earlier = model.relations[..at].iter().map(|relation| &relation.name).find(|other| other.value == name.value);
    if let Some(property) = property {
        errors.conflict(
            name.span,
            format!("a relation and a property have the JSON name `{}`: {hint}", name.value),
            property.span,
            format!("the property with the JSON name `{}`", name.value),
        );
    } else if let Some(earlier) = earlier {
        errors.conflict(
            name.span,
            format!("two relations have the JSON name `{}`: {hint}", name.value),
            earlier.span,
            format!("the first relation with the JSON name `{}`", name.value),
        );
    }
}

/// A row is found by a foreign key or by a polymorphic one.
fn one_way_back(relation: &Relation, errors: &mut Errors) {
    if let (Some(foreign_key), Some(polymorphic)) = (&relation.options.foreign_key, &relation.options.polymorphic) {
        errors.conflict(
            foreign_key.span(),
            "`foreign_key` and `polymorphic` both name the field that leads back: leave one out",
            polymorphic.span(),
            "`polymorphic` names a field of the type `BelongsToAny`, `foreign_key` one of the type `BelongsTo`",
        );
    }
}

fn key_through(relation: &Relation, errors: &mut Errors) {
    if let (Some(field), None) = (&relation.options.key_through, &relation.options.through) {
        errors.at(field, "`key_through` is a field of the model between the two: name that with `through = Model`");
    }
}

/// Of a table that the framework makes nobody needs to name the keys.
fn keys_of_a_made_table(relation: &Relation, errors: &mut Errors) {
    if relation.kind != RelationKind::HasAndBelongsToMany || matches!(relation.options.through, Some(Through::Model(_)))
    {
        return;
    }
    let key_through = relation.options.key_through.as_ref().filter(|_| relation.options.through.is_some());
    for (key, field) in [("foreign_key", relation.options.foreign_key.as_ref()), ("key_through", key_through)] {
        if let Some(field) = field {
            errors.at(
                field,
                format!(
                    "`{key}` is a field of a model of yours between the two: name that with `through = Model`; \
                     the table of this `HasAndBelongsToMany` is made by the framework"
                ),
            );
        }
    }
}

fn set_null(relation: &Relation, errors: &mut Errors) {
    if let Some(on_delete) = &relation.options.on_delete
        && on_delete.value == OnDelete::SetNull
        && !relation.optional
    {
        let ty = text(&relation.ty);
        errors.span(
            on_delete.span,
            format!("`on_delete = set_null` needs a key that may be absent: write `Option<{ty}>`, or use `cascade`"),
        );
    }
}

/// The options that name fields of this model. Those of other models are the compiler's to find.
fn own_fields(model: &Model, relation: &Relation, errors: &mut Errors) {
    if let Some(field) = &relation.options.primary_key
        && relation.kind != RelationKind::BelongsTo
    {
        field_exists(model, field, "`primary_key`", errors);
    }
    for (own, _) in &relation.options.properties {
        field_exists(model, own, "`properties`", errors);
    }
}

/// No key can lead to what has no table.
fn rows_of_their_own(model: &Model, relation: &Relation, errors: &mut Errors) {
    if model.settings.transient.is_some() && !relation.kind.stores() {
        let (name, kind) = (plain(&model.ident), relation.kind.name());
        errors.at(
            &relation.ty,
            format!("a `transient` model cannot have `{kind}`: `{name}` has no rows that a key could lead to"),
        );
    }
}
