//! Tokens to [`ir`](super::ir).

use super::ir::{AccessSettings, RelationAcl};
use crate::acl::Permission;
use crate::model::relation::field_name;
use crate::support::attr::{Form, Keyed};
use crate::support::errors::Errors;
use syn::Ident;

/// Reads one of the keys.
pub(in crate::model) fn key(keyed: &Keyed, settings: &mut AccessSettings, errors: &mut Errors) {
    match keyed.name().as_str() {
        "owner" => settings.owner = owner(keyed, errors),
        "owner_writable" => settings.owner_writable = keyed.boolean(errors),
        "default_permission" => {
            settings.default_permission = keyed.word(&["allow", "deny"], errors).and_then(Permission::of);
        }
        "acl_error_status" => settings.acl_error_status = status(keyed, errors),
        _ => settings.relation_acl = relation_acl(keyed, errors),
    }
}

/// `owner = field` or `owner(field, other)`
fn owner(keyed: &Keyed, errors: &mut Errors) -> Vec<Ident> {
    match &keyed.form {
        Form::List(_) => keyed.idents(errors).unwrap_or_default(),
        Form::Flag | Form::Value(_) => field_name(keyed, errors).into_iter().collect(),
    }
}

/// `acl_error_status = 404`
fn status(keyed: &Keyed, errors: &mut Errors) -> Option<u16> {
    let found = keyed.count(errors)?;
    let status = [401, 403, 404].into_iter().find(|status| u64::from(*status) == found.value);
    if status.is_none() {
        errors.span(found.span, format!("`acl_error_status` is one of 401, 403, 404, found `{}`", found.value));
    }
    status
}

/// `relation_acl = both`
pub(in crate::model) fn relation_acl(keyed: &Keyed, errors: &mut Errors) -> Option<RelationAcl> {
    Some(match keyed.word(&["called", "both"], errors)? {
        "both" => RelationAcl::Both,
        _ => RelationAcl::Called,
    })
}
