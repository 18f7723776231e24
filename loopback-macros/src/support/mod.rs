//! What all macros of the crate share. No word of a single macro belongs here.

pub(crate) mod access;
pub(crate) mod attr;
pub(crate) mod dump;
pub(crate) mod errors;
pub(crate) mod function;
pub(crate) mod literal;
pub(crate) mod names;
pub(crate) mod own_type;
pub(crate) mod spans;
pub(crate) mod word;

#[cfg(test)]
pub(crate) mod testing;
