//! `user(..)` in `#[model]`: how the users of a model that extends `User` log in.

pub(super) mod check;
pub(super) mod expand;
pub(super) mod ir;
pub(super) mod parse;
