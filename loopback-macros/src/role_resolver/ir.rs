//! What `#[role_resolver]` and its function said.

use proc_macro2::Span;
use syn::{Attribute, Ident};

/// A function that says who is in a role.
#[derive(Debug)]
pub(crate) struct Resolver {
    pub(crate) role: String,
    pub(crate) ident: Ident,
    pub(crate) is_async: bool,
    pub(crate) cfg: Vec<Attribute>,
    /// Where the type of its error stands, or that of the whole result.
    pub(crate) error_at: Span,
}
