//! Spans: where generated tokens say they come from.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;

/// A value and the place it was written at.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    /// The value.
    pub(crate) value: T,
    /// The place.
    pub(crate) span: Span,
}

impl<T> At<T> {
    /// A value at a place.
    pub(crate) fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// The line of a span, as an expression.
///
/// `line!` answers with the place of its own tokens, so it needs the user's span as it is: with the hygiene of the
/// call site it would answer with the line of the attribute.
pub(crate) fn line(span: Span) -> TokenStream {
    quote_spanned!(span=> ::core::line!())
}

/// The file of a span, as an expression.
pub(crate) fn file(span: Span) -> TokenStream {
    quote_spanned!(span=> ::core::file!())
}

/// The name without `r#`.
pub(crate) fn plain(ident: &syn::Ident) -> String {
    ident.unraw().to_string()
}

/// A span with the hygiene of the call site that lies where the user's span lies.
///
/// For generated code about something the user wrote: errors point at it, and lints know that it is generated.
pub(crate) fn generated_at(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// The tokens as the user would write them, without the spaces that `to_string` puts everywhere.
pub(crate) fn text(tokens: impl ToTokens) -> String {
    let spaced = tokens.to_token_stream().to_string().replace(" :: ", "::").replace("< ", "<").replace(" <", "<");
    let closed = spaced.replace(" >", ">").replace(" ,", ",").replace("& ", "&").replace("! ", "!");
    closed.strip_prefix("- ").map_or_else(|| closed.clone(), |number| format!("-{number}"))
}

/// Whether the tokens hold a reference or a lifetime.
///
/// On tokens, not on the syntax tree: a type has many places for a lifetime, and none is allowed.
pub(crate) fn borrows(tokens: impl ToTokens) -> bool {
    fn any(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|tree| match tree {
            TokenTree::Punct(punct) => matches!(punct.as_char(), '&' | '\''),
            TokenTree::Group(group) => any(group.stream()),
            TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        })
    }
    any(tokens.into_token_stream())
}
