//! `Self` in types that an expansion uses outside of the user's item.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Type;

/// The type with the own one for `Self`: parts of the expansion stand outside of the model's `impl`.
pub(crate) fn without_self(ty: impl ToTokens, own: &impl ToTokens) -> Type {
    let tokens = replaced(ty.to_token_stream(), &own.to_token_stream());
    // The same type with another name in it: it can be read as the first could.
    syn::parse2(tokens.clone()).unwrap_or(Type::Verbatim(tokens))
}

fn replaced(tokens: TokenStream, own: &TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    for tree in tokens {
        match tree {
            TokenTree::Ident(ident) if ident == "Self" => out.extend(own.clone().into_iter().map(|mut token| {
                // The own type's hygiene, at the place of `Self`.
                token.set_span(token.span().located_at(ident.span()));
                token
            })),
            TokenTree::Group(group) => {
                let mut new = Group::new(group.delimiter(), replaced(group.stream(), own));
                new.set_span(group.span());
                out.extend([TokenTree::Group(new)]);
            }
            other => out.extend([other]),
        }
    }
    out
}
