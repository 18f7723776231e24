//! What access control tells apart: the words for it, and what they become.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// What a call does, as access control sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Access {
    Read,
    Write,
    Execute,
    Replicate,
}

impl Access {
    /// The words of all of them.
    pub(crate) const WORDS: &[&str] = &["read", "write", "execute", "replicate"];

    /// The access of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "read" => Self::Read,
            "write" => Self::Write,
            "execute" => Self::Execute,
            "replicate" => Self::Replicate,
            _ => return None,
        })
    }

    /// The value in a definition.
    pub(crate) fn def(self) -> TokenStream {
        let variant = format_ident!("{self:?}");
        quote!(lb::AccessType::#variant)
    }
}
