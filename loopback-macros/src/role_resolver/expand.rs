//! [`ir`](super::ir) to tokens: the entry by which an app finds the function.

use super::ir::Resolver;
use crate::support::spans::{file, generated_at, line};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

/// A local variable of the expansion. Mixed hygiene: what the user's types name is none of it.
fn local(name: &str, at: Span) -> Ident {
    Ident::new(name, Span::mixed_site().located_at(at))
}

/// The expansion without the function itself.
pub(super) fn expand(resolver: &Resolver) -> TokenStream {
    let Resolver { role, ident, is_async, cfg, error_at } = resolver;
    let at = ident.span();
    let (file, line) = (file(at), line(at));
    let wait = is_async.then(|| quote!(.await));
    let [access, answer] = ["access", "answer"].map(|name| local(name, at));
    // At the error's type, as one that is no `loopback::Error` is reported there.
    let given = local("answer", *error_at);
    let resolved = quote_spanned!(generated_at(*error_at)=> lb::resolved(#given));
    let called = quote_spanned!(generated_at(at)=> #ident(#access) #wait);
    // At the function's name, as a future that cannot be sent is reported there.
    let call = quote_spanned! {generated_at(at)=>
        |#access| ::std::boxed::Box::pin(async move {
            let #answer = #called;
            #resolved
        })
    };
    quote! {
        #(#cfg)*
        // A deprecated function is still asked.
        #[allow(deprecated)]
        const _: () = {
            use ::loopback::__private as lb;

            lb::submit! {
                lb::RoleResolverEntry(lb::RoleResolverDef {
                    role: #role,
                    call: #call,
                    location: lb::Location { file: #file, line: #line },
                })
            }
        };
    }
}
