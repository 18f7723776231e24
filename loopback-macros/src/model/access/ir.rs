//! What the keys said, typed.

use crate::acl::Permission;
use syn::Ident;

/// The keys of `#[model]` about access control.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccessSettings {
    /// Fields that lead to the owner of a row.
    pub(crate) owner: Vec<Ident>,
    pub(crate) owner_writable: Option<bool>,
    pub(crate) default_permission: Option<Permission>,
    pub(crate) acl_error_status: Option<u16>,
    pub(crate) relation_acl: Option<RelationAcl>,
}

/// Whose entries a call through a relation must pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RelationAcl {
    /// Those of the model that is called.
    Called,
    /// Those of the target as well.
    Both,
}
