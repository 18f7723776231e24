//! `#[derive(PropertyType)]`: an enum or a struct of the user's as the type of a property.

mod check;
mod expand;
mod ir;
mod parse;

#[cfg(test)]
mod tests;

use crate::support::dump::dump;
use crate::support::errors::Errors;
use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

/// The expansion of the derive.
pub(crate) fn expand_property_type(item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.to_compile_error(),
    };
    let input = parse::input(&item, &mut errors);
    if let Some(input) = &input {
        check::check(input, &mut errors);
    }
    let expansion = match &input {
        Some(input) if errors.is_empty() => expand::expand(input),
        _ => {
            let generic = !item.generics.params.is_empty();
            let kept = (!generic).then(|| expand::recover(&item.ident));
            let errors = errors.into_tokens();
            quote!(#kept #errors)
        }
    };
    dump(&item.ident.to_string(), &expansion);
    expansion
}
