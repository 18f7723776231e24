//! [`ir`](super::ir) to tokens: the entry by which an app finds the function.

use super::ir::Boot;
use crate::support::literal::int_tokens;
use crate::support::spans::{file, generated_at, line, plain};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

/// A local variable of the expansion. Mixed hygiene: what the user's types name is none of it.
fn local(name: &str, at: Span) -> Ident {
    Ident::new(name, Span::mixed_site().located_at(at))
}

/// The expansion without the function itself.
pub(super) fn expand(boot: &Boot) -> TokenStream {
    let Boot { ident, order, cfg, error_at } = boot;
    let at = ident.span();
    let (name, order, file, line) = (plain(ident), int_tokens(i64::from(*order)), file(at), line(at));
    let [ctx, answer] = ["ctx", "answer"].map(|name| local(name, at));
    // At the error's type, as one that is no `loopback::Error` is reported there.
    let given = local("answer", *error_at);
    let hooked = quote_spanned!(generated_at(*error_at)=> lb::hooked(#given));
    let called = quote_spanned!(generated_at(at)=> #ident(#ctx).await);
    // At the function's name, as a future that cannot be sent is reported there.
    let call = quote_spanned! {generated_at(at)=>
        |#ctx| ::std::boxed::Box::pin(async move {
            let #answer = #called;
            #hooked
        })
    };
    quote! {
        #(#cfg)*
        // A deprecated function is still called.
        #[allow(deprecated)]
        const _: () = {
            use ::loopback::__private as lb;

            lb::submit! {
                lb::BootEntry(lb::BootDef {
                    name: #name,
                    order: #order,
                    call: #call,
                    location: lb::Location { file: #file, line: #line },
                })
            }
        };
    }
}
