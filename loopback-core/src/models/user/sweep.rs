//! Tokens that have expired go: when somebody uses them, and every few minutes.

use super::of_users;
use crate::app::App;
use crate::ctx::Ctx;
use crate::engine;
use crate::error::Result;
use crate::plan::{Comparison, Condition};
use crate::value::Value;
use chrono::{TimeDelta, Utc};

/// Deletes the tokens that have expired, and the failed log-ins that are forgotten. Counts the tokens.
///
/// # Errors
/// The database cannot be written.
pub(crate) async fn sweep(app: &App) -> Result<u64> {
    let ctx = Ctx::new(app.clone());
    let now = Utc::now();
    let before = |created: usize, seconds: i64| {
        let moment = TimeDelta::try_seconds(seconds).and_then(|time| now.checked_sub_signed(time));
        moment.map(|moment| Condition::Compare(created.into(), Comparison::Lte, Value::DateTime(moment)))
    };
    let mut count = 0;
    for model in app.graph().user_models() {
        let user = of_users(model)?;
        let tokens = user.tokens();
        let (Some(ttl), Some(created)) = (tokens.property("ttl"), tokens.property("created")) else { continue };
        let settings = &user.settings;
        // Conditions have no sums: those of the usual times go when they end, and all others when the longest has.
        let usual = [settings.ttl, settings.reset_password_token_ttl].map(|time| {
            let of_time = Condition::equals(ttl, Value::Int(time));
            before(created, time).map(|gone| of_time.and(gone))
        });
        let finite = Condition::Compare(ttl.into(), Comparison::Ne, Value::Int(-1));
        let longest = before(created, settings.max_ttl).map(|gone| finite.and(gone));
        for condition in usual.into_iter().chain([longest]).flatten() {
            count += engine::delete_all(&ctx, &tokens, Some(&condition)).await?;
        }
    }
    if let (Some(auth), Some(model)) = (app.auth(), crate::access::model_of(app, "LoginAttempt"))
        && let (Some(since), Ok(window)) =
            (model.property("since"), i64::try_from(auth.options.throttle.window.as_secs()))
        && let Some(forgotten) = before(since, window.saturating_mul(2))
    {
        engine::delete_all(&ctx, &model, Some(&forgotten)).await?;
    }
    Ok(count)
}
