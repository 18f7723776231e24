//! What `#[acl]` said, typed, with the places it was said at.

use crate::support::access::Access;
use crate::support::spans::At;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;

/// An entry of access control.
#[derive(Clone, Debug)]
pub(crate) struct Acl {
    /// The attribute.
    pub(crate) at: Span,
    pub(crate) permission: At<Permission>,
    pub(crate) principal: At<Principal>,
    /// `None`: all of them.
    pub(crate) access: Option<Access>,
    /// Names of remote methods; none: all of them.
    pub(crate) methods: Vec<At<String>>,
}

/// What the entry is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On<'a> {
    /// The remote methods of a model.
    Model,
    /// One remote method: this function.
    Method(&'a Ident),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Permission {
    Allow,
    Deny,
    Audit,
    Alarm,
}

impl Permission {
    /// The words of all of them.
    pub(crate) const WORDS: &[&str] = &["allow", "deny", "audit", "alarm"];

    /// The permission of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "allow" => Self::Allow,
            "deny" => Self::Deny,
            "audit" => Self::Audit,
            "alarm" => Self::Alarm,
            _ => return None,
        })
    }

    /// The word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Audit => "audit",
            Self::Alarm => "alarm",
        }
    }

    /// The value in a definition.
    pub(crate) fn def(self) -> TokenStream {
        let variant = format_ident!("{self:?}");
        quote!(lb::Permission::#variant)
    }
}

/// Whom the entry is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Principal {
    Role(String),
    User(String),
    App(String),
}

/// The roles that the framework knows.
pub(crate) const ROLES: [&str; 5] = ["$everyone", "$authenticated", "$unauthenticated", "$owner", "$related"];

/// The role that is one of the framework's but for the `$`.
pub(crate) fn without_dollar(role: &str) -> Option<&'static str> {
    ROLES.into_iter().find(|known| known.strip_prefix('$') == Some(role))
}
