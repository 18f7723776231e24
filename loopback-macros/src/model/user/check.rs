//! The rules that need more than one key.

use crate::model::ir::Model;
use crate::support::errors::Errors;
use crate::support::spans::plain;

/// Checks `user(..)`.
pub(in crate::model) fn check(model: &Model, errors: &mut Errors) {
    extends_user(model, errors);
    lifetimes_in_order(model, errors);
}

fn extends_user(model: &Model, errors: &mut Errors) {
    if model.extends || model.settings.built_in.is_some() {
        return;
    }
    for key in model.settings.keys.iter().filter(|key| plain(key) == "user") {
        errors.at(key, "`user` goes with `base`: write `base = User`, and the field `#[base] pub user: User`");
    }
}

fn lifetimes_in_order(model: &Model, errors: &mut Errors) {
    let Some(user) = &model.settings.user else { return };
    if let (Some(ttl), Some(max)) = (user.count("ttl"), user.count("max_ttl"))
        && ttl.value > max.value
    {
        errors.conflict(
            max.span,
            format!("`max_ttl` {} is below `ttl` {}: it is the longest that a token may live", max.value, ttl.value),
            ttl.span,
            "`ttl` stands here",
        );
    }
}
