//! `#[acl]` runs itself when it stands above `#[model]`, or when there is none.

use super::marks;
use crate::impl_block::without_params;
use crate::support::attr::is_ours;
use crate::support::errors::Errors;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, ImplItemFn, Item, parse_quote};

/// The expansion of `#[acl(args)] item`.
///
/// Above `#[model]` it goes below, together with the others that stand above: `#[model]` then reads all of them, in
/// their order.
pub(crate) fn expand_acl(args: &TokenStream, item: TokenStream) -> TokenStream {
    match moved(args, item.clone()) {
        Some(moved) => moved,
        None => refused(item),
    }
}

/// The item with the attribute below its `#[model]`; `None` without one.
fn moved(args: &TokenStream, item: TokenStream) -> Option<TokenStream> {
    let parser = |input: ParseStream<'_>| {
        let attrs = input.call(Attribute::parse_outer)?;
        Ok((attrs, input.parse::<TokenStream>()?))
    };
    let (mut attrs, rest) = parser.parse2(item).ok()?;
    let model = attrs.iter().position(|attr| is_ours(attr, "model"))?;
    let below = attrs.split_off(model + 1);
    let (above, others): (Vec<Attribute>, Vec<Attribute>) = attrs.into_iter().partition(marks);
    let path = quote_spanned!(Span::call_site()=> acl);
    let first: Attribute = parse_quote!(#[#path(#args)]);
    Some(quote!(#(#others)* #first #(#above)* #(#below)* #rest))
}

/// The item as it is, and why the attribute cannot be there.
fn refused(item: TokenStream) -> TokenStream {
    let function = syn::parse2::<ImplItemFn>(item.clone()).ok();
    let message = match (&function, syn::parse2::<Item>(item.clone())) {
        (Some(_), _) => "`#[acl]` goes on a remote method in an impl block with `#[model]`: \
                         write `#[model]` above `impl`, as in `#[model] impl CoffeeShop { .. }`"
            .to_owned(),
        (None, parsed) => {
            let found = match parsed {
                Ok(Item::Struct(_)) => "a struct without it",
                Ok(Item::Enum(_)) => "an enum",
                Ok(Item::Impl(_)) => "an impl block",
                _ => "another item",
            };
            format!(
                "`#[acl]` goes on a struct with `#[model]`, \
                 or on a remote method in an impl block with `#[model]`, found {found}"
            )
        }
    };
    let mut errors = Errors::default();
    errors.span(Span::call_site(), message);
    let errors = errors.into_tokens();
    let kept = function.map_or(item, without_params);
    quote!(#kept #errors)
}
