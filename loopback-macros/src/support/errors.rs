//! One collector for all errors of an expansion, so that a user fixes five mistakes in one compile.

use proc_macro2::TokenStream;
use quote::ToTokens;
use std::fmt::Display;

/// The errors found so far, in the order found.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    all: Vec<syn::Error>,
}

impl Errors {
    /// An error under these tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.all.push(syn::Error::new_spanned(tokens, message));
    }

    /// An error at a span.
    pub(crate) fn span(&mut self, span: proc_macro2::Span, message: impl Display) {
        self.all.push(syn::Error::new(span, message));
    }

    /// A conflict of two places: the error stands at the second, and the first is shown as well.
    pub(crate) fn conflict(
        &mut self,
        second: proc_macro2::Span,
        message: impl Display,
        first: proc_macro2::Span,
        note: impl Display,
    ) {
        self.span(second, message);
        self.span(first, note);
    }

    /// An error that syn made.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.all.push(error);
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many were found.
    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    /// One `compile_error!` per error; nothing without errors.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.all.iter().map(syn::Error::to_compile_error).collect()
    }
}
