//! Tokens to [`ir`](super::ir).

use super::ir::{PasswordPolicy, UserSettings, UserValue};
use crate::support::attr::{Entry, Form, Keyed, Seen, known, path};
use crate::support::errors::Errors;
use crate::support::spans::At;
use std::ops::RangeInclusive;

const PLACE: &str = "`user`";
const EXAMPLE: &str = "user(ttl = 3600)";

const KEYS: &[&str] = &[
    "email_verification_required",
    "ttl",
    "max_ttl",
    "reset_password_token_ttl",
    "verification_token_ttl",
    "realm_required",
    "realm_delimiter",
    "salt_work_factor",
    "case_sensitive_email",
    "allow_eternal_tokens",
    "restrict_reset_password_token_scope",
    "reject_password_changes_via_patch_or_replace",
    "password_policy",
    "reveal_accounts",
    "login_throttle",
    "max_sessions",
    "token",
];

/// Reads `user(..)`.
pub(in crate::model) fn user(keyed: &Keyed, errors: &mut Errors) -> Option<UserSettings> {
    let list = keyed.list(errors, EXAMPLE)?;
    if list.is_empty() {
        errors.at(&keyed.key, format!("`user` says nothing: write `{EXAMPLE}`; allowed: {}", KEYS.join(", ")));
    }
    let mut options = Vec::new();
    let mut seen = Seen::default();
    for entry in list {
        let Entry::Keyed(option) = entry else {
            errors.at(entry, format!("expected a key of {PLACE}: write `{EXAMPLE}`"));
            continue;
        };
        if !known(&option.key, "key", PLACE, KEYS, errors) || !seen.once(&option.key, PLACE, errors) {
            continue;
        }
        if let Some(value) = value(option, errors) {
            options.push((option.key.clone(), value));
        }
    }
    Some(UserSettings { options })
}

fn value(option: &Keyed, errors: &mut Errors) -> Option<UserValue> {
    match option.name().as_str() {
        "ttl" | "max_ttl" | "reset_password_token_ttl" | "verification_token_ttl" | "max_sessions" => {
            // An `i64` in the definition.
            within(option, 1..=i64::MAX.unsigned_abs(), errors).map(UserValue::Count)
        }
        "salt_work_factor" => within(option, 4..=31, errors).map(UserValue::Count),
        "token" => token(option, errors).map(UserValue::Model),
        "realm_delimiter" => option.filled_string(errors).map(UserValue::Text),
        "restrict_reset_password_token_scope" | "reject_password_changes_via_patch_or_replace" => {
            option.boolean(errors).map(UserValue::Bool)
        }
        "password_policy" => password_policy(option, errors).map(UserValue::Policy),
        "login_throttle" => option.word(&["on", "off"], errors).map(|word| UserValue::Bool(word == "on")),
        _ => option.switch(errors).map(UserValue::Bool),
    }
}

/// `token = MemberToken`
fn token(option: &Keyed, errors: &mut Errors) -> Option<syn::Path> {
    if let Form::Value(value) = &option.form
        && let Some(path) = path(value)
    {
        return Some(path);
    }
    option.wrong(errors, "the model of the tokens, which extends `AccessToken`", "token = MemberToken");
    None
}

/// A whole number between two others.
fn within(option: &Keyed, range: RangeInclusive<u64>, errors: &mut Errors) -> Option<At<u64>> {
    let found = option.count(errors)?;
    if range.contains(&found.value) {
        return Some(found);
    }
    let (name, number, least, most) = (option.name(), found.value, range.start(), range.end());
    let message = if number < *least && *most == i64::MAX.unsigned_abs() {
        format!("`{name}` must be at least {least}")
    } else {
        format!("`{name}` is a number from {least} to {most}, found `{number}`")
    };
    errors.span(found.span, message);
    None
}

/// `password_policy = none`, `password_policy = default` or `password_policy(min_length = 12)`
fn password_policy(option: &Keyed, errors: &mut Errors) -> Option<PasswordPolicy> {
    const EXAMPLE: &str = "password_policy(min_length = 12)";
    let Form::List(list) = &option.form else {
        return match option.word(&["default", "none"], errors)? {
            "none" => Some(PasswordPolicy::None),
            _ => Some(PasswordPolicy::Default),
        };
    };
    let mut policy = None;
    let mut seen = Seen::default();
    for entry in list {
        let Entry::Keyed(keyed) = entry else {
            errors.at(entry, format!("expected a key of `password_policy`: write `{EXAMPLE}`"));
            continue;
        };
        if known(&keyed.key, "key", "`password_policy`", &["min_length"], errors)
            && seen.once(&keyed.key, "`password_policy`", errors)
        {
            policy = within(keyed, 8..=64, errors).map(|length| PasswordPolicy::MinLength(length.value));
        }
    }
    if list.is_empty() {
        errors.at(&option.key, format!("`password_policy` says nothing: write `{EXAMPLE}`"));
    }
    policy
}
