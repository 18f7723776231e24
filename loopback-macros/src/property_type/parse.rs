//! Tokens to [`ir`](super::ir).

use super::ir::{Field, Input, Shape, Variant};
use crate::support::attr::{Entry, Seen, doc, helper_entries, known};
use crate::support::errors::Errors;
use crate::support::names::{camel_case, camel_of_pascal};
use crate::support::spans::{At, plain};
use syn::{Attribute, Data, DataEnum, DeriveInput, Fields, Ident};

const EXPECTED: &str = "`#[derive(PropertyType)]` goes on an enum without fields or a struct with named fields";

/// Reads the item. `None`: it cannot be a property type at all.
pub(crate) fn input(item: &DeriveInput, errors: &mut Errors) -> Option<Input> {
    if !item.generics.params.is_empty() {
        errors.at(&item.generics.params, "a property type cannot be generic: it is stored as one kind of values");
        return None;
    }
    let shape = match &item.data {
        Data::Enum(data) => Shape::Enum(variants(item, data, errors)?),
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Shape::Struct(fields.named.iter().filter_map(|f| field(f, errors)).collect()),
            Fields::Unnamed(_) => {
                errors.at(
                    &item.ident,
                    format!("{EXPECTED}, found a tuple struct; implement `PropertyType` by hand to store it as what it wraps"),
                );
                return None;
            }
            Fields::Unit => {
                errors.at(&item.ident, format!("{EXPECTED}, found a struct without fields"));
                return None;
            }
        },
        Data::Union(_) => {
            errors.at(&item.ident, format!("{EXPECTED}, found a union"));
            return None;
        }
    };
    Some(Input { ident: item.ident.clone(), shape })
}

fn variants(item: &DeriveInput, data: &DataEnum, errors: &mut Errors) -> Option<Vec<Variant>> {
    if data.variants.is_empty() {
        errors.at(&item.ident, format!("`{}` has no variants, so no property could have a value", item.ident));
        return None;
    }
    let mut unit = true;
    let mut found = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            unit = false;
            errors.at(
                &variant.fields,
                format!("the variant `{}` has fields; an enum is stored as one word per variant", variant.ident),
            );
        }
        let default = camel_of_pascal(&plain(&variant.ident));
        let word = name(&variant.attrs, "rename", default, &variant.ident, errors);
        found.push(Variant { ident: variant.ident.clone(), word });
    }
    unit.then_some(found)
}

fn field(field: &syn::Field, errors: &mut Errors) -> Option<Field> {
    let ident = field.ident.clone()?;
    let name = name(&field.attrs, "name", camel_case(&plain(&ident)), &ident, errors);
    Some(Field { ty: field.ty.clone(), doc: doc(&field.attrs), name, ident })
}

/// The word of a variant or the key of a field: the helper attribute's, or the default.
fn name(attrs: &[Attribute], key: &str, default: String, ident: &Ident, errors: &mut Errors) -> At<String> {
    let mut name = At::new(default, ident.span());
    let mut seen = Seen::default();
    for entry in helper_entries(attrs, "property_type", errors) {
        let Entry::Keyed(keyed) = &entry else {
            errors
                .at(&entry, format!("expected a key of `#[property_type]`, as in `#[property_type({key} = \"..\")]`"));
            continue;
        };
        if known(&keyed.key, "key", "`#[property_type]`", &[key], errors)
            && seen.once(&keyed.key, "`#[property_type]`", errors)
            && let Some(text) = keyed.filled_string(errors)
        {
            name = At::new(text.value(), text.span());
        }
    }
    name
}
