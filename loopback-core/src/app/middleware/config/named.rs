//! What the names of a configuration stand for.

use super::{Params, Set, bytes, duration, settings};
use crate::app::AppBuilder;
use crate::app::middleware::built_in::{self, Bodies, Compression, Cors, Favicon, RateLimit, StaticFiles};
use crate::app::middleware::{Middleware, MiddlewarePhase};
use crate::error::Result;

/// What comes of a name.
pub(super) enum Made {
    Middleware(MiddlewarePhase, Middleware),
    Cors(Cors),
    /// Something that the app has anyway, set otherwise; for all of it.
    Setting(Set),
    /// Nothing that it does not have already.
    Nothing,
}

pub(super) fn setting(set: impl FnOnce(AppBuilder) -> AppBuilder + 'static) -> Made {
    Made::Setting(Box::new(set))
}

/// One of [`NAMES`](super::NAMES); `everywhere`: for all paths and methods.
pub(super) fn made(name: &str, params: &Params<'_>, everywhere: bool) -> Result<Made> {
    use MiddlewarePhase as Phase;
    // One setting, or the list of arguments: the folder of files and their options.
    let taken = match name {
        "loopback#static" => 2,
        "loopback#status" | "loopback#urlNotFound" | "health" | "request-id" => 0,
        _ => 1,
    };
    if params.len() > taken {
        params.notice(if taken == 0 { "its `params` have no effect" } else { "further `params` have no effect" });
    }
    if let Some(header) = name.strip_prefix("helmet#") {
        return Ok(Made::Middleware(Phase::Initial, built_in::headers(header, params)?));
    }
    let made = |phase: Phase, middleware: Middleware| Ok(Made::Middleware(phase, middleware));
    match name {
        "loopback#static" => made(Phase::Files, StaticFiles::from_params(params)?.middleware()),
        "loopback#favicon" => {
            let file: Option<String> = params.get_or_default()?;
            let icon = file.map_or(Ok(Favicon::default()), |file| Favicon::file(params.path(&file)))?;
            made(Phase::Initial.before(), icon.middleware())
        }
        "loopback#status" => made(Phase::Routes, built_in::status()),
        "loopback#token" => settings::token(params.get_or_default()?, params),
        "strong-error-handler" => settings::error_handler(params.get_or_default()?, params),
        "cors" => Ok(Made::Cors(Cors::from_params(params.get_or_default()?).map_err(|why| params.wrong(why))?)),
        "compression" => made(Phase::Initial, Compression::from_params(params)?.middleware()),
        "cookie-parser" => settings::cookie_parser(params),
        "body-parser#json" => settings::body_parser(params, Bodies::Others, everywhere),
        "body-parser#urlencoded" => settings::body_parser(params, Bodies::Forms, everywhere),
        "health" => made(Phase::Initial.before(), built_in::health()),
        "request-id" => made(Phase::Initial.before(), built_in::request_id()),
        "rate-limit" => made(Phase::Initial, RateLimit::from_params(params.get_or_default()?)?.middleware()),
        "timeout" => {
            let limit = duration(&params.get()?).map_err(|why| params.wrong(why))?;
            made(Phase::Initial, built_in::timeout(limit))
        }
        "body-limit" => {
            let limit = bytes(&params.get()?).map_err(|why| params.wrong(why))?;
            made(Phase::Initial, built_in::body_limit(limit, Bodies::All))
        }
        "loopback#context" => {
            params.notice("every call has its context in any case, see `current_context()`");
            Ok(Made::Nothing)
        }
        // The 404 for what nothing answers is there whether it is named or not.
        _ => Ok(Made::Nothing),
    }
}
