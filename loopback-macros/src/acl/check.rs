//! The rules about roles, and about entries beside each other.

use super::ir::{Acl, Permission, Principal, ROLES, without_dollar};
use crate::support::errors::Errors;
use crate::support::names::did_you_mean;

/// Checks the entries of one model or one method.
pub(crate) fn check(acls: &[Acl], errors: &mut Errors) {
    for acl in acls {
        role(acl, errors);
        nobody_yet(acl, errors);
    }
    contradictions(acls, errors);
}

fn role(acl: &Acl, errors: &mut Errors) {
    let Principal::Role(role) = &acl.principal.value else { return };
    let at = acl.principal.span;
    if role.trim().is_empty() {
        errors.span(at, "the role in `#[acl]` must not be empty: write one, as in `#[acl(allow, \"$owner\")]`");
    } else if let Some(meant) = without_dollar(role) {
        errors.span(at, format!("the role `{role}` in `#[acl]` has no `$`: did you mean `{meant}`?"));
    } else if role.starts_with('$') && !ROLES.contains(&role.as_str()) {
        let hint = match did_you_mean(role, ROLES) {
            Some(meant) => format!("did you mean `{meant}`? "),
            None => String::new(),
        };
        let known = ROLES.join(", ");
        errors.span(
            at,
            format!("unknown role `{role}` in `#[acl]`; {hint}known: {known}, or a role of your own without `$`"),
        );
    }
}

/// A row has an owner once it is there.
fn nobody_yet(acl: &Acl, errors: &mut Errors) {
    let Principal::Role(role) = &acl.principal.value else { return };
    if !matches!(role.as_str(), "$owner" | "$related") {
        return;
    }
    for method in acl.methods.iter().filter(|method| method.value == "create") {
        errors.span(
            method.span,
            format!("`{role}` is nobody before the row is there: write `create` in an `#[acl]` about another role"),
        );
    }
}

/// A denial wins over what else is said about the same calls.
fn contradictions(acls: &[Acl], errors: &mut Errors) {
    for (at, second) in acls.iter().enumerate() {
        let denies = |acl: &Acl| acl.permission.value == Permission::Deny;
        let first = acls[..at].iter().find(|first| denies(first) != denies(second) && same_calls(first, second));
        if let Some(first) = first {
            let (word, other) = (second.permission.value.word(), first.permission.value.word());
            errors.conflict(
                second.permission.span,
                format!("`{word}` contradicts the `{other}` above for the same calls: the denial would always win"),
                first.permission.span,
                format!("`{other}` for these calls stands here"),
            );
        }
    }
}

/// Whether two entries are about the same calls.
fn same_calls(first: &Acl, second: &Acl) -> bool {
    let has = |acl: &Acl, name: &str| acl.methods.iter().any(|method| method.value == name);
    first.principal.value == second.principal.value
        && first.access == second.access
        && first.methods.len() == second.methods.len()
        && first.methods.iter().all(|method| has(second, &method.value))
}
