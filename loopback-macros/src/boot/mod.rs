//! `#[boot]`: a function that runs at the start of an app. Tokens are read ([`parse`]), judged ([`check`]), and written
//! ([`expand`]).

mod check;
mod expand;
mod ir;
mod parse;

#[cfg(test)]
mod tests;

use crate::support::dump::dump;
use crate::support::errors::Errors;
use crate::support::function::function;
use crate::support::spans::plain;
use proc_macro2::TokenStream;
use quote::quote;

/// The expansion of `#[boot(args)] item`. The item always comes out again.
pub(crate) fn expand_boot(args: TokenStream, item: TokenStream) -> TokenStream {
    let function = match function("boot", item) {
        Ok(function) => function,
        Err(rest) => return rest,
    };
    let mut errors = Errors::default();
    let boot = parse::boot(args, &function, &mut errors);
    check::check(&function.sig, &mut errors);
    let rest = errors.is_empty().then(|| expand::expand(&boot));
    let errors = errors.into_tokens();
    let expansion = quote!(#function #rest #errors);
    dump(&plain(&function.sig.ident), &expansion);
    expansion
}
