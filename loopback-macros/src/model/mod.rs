//! `#[model]`: a struct becomes a model; what it is on an impl block see [`impl_block`]. Tokens are read ([`parse`]), judged ([`check`]) and written ([`expand`]).

mod access;
mod base;
mod check;
mod check_relations;
mod check_settings;
mod check_types;
mod expand;
mod expand_base;
mod expand_property;
mod expand_relation;
mod ir;
mod parse;
mod relation;
mod relation_type;
mod settings;
mod user;
mod validation;

#[cfg(test)]
mod tests;

/// What attributes on arguments of remote methods share with those on fields.
pub(crate) mod values {
    pub(crate) use super::check_types::misfit;
    pub(crate) use super::expand_property::literal_def;
    pub(crate) use super::ir::{Base, Shape};
}

use crate::acl;
use crate::impl_block;
use crate::support::attr::derives;
use crate::support::dump::dump;
use crate::support::errors::Errors;
use crate::support::spans::borrows;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Fields, Item, ItemFn, ItemMod, ItemStruct, ItemTrait, ItemType};

/// The expansion of `#[model(args)] item`.
///
/// The item always comes out again, without its helper attributes: a mistake in an attribute is no reason for "cannot
/// find type" all over the crate.
pub(crate) fn expand_model(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let kept = item.clone();
    let parsed = match syn::parse2::<Item>(item) {
        Ok(parsed) => parsed,
        Err(error) => {
            let error = error.to_compile_error();
            return quote!(#kept #error);
        }
    };
    match parsed {
        Item::Struct(item) => on_struct(args, item, errors),
        Item::Impl(item) => impl_block::expand_impl(args, item, errors),
        mut other => {
            errors.at(first_line(&other), refusal(&other));
            strip_item(&mut other);
            let errors = errors.into_tokens();
            quote!(#other #errors)
        }
    }
}

fn on_struct(args: TokenStream, mut item: ItemStruct, mut errors: Errors) -> TokenStream {
    let model = parse::model(args, &item, &mut errors);
    if let Some(model) = &model {
        check::check(model, &mut errors);
    }
    item.attrs.retain(|attr| !acl::marks(attr));
    strip_fields(&mut item.fields);
    let rest = match &model {
        Some(model) if errors.is_empty() => expand::expand(model),
        Some(model) if recoverable(model) => expand::recover(model),
        _ => TokenStream::new(),
    };
    let hidden = hidden(model.as_ref());
    let debug = (!hidden.is_empty() && !derives(&item.attrs, "Debug")).then(|| debug(&item, &hidden));
    let missing: Vec<TokenStream> = [("Clone", quote!(::core::clone::Clone)), ("Debug", quote!(::core::fmt::Debug))]
        .into_iter()
        .filter(|(name, _)| !derives(&item.attrs, name) && (*name != "Debug" || debug.is_none()))
        .map(|(_, path)| path)
        .collect();
    let derive = (!missing.is_empty()).then(|| quote!(#[derive(#(#missing),*)]));
    let errors = errors.into_tokens();
    let expansion = quote! { #derive #item #debug #rest #errors };
    dump(&item.ident.to_string(), &expansion);
    expansion
}

/// The fields that no answer shows.
fn hidden(model: Option<&ir::Model>) -> Vec<&syn::Ident> {
    let properties = model.map(|model| &model.properties[..]).unwrap_or_default();
    properties.iter().filter(|property| property.options.hidden.is_some()).map(|property| &property.ident).collect()
}

/// `Debug` without what is hidden: what no answer shows is none of a log's either.
fn debug(item: &ItemStruct, hidden: &[&syn::Ident]) -> TokenStream {
    let ident = &item.ident;
    let shown = item.fields.iter().filter_map(|field| field.ident.as_ref()).filter(|field| !hidden.contains(field));
    quote! {
        #[automatically_derived]
        impl ::core::fmt::Debug for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(::core::stringify!(#ident))
                    #(.field(::core::stringify!(#shown), &self.#shown))*
                    .finish_non_exhaustive()
            }
        }
    }
}

/// Whether the traits can be implemented in spite of the errors: not with a lifetime in a field's type, and not
/// without fields. Each trait would add complaints of its own.
fn recoverable(model: &ir::Model) -> bool {
    let unreadable = model.fields.iter().filter_map(|field| match field {
        ir::Field::Unreadable(_, ty) => Some(&**ty),
        ir::Field::Property(_) | ir::Field::Relation(_) | ir::Field::Base => None,
    });
    let properties = model.properties.iter().map(|property| &property.ty);
    let relations = model.relations.iter().map(|relation| &relation.ty);
    !model.fields.is_empty() && !properties.chain(relations).chain(unreadable).any(borrows)
}

fn refusal(item: &Item) -> String {
    let found = match item {
        Item::Enum(_) => "an enum",
        Item::Union(_) => "a union",
        Item::Trait(_) => "a trait",
        Item::Fn(_) => "a function",
        Item::Mod(_) => "a module",
        Item::Type(_) => "a type alias",
        _ => "another item",
    };
    format!("`#[model]` goes on a struct with named fields, found {found}")
}

/// What to point at: the name where there is one, as the whole item would underline a screenful.
fn first_line(item: &Item) -> TokenStream {
    match item {
        Item::Enum(item) => item.ident.to_token_stream(),
        Item::Union(item) => item.ident.to_token_stream(),
        Item::Trait(item) => item.ident.to_token_stream(),
        Item::Fn(item) => item.sig.ident.to_token_stream(),
        Item::Mod(item) => item.ident.to_token_stream(),
        Item::Type(item) => item.ident.to_token_stream(),
        other => other.to_token_stream(),
    }
}

fn strip(attrs: &mut Vec<Attribute>) {
    attrs.retain(|attr| {
        !acl::marks(attr) && !["property", "relation", "base"].iter().any(|name| attr.path().is_ident(name))
    });
}

fn strip_fields(fields: &mut Fields) {
    for field in fields {
        strip(&mut field.attrs);
    }
}

fn strip_item(item: &mut Item) {
    match item {
        Item::Enum(item) => {
            strip(&mut item.attrs);
            for variant in &mut item.variants {
                strip(&mut variant.attrs);
                strip_fields(&mut variant.fields);
            }
        }
        Item::Union(item) => {
            strip(&mut item.attrs);
            for field in &mut item.fields.named {
                strip(&mut field.attrs);
            }
        }
        Item::Trait(ItemTrait { attrs, .. })
        | Item::Fn(ItemFn { attrs, .. })
        | Item::Mod(ItemMod { attrs, .. })
        | Item::Type(ItemType { attrs, .. }) => strip(attrs),
        _ => {}
    }
}
