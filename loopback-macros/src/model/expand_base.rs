//! The base to tokens. Its properties and relations come first in the model's, with the indexes that they have in the
//! base, so that what works on the base's works on the model's as well.
//!
//! A macro does not see how many there are: indexes of the model's own are counted by `OF_BASE`, a constant of the
//! expansion.

use super::expand::props_ident;
use super::ir::{BaseField, Model};
use crate::support::spans::{generated_at, plain, text};
use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, LitStr};

/// The base as a model. At its type, so that one that is no model is reported there.
pub(super) fn as_model(base: &BaseField) -> TokenStream {
    let ty = &base.ty;
    quote_spanned!(generated_at(ty.span())=> <#ty as lb::Model>)
}

/// The index of a property of the model's own, a `u16`.
pub(super) fn property_index(model: &Model, own: usize) -> TokenStream {
    let own = Literal::usize_unsuffixed(own);
    if model.base.is_some() { quote!(OF_BASE.property(#own)) } else { quote!(#own) }
}

/// The index of a relation of the model's own, a `u16`.
pub(super) fn relation_index(model: &Model, own: usize) -> TokenStream {
    let own = Literal::usize_unsuffixed(own);
    if model.base.is_some() { quote!(OF_BASE.relation(#own)) } else { quote!(#own) }
}

/// An index of the two above where a `usize` is asked for.
pub(super) fn position(model: &Model, index: &TokenStream) -> TokenStream {
    if model.base.is_some() { quote!(::core::convert::Into::into(#index)) } else { index.clone() }
}

/// The lists of properties and relations: the tokens of the definition, and the items that it needs.
pub(super) fn lists(
    model: &Model,
    properties: impl Iterator<Item = TokenStream>,
    relations: impl Iterator<Item = TokenStream>,
) -> (TokenStream, TokenStream) {
    let Some(base) = &model.base else {
        return (quote!(properties: &[#(#properties),*], relations: &[#(#relations),*]), TokenStream::new());
    };
    let as_model = as_model(base);
    let items = quote! {
        const OF_BASE: lb::BaseDef = lb::BaseDef::new(#as_model::DEF);
        const OWN_PROPERTIES: &[lb::PropertyDef] = &[#(#properties),*];
        const OWN_RELATIONS: &[lb::RelationDef] = &[#(#relations),*];
        static PROPERTIES: [lb::PropertyDef; OF_BASE.width(OWN_PROPERTIES)] = OF_BASE.properties(OWN_PROPERTIES);
        static RELATIONS: [lb::RelationDef; OF_BASE.relation_count(OWN_RELATIONS)] =
            OF_BASE.relations(OWN_RELATIONS);
    };
    (quote!(properties: &PROPERTIES, relations: &RELATIONS), items)
}

/// The JSON names of what fields store, which may be fields of the base. `place` is the key that names them.
pub(super) fn json_names(model: &Model, fields: &[Ident], place: &str) -> Vec<TokenStream> {
    let names = fields.iter().flat_map(|field| {
        let own = model.of_field(field).into_iter().map(|property| {
            let name = &property.name.value;
            quote!(#name)
        });
        let mut names: Vec<_> = own.collect();
        if let (true, Some(base)) = (names.is_empty(), &model.base) {
            let name = plain(field);
            let unknown = unknown(model, base, &name, place);
            names.push(quote_spanned!(generated_at(field.span())=> const { OF_BASE.field(#name, #unknown) }));
        }
        names
    });
    names.collect()
}

/// The JSON name of the property that `if` or `unless` names, which may be one of the base.
pub(super) fn condition(model: &Model, name: &LitStr, place: &str) -> Option<TokenStream> {
    let text = name.value();
    if let Some(own) = model.by_either_name(&text) {
        let name = &own.name.value;
        return Some(quote!(#name));
    }
    let unknown = unknown(model, model.base.as_ref()?, &text, place);
    Some(quote_spanned!(generated_at(name.span())=> const { OF_BASE.condition(#text, #unknown) }))
}

fn unknown(model: &Model, base: &BaseField, name: &str, place: &str) -> String {
    let (model, base) = (plain(&model.ident), text(&base.path));
    format!("unknown field `{name}` in `{place}`; neither `{model}` nor its base `{base}` has it")
}

/// How the model and its handles lead to those of the base.
pub(super) fn derefs(model: &Model) -> Option<TokenStream> {
    let BaseField { ident: field, ty, .. } = model.base.as_ref()?;
    let (ident, props, as_model) = (&model.ident, props_ident(model), as_model(model.base.as_ref()?));
    Some(quote! {
        #[automatically_derived]
        impl ::core::ops::Deref for #ident {
            type Target = #ty;

            fn deref(&self) -> &#ty {
                &self.#field
            }
        }

        #[automatically_derived]
        impl ::core::ops::DerefMut for #ident {
            fn deref_mut(&mut self) -> &mut #ty {
                &mut self.#field
            }
        }

        #[automatically_derived]
        impl<__M> ::core::ops::Deref for #props<__M> {
            type Target = #as_model::Props<__M>;

            fn deref(&self) -> &Self::Target {
                &self.#field
            }
        }

        // What leads to rows of others by one field of the base does so here.
        #[automatically_derived]
        impl<__M, __Via> lb::RefersTo<__M, lb::Inherited<__Via>> for #ident where #ty: lb::RefersTo<__M, __Via> {}
    })
}

/// What the compiler is asked about the base: which of the two has the id, and a table.
pub(super) fn checks(model: &Model) -> Option<TokenStream> {
    let BaseField { ty, path, .. } = model.base.as_ref()?;
    let same = quote_spanned!(generated_at(ty.span())=> const _: fn(#path) -> #ty = |base| base;);
    let base = text(path);
    let ident = plain(&model.ident);
    let id = model.properties.iter().find_map(|property| Some((property, property.options.id?)));
    let id = match id {
        Some((property, at)) => {
            let name = property.field();
            let second = format!("`{name}` is a second id: the base `{base}` has one, and a model has exactly one");
            Some(quote_spanned!(generated_at(at)=> const _: () = OF_BASE.no_id(#second);))
        }
        None if model.settings.transient.is_some() => None,
        None => {
            let missing =
                format!("`{ident}` has no id, and its base `{base}` has none: add `#[property(id)]` to one field");
            Some(quote_spanned!(generated_at(model.ident.span())=> const _: () = OF_BASE.id(#missing);))
        }
    };
    let transient = model.settings.transient.map(|at| {
        let message = format!("a `transient` model extends `transient` ones, and `{base}` has a table");
        quote_spanned!(generated_at(at)=> const _: () = OF_BASE.transient(#message);)
    });
    Some(quote!(#same #id #transient))
}
