//! What `#[boot]` and its function said.

use proc_macro2::Span;
use syn::{Attribute, Ident};

/// A function that runs at the start.
#[derive(Debug)]
pub(crate) struct Boot {
    pub(crate) ident: Ident,
    pub(crate) order: i16,
    pub(crate) cfg: Vec<Attribute>,
    /// Where the type of its error stands, or that of the whole result.
    pub(crate) error_at: Span,
}
