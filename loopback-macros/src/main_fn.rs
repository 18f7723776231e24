//! `#[loopback::main]`: small enough for one file.

use crate::support::dump::dump;
use crate::support::errors::Errors;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Item, ItemFn};

/// The signature that every error shows first.
const EXPECTED: &str = "expected `async fn main() -> Result<()>`";

/// The expansion of `#[loopback::main(args)] item`.
pub(crate) fn expand_main(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    if !args.is_empty() {
        let message = format!("`#[loopback::main]` takes no arguments, found `{args}`");
        errors.at(args, message);
    }
    let kept = item.clone();
    let parsed = match syn::parse2::<Item>(item) {
        Ok(Item::Fn(parsed)) => parsed,
        Ok(_) => {
            errors.span(Span::call_site(), format!("{EXPECTED}, found another item"));
            let errors = errors.into_tokens();
            return quote!(#kept #errors);
        }
        Err(error) => {
            errors.push(error);
            let errors = errors.into_tokens();
            return quote!(#kept #errors);
        }
    };
    check(&parsed, &mut errors);
    if !errors.is_empty() {
        let kept = recover(&parsed);
        let errors = errors.into_tokens();
        return quote!(#kept #errors);
    }
    let expansion = expand(&parsed);
    dump("main", &expansion);
    expansion
}

fn check(item: &ItemFn, errors: &mut Errors) {
    let sig = &item.sig;
    if sig.ident != "main" {
        errors.at(&sig.ident, format!("{EXPECTED}, found the name `{}`", sig.ident));
    }
    if sig.asyncness.is_none() {
        errors.at(sig.fn_token, format!("{EXPECTED}, found a function that is not `async`"));
    }
    if !sig.inputs.is_empty() {
        errors.at(&sig.inputs, format!("{EXPECTED}, found arguments"));
    }
    if !sig.generics.params.is_empty() {
        errors.at(&sig.generics.params, format!("{EXPECTED}, found generic parameters"));
    }
    if let Some(clause) = &sig.generics.where_clause {
        errors.at(clause, format!("{EXPECTED}, found a `where` clause"));
    }
}

/// Conditions, lints and docs belong to the function that stays; anything else to the one with the user's body.
fn is_outer(attr: &Attribute) -> bool {
    ["cfg", "cfg_attr", "allow", "expect", "warn", "deny", "forbid", "doc"]
        .iter()
        .any(|name| attr.path().is_ident(name))
}

fn expand(item: &ItemFn) -> TokenStream {
    let ItemFn { vis, sig, block, .. } = item;
    let (outer, inner): (Vec<&Attribute>, Vec<&Attribute>) = item.attrs.iter().partition(|attr| is_outer(attr));
    quote! {
        #(#outer)*
        #vis fn main() -> ::std::process::ExitCode {
            #(#inner)*
            #sig #block

            ::loopback::__private::run_main(main())
        }
    }
}

/// The function as far as rustc takes it, so that only our errors are shown: `main` itself may be neither async nor
/// generic, and has no arguments.
fn recover(item: &ItemFn) -> TokenStream {
    if item.sig.ident != "main" {
        return item.to_token_stream();
    }
    let outer = item.attrs.iter().filter(|attr| is_outer(attr));
    let ItemFn { vis, sig, block, .. } = item;
    quote! {
        #(#outer)*
        #vis fn main() {
            #[allow(dead_code, unused_variables)]
            #sig #block
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::testing::messages;

    fn errors(item: TokenStream) -> Vec<String> {
        messages(expand_main(TokenStream::new(), item))
    }

    #[test]
    fn the_body_becomes_an_inner_function() {
        let found = expand_main(
            TokenStream::new(),
            quote! {
                /// Runs.
                #[instrument]
                async fn main() -> Result<()> { Ok(()) }
            },
        );
        let expected = quote! {
            #[doc = r" Runs."]
            fn main() -> ::std::process::ExitCode {
                #[instrument]
                async fn main() -> Result<()> { Ok(()) }
                ::loopback::__private::run_main(main())
            }
        };
        assert_eq!(found.to_string(), expected.to_string());
    }

    #[test]
    fn the_signature_is_checked() {
        for (item, found) in [
            (
                quote!(
                    fn main() {}
                ),
                "found a function that is not `async`",
            ),
            (
                quote!(
                    async fn main(x: i32) {}
                ),
                "found arguments",
            ),
            (
                quote!(
                    async fn main<T>() {}
                ),
                "found generic parameters",
            ),
            (
                quote!(
                    async fn start() {}
                ),
                "found the name `start`",
            ),
            (
                quote!(
                    struct Main;
                ),
                "found another item",
            ),
        ] {
            assert_eq!(errors(item), [format!("{EXPECTED}, {found}")]);
        }
        let found = messages(expand_main(
            quote!(flavor = "x"),
            quote!(
                async fn main() {}
            ),
        ));
        assert_eq!(found, ["`#[loopback::main]` takes no arguments, found `flavor = \"x\"`"]);
    }
}
