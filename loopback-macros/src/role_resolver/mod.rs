//! `#[role_resolver]`: a function that says who is in a role. Tokens are read ([`parse`]), judged on the way, and
//! written ([`expand`]).

mod expand;
mod ir;
mod parse;

#[cfg(test)]
mod tests;

use crate::support::dump::dump;
use crate::support::errors::Errors;
use crate::support::function::function;
use proc_macro2::TokenStream;
use quote::quote;

/// The expansion of `#[role_resolver(args)] item`. The item always comes out again.
pub(crate) fn expand_role_resolver(args: TokenStream, item: TokenStream) -> TokenStream {
    let function = match function("role_resolver", item) {
        Ok(function) => function,
        Err(rest) => return rest,
    };
    let mut errors = Errors::default();
    let resolver = parse::resolver(args, &function, &mut errors);
    let rest = errors.is_empty().then(|| expand::expand(&resolver));
    let errors = errors.into_tokens();
    let expansion = quote!(#function #rest #errors);
    dump(&function.sig.ident.to_string(), &expansion);
    expansion
}
