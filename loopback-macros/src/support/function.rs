//! The function that an attribute stands on.

use super::errors::Errors;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Item, ItemFn};

/// The function behind `#[attribute]`.
///
/// # Errors
/// It is something else: what comes out then, the item as it is and what is wrong.
pub(crate) fn function(attribute: &str, item: TokenStream) -> Result<ItemFn, TokenStream> {
    let error = match syn::parse2(item.clone()) {
        Ok(function) => return Ok(function),
        Err(error) => error,
    };
    let mut errors = Errors::default();
    let kept = item.clone();
    match syn::parse2::<Item>(item) {
        Ok(_) => errors.span(Span::call_site(), format!("`#[{attribute}]` goes on a function, found another item")),
        Err(_) => errors.push(error),
    }
    let errors = errors.into_tokens();
    Err(quote!(#kept #errors))
}
