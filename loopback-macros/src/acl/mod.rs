//! `#[acl]`: who may call what. `#[model]` reads it, on the struct and on remote methods: tokens are read ([`parse`]),
//! judged ([`check`]) and written ([`expand`]). Where it runs itself, see [`alone`].

mod alone;
mod check;
mod expand;
mod ir;
mod methods;
mod parse;

#[cfg(test)]
mod tests;

pub(crate) use alone::expand_acl;
pub(crate) use check::check;
pub(crate) use expand::acl_defs;
pub(crate) use ir::{Acl, On, Permission, without_dollar};
pub(crate) use parse::acls;

use crate::support::attr::is_ours;
use crate::support::errors::Errors;
use syn::Attribute;

/// Whether an attribute is `#[acl]`.
pub(crate) fn marks(attr: &Attribute) -> bool {
    is_ours(attr, "acl")
}

/// Reports every `#[acl]` among attributes of what cannot have one.
pub(crate) fn refuse(attrs: &[Attribute], why: &str, errors: &mut Errors) {
    for attr in attrs.iter().filter(|attr| marks(attr)) {
        errors.at(
            attr,
            format!(
                "`#[acl]` goes on a struct with `#[model]`, \
                 or on a function with `#[remote_method]` in an impl block with `#[model]`; {why}"
            ),
        );
    }
}
