//! `base = Animal` and the field with `#[base]`: what goes together.

use super::ir::{BaseField, Field, Model, Settings};
use super::parse::unconditional;
use crate::support::attr::{doc, last_ident};
use crate::support::errors::Errors;
use crate::support::names::snake_case;
use crate::support::spans::{plain, text};
use syn::spanned::Spanned;
use syn::{Attribute, FieldsNamed, Meta, Type, parse_quote};

/// Whether an attribute is `#[base]`.
pub(super) fn marks(attr: &Attribute) -> bool {
    attr.path().is_ident("base")
}

/// Whether there is a key `base`, be it with an error.
pub(super) fn asked_for(settings: &Settings) -> bool {
    settings.keys.iter().any(|key| key == "base")
}

/// The field that `base = ..` is about; `None` without one, or after an error.
pub(super) fn base(fields: &FieldsNamed, settings: &Settings, errors: &mut Errors) -> Option<BaseField> {
    let mut marked = fields.named.iter().filter_map(|field| Some((field, field.attrs.iter().find(|a| marks(a))?)));
    let Some((field, attr)) = marked.next() else {
        if let Some(path) = &settings.base {
            let (ty, last) = (text(path), path.segments.last().map(|last| plain(&last.ident)).unwrap_or_default());
            let field = snake_case(&last);
            errors.at(path, format!("`base = {ty}` needs the field that holds it: add `#[base] pub {field}: {ty}`"));
        }
        return None;
    };
    let Some(path) = &settings.base else {
        if asked_for(settings) {
            return None;
        }
        let ty = text(&field.ty);
        errors.at(attr, format!("`#[base]` goes with the key `base`: write `#[model(base = {ty})]`"));
        return None;
    };
    let mut good = true;
    for (second, second_attr) in marked {
        let name = second.ident.as_ref().map(plain).unwrap_or_default();
        let message = format!("`{name}` is a second base; a model extends one other");
        errors.conflict(second_attr.span(), message, attr.span(), "the first base");
        good = false;
    }
    let ty: Type = parse_quote!(#path);
    // As far as a macro can see; the compiler compares the types.
    if last_ident(&field.ty) != last_ident(&ty) {
        let (expected, found) = (text(path), text(&field.ty));
        errors
            .at(&field.ty, format!("the field with `#[base]` holds what `base` names: `{expected}`, found `{found}`"));
        good = false;
    }
    let ident = field.ident.clone()?;
    good.then(|| BaseField { ident, ty: field.ty.clone(), path: path.clone(), doc: doc(&field.attrs) })
}

/// Reads a field with `#[base]`. It has no options: the base says what its properties are.
pub(super) fn base_field(field: &syn::Field, model: &mut Model, errors: &mut Errors) {
    unconditional(field, errors);
    let mut seen = false;
    for attr in &field.attrs {
        if marks(attr) {
            if std::mem::replace(&mut seen, true) {
                errors.at(attr, "`#[base]` stands twice on the field; it may stand once");
            } else if !matches!(attr.meta, Meta::Path(_)) {
                errors.at(attr, "`#[base]` takes no options: say in `#[model]` what is different here");
            }
        } else if let Some(name) = ["property", "relation"].into_iter().find(|name| attr.path().is_ident(name)) {
            errors.at(attr, format!("`#[{name}]` does not go with `#[base]`: the base says what its properties are"));
        }
    }
    let Some(ident) = &field.ident else { return };
    model.fields.push(match &model.base {
        Some(base) if base.ident == *ident => Field::Base,
        _ => Field::Unreadable(ident.clone(), Box::new(field.ty.clone())),
    });
}
