//! `#[role_resolver]`: a function that says who is in a role. Tokens are read ([`parse`]), judged on the way, and
//! written ([`expand`]).

mod expand;
mod ir;
mod parse;

#[cfg(test)]
mod tests;

use crate::support::dump::dump;
use crate::support::errors::Errors;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Item, ItemFn};

/// The expansion of `#[role_resolver(args)] item`. The item always comes out again.
pub(crate) fn expand_role_resolver(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let kept = item.clone();
            match syn::parse2::<Item>(item) {
                Ok(_) => errors.span(Span::call_site(), "`#[role_resolver]` goes on a function, found another item"),
                Err(_) => errors.push(error),
            }
            let errors = errors.into_tokens();
            return quote!(#kept #errors);
        }
    };
    let resolver = parse::resolver(args, &function, &mut errors);
    let rest = errors.is_empty().then(|| expand::expand(&resolver));
    let errors = errors.into_tokens();
    let expansion = quote!(#function #rest #errors);
    dump(&function.sig.ident.to_string(), &expansion);
    expansion
}
