//! What an enum or struct with `#[derive(PropertyType)]` is.

use crate::support::spans::At;
use syn::{Ident, Type};

/// The type.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) ident: Ident,
    pub(crate) shape: Shape,
}

/// What it is stored as.
#[derive(Debug)]
pub(crate) enum Shape {
    /// One of several words.
    Enum(Vec<Variant>),
    /// An object of known fields.
    Struct(Vec<Field>),
}

/// A variant.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) word: At<String>,
}

/// A field.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) name: At<String>,
    pub(crate) doc: String,
}
