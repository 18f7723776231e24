//! The rules about the keys of `#[model]`.

use super::ir::{Model, Rule};
use crate::support::errors::Errors;
use crate::support::spans::plain;

/// The keys that go with `transient`: those about the data and about the endpoints of remote methods, not about the table.
const TRANSIENT_KEYS: [&str; 9] =
    ["transient", "strict", "base", "plural", "path", "public", "default_permission", "acl_error_status", "built_in"];

/// The first segments of paths below a model's own.
const SEGMENTS: [&str; 6] = ["count", "findOne", "replaceOrCreate", "upsertWithWhere", "update", "change-stream"];

/// Checks the settings of a model.
pub(super) fn check(model: &Model, errors: &mut Errors) {
    path_starts_with_slash(model, errors);
    transient(model, errors);
    columns_of_a_transient_model(model, errors);
    limits_in_order(model, errors);
    distinct_scopes(model, errors);
}

fn path_starts_with_slash(model: &Model, errors: &mut Errors) {
    if let Some(path) = &model.settings.path {
        let text = path.value();
        if !text.starts_with('/') {
            errors.at(path, format!("`path` must start with `/`, found \"{text}\": write `path = \"/{text}\"`"));
        } else if text == "/" {
            errors.at(path, "`path` needs a segment after `/`: write `path = \"/widgets\"`");
        }
    }
}

fn transient(model: &Model, errors: &mut Errors) {
    if model.settings.transient.is_none() {
        return;
    }
    for key in &model.settings.keys {
        let name = plain(key);
        if !TRANSIENT_KEYS.contains(&name.as_str()) {
            errors.at(key, format!("`{name}` does not go with `transient`: such a model has no table"));
        }
    }
}

fn columns_of_a_transient_model(model: &Model, errors: &mut Errors) {
    if model.settings.transient.is_none() {
        return;
    }
    for property in &model.properties {
        let mut refuse = |key: &syn::Ident| {
            let (key_name, model) = (plain(key), plain(&model.ident));
            errors.at(key, format!("`{key_name}` is about a column, and `{model}` is `transient`: it has no table"));
        };
        for key in property.options.keys.iter().filter(|key| ["column", "index", "sql"].contains(&&*plain(key))) {
            refuse(key);
        }
        for validation in &property.options.validations {
            if matches!(validation.rule, Rule::Uniqueness { .. }) {
                refuse(&validation.key);
            }
        }
    }
}

fn limits_in_order(model: &Model, errors: &mut Errors) {
    if let (Some(default), Some(max)) = (&model.settings.default_limit, &model.settings.max_limit)
        && default.value > max.value
    {
        errors.span(default.span, format!("`default_limit` {} is above `max_limit` {}", default.value, max.value));
    }
}

fn distinct_scopes(model: &Model, errors: &mut Errors) {
    let scopes = &model.settings.scopes;
    for (at, scope) in scopes.iter().enumerate() {
        let name = &scope.name.value;
        let hint = "give it another name, as in `scopes(other_name = path::to::function)`";
        if SEGMENTS.contains(&name.as_str()) {
            errors.span(scope.name.span, format!("the scope `{name}` would hide a path of every model: {hint}"));
        }
        if let Some(first) = scopes[..at].iter().find(|first| first.name.value == *name) {
            errors.conflict(
                scope.name.span,
                format!("two scopes have the name `{name}`: {hint}"),
                first.name.span,
                format!("the first scope with the name `{name}`"),
            );
        }
    }
}
