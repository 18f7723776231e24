//! The rules for property types.

use super::ir::{Input, Shape};
use crate::support::errors::Errors;
use crate::support::spans::{At, borrows, plain};

/// Checks a property type.
pub(crate) fn check(input: &Input, errors: &mut Errors) {
    match &input.shape {
        Shape::Enum(variants) => {
            distinct("variants are stored as", "rename", variants.iter().map(|variant| &variant.word), errors);
        }
        Shape::Struct(fields) => {
            if fields.is_empty() {
                errors.at(&input.ident, format!("`{}` has no fields, so nothing would be stored", input.ident));
            }
            distinct("fields have the JSON name", "name", fields.iter().map(|field| &field.name), errors);
            for field in fields.iter().filter(|field| borrows(&field.ty)) {
                errors.at(
                    &field.ty,
                    format!(
                        "a property owns its value: `{}` cannot be a reference or have a lifetime",
                        plain(&field.ident)
                    ),
                );
            }
        }
    }
}

fn distinct<'a>(what: &str, key: &str, names: impl Iterator<Item = &'a At<String>>, errors: &mut Errors) {
    let mut seen: Vec<&At<String>> = Vec::new();
    for name in names {
        if let Some(first) = seen.iter().find(|first| first.value == name.value) {
            errors.conflict(
                name.span,
                format!("two {what} `{0}`: give one another with `#[property_type({key} = \"..\")]`", name.value),
                first.span,
                format!("the first with `{}`", name.value),
            );
        }
        seen.push(name);
    }
}
