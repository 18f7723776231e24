//! The keys of `#[model]` and `#[relation]` about access control, except [`user`](super::user).

pub(super) mod check;
pub(super) mod expand;
pub(super) mod ir;
pub(super) mod parse;

#[cfg(test)]
mod tests;
