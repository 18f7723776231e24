//! Names of a configuration that set what the app has anyway.

use super::named::{Made, setting};
use super::{Params, bytes};
use crate::app::middleware::MiddlewarePhase;
use crate::app::middleware::built_in::{Bodies, body_limit};
use crate::error::Result;
use crate::rest::ErrorForm;
use axum::http::HeaderName;
use serde_json::Value as Json;

/// What LoopBack's token middleware takes. `model` and the ways to overwrite a token that is there already have no meaning
/// here: a request has one token.
#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct TokenParams {
    headers: Vec<String>,
    params: Vec<String>,
    cookies: Vec<String>,
    current_user_literal: Option<String>,
    search_default_token_keys: Option<bool>,
    model: Json,
    enable_doublecheck: Json,
    overwrite_existing_token: Json,
    /// Both forms of a `Bearer` are read in any case.
    #[serde(rename = "bearerTokenBase64Encoded")]
    _bearer_token_base64_encoded: Option<bool>,
}

pub(super) fn token(params: TokenParams, all: &Params<'_>) -> Result<Made> {
    if let Some(name) = params.headers.iter().find(|name| HeaderName::try_from(name.as_str()).is_err()) {
        return Err(all.wrong(format!("`{name}` is no name of a header")));
    }
    if !params.model.is_null() {
        all.notice("`model` has no effect: tokens are of the model that extends `AccessToken`");
    }
    let overwriting = [&params.enable_doublecheck, &params.overwrite_existing_token];
    let names = ["enableDoublecheck", "overwriteExistingToken"];
    for (name, _) in names.iter().zip(overwriting).filter(|(_, value)| **value == true) {
        all.notice(format!("`{name}` has no effect: a request has one token"));
    }
    Ok(setting(move |app| {
        app.auth_of_file(move |mut auth| {
            if params.search_default_token_keys == Some(false) {
                auth = auth.no_default_places();
            }
            for name in &params.headers {
                auth = auth.token_header(name);
            }
            for name in &params.params {
                auth = auth.token_param(name);
            }
            for name in &params.cookies {
                auth = auth.token_cookie(name);
            }
            match &params.current_user_literal {
                Some(literal) => auth.current_user_literal(Some(literal.as_str())),
                None => auth,
            }
        })
    }))
}

#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct ErrorHandlerParams {
    debug: Json,
    /// Of LoopBack 2's `errorHandler`, as `debug`.
    include_stack: Json,
    log: Json,
    safe_fields: Json,
    default_type: Option<String>,
    negotiate_content_type: Option<bool>,
    root_property: Option<Json>,
}

pub(super) fn error_handler(params: ErrorHandlerParams, all: &Params<'_>) -> Result<Made> {
    if params.root_property.is_some_and(|root| root != "error") {
        return Err(all.wrong("`rootProperty` can only be `error`"));
    }
    // Differs from LoopBack: nothing internal is sent, asked for or not. It is in the log.
    for (name, asked) in [("debug", params.debug), ("includeStack", params.include_stack)] {
        if asked == true {
            all.notice(format!("`{name}` has no effect: causes of errors are in the log, and no client sees them"));
        }
    }
    if params.log == false {
        all.notice("`log` has no effect: `RUST_LOG` says what is logged");
    }
    if params.safe_fields.as_array().is_some_and(|fields| !fields.is_empty()) {
        all.notice("`safeFields` has no effect: a status of 500 and above says no more than its name");
    }
    let default = params.default_type.map(|name| {
        ErrorForm::named(&name).ok_or_else(|| all.wrong(format!("`defaultType` is json, html or xml, found `{name}`")))
    });
    let default = default.transpose()?;
    let negotiate = params.negotiate_content_type;
    Ok(setting(move |mut app| {
        app.errors.default = default.unwrap_or(app.errors.default);
        app.errors.negotiate = negotiate.unwrap_or(app.errors.negotiate);
        app
    }))
}

/// The secret of signed cookies.
pub(super) fn cookie_parser(params: &Params<'_>) -> Result<Made> {
    let secret: Option<String> = params.get_or_default()?;
    Ok(setting(|app| match secret {
        Some(secret) => app.auth_of_file(|auth| auth.cookie_secret(secret)),
        None => app,
    }))
}

#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Parser {
    limit: Option<Json>,
    strict: Json,
    inflate: Json,
    r#type: Json,
    verify: Json,
    reviver: Json,
    parameter_limit: Json,
    /// Forms are read with brackets in their names in any case.
    #[serde(rename = "extended")]
    _extended: Json,
}

/// The limit of bodies: that of the app, or one at some paths. Forms have their own.
pub(super) fn body_parser(params: &Params<'_>, bodies: Bodies, everywhere: bool) -> Result<Made> {
    let parser = params.get_or_default::<Parser>()?;
    params.without_effect(&[
        ("strict", &parser.strict),
        ("inflate", &parser.inflate),
        ("type", &parser.r#type),
        ("verify", &parser.verify),
        ("reviver", &parser.reviver),
        ("parameterLimit", &parser.parameter_limit),
    ]);
    let limit = parser.limit.map(|limit| bytes(&limit).map_err(|why| params.wrong(why))).transpose()?;
    Ok(match limit {
        // Bodies are read in any case.
        None => Made::Nothing,
        Some(limit) if !everywhere => Made::Middleware(MiddlewarePhase::Initial, body_limit(limit, bodies)),
        Some(limit) => setting(move |app| match bodies {
            Bodies::Forms => app.form_limit(limit),
            Bodies::All | Bodies::Others => app.body_limit_of_file(limit),
        }),
    })
}
