//! The rules that need the fields.

use crate::model::check::unknown_field;
use crate::model::ir::{Model, RelationKind};
use crate::support::errors::Errors;
use crate::support::spans::plain;
use syn::Ident;

/// Checks the settings about access control.
pub(in crate::model) fn check(model: &Model, errors: &mut Errors) {
    for field in &model.settings.access.owner {
        owner(model, field, errors);
    }
}

/// An owner is the row of a `BelongsTo`, or the user whose id a property holds.
fn owner(model: &Model, field: &Ident, errors: &mut Errors) {
    let of_base = model.base.as_ref().is_some_and(|base| base.ident == *field);
    match model.relation_of(field) {
        Some(relation) if relation.kind == RelationKind::BelongsTo => {}
        Some(relation) => errors.at(
            field,
            format!(
                "`owner` names `{}`, a `{}`: name a `BelongsTo`, or a property that holds the id of a user",
                plain(field),
                relation.kind.name()
            ),
        ),
        None if !model.of_field(field).is_empty() => {}
        // It may be a field of the base: the compiler sees that.
        None if model.extends && !of_base => {}
        None => unknown_field(model, field, &plain(field), "`owner`", errors),
    }
}
