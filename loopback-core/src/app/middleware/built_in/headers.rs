//! Headers that turn browsers' protections on. Answers to those functions of npm `helmet` that loopback's template has.

use crate::app::middleware::{Chain, Middleware, Params};
use crate::error::Result;
use crate::suggest::did_you_mean;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use serde_json::Value as Json;

/// Options of helmet's that nothing comes of here.
const WITHOUT_EFFECT: [&str; 8] = ["domain", "force", "mode", "noEtag", "reportUri", "setIf", "setOnOldIE", "setTo"];

/// The headers of `helmet#<name>`. An answer that has one of them already keeps its own.
///
/// # Errors
/// The settings are not as helmet's.
pub(in crate::app::middleware) fn headers(name: &str, all: &Params<'_>) -> Result<Middleware> {
    let params: Json = all.get_or_default()?;
    let known: &[&str] = match name {
        "frameguard" => &["action"],
        "hsts" => &["maxAge", "includeSubDomains", "includeSubdomains", "preload"],
        _ => &[],
    };
    for key in params.as_object().into_iter().flat_map(|map| map.keys()).filter(|key| !known.contains(&key.as_str())) {
        if WITHOUT_EFFECT.contains(&key.as_str()) {
            all.notice(format!("`{key}` has no effect"));
            continue;
        }
        let hint = did_you_mean(key, known.iter().copied());
        return Err(all.wrong(format!("there is no `{key}`{hint}")));
    }
    let headers: Vec<(HeaderName, HeaderValue)> = match name {
        "xssFilter" => vec![header("x-xss-protection", "1; mode=block")],
        "frameguard" => {
            let action = params.as_str().or_else(|| params["action"].as_str()).unwrap_or("sameorigin");
            let value = match action.to_lowercase().as_str() {
                "deny" => "DENY",
                "sameorigin" => "SAMEORIGIN",
                // Browsers have forgotten `ALLOW-FROM`, and allow everybody then.
                _ => return Err(all.wrong(format!("`action` is `deny` or `sameorigin`, found `{action}`"))),
            };
            vec![header("x-frame-options", value)]
        }
        "hsts" => {
            let days_180 = 180 * 24 * 60 * 60;
            let seconds = match &params["maxAge"] {
                Json::Null => days_180,
                Json::Number(seconds) => seconds.as_f64().unwrap_or_default() as u64,
                other => return Err(all.wrong(format!("`maxAge` is a number of seconds, found {other}"))),
            };
            let flag = |names: [&str; 2], unless_set: bool| {
                names.into_iter().find_map(|name| params[name].as_bool()).unwrap_or(unless_set)
            };
            let subdomains =
                if flag(["includeSubDomains", "includeSubdomains"], true) { "; includeSubDomains" } else { "" };
            let preload = if flag(["preload", "preload"], false) { "; preload" } else { "" };
            let value = HeaderValue::try_from(format!("max-age={seconds}{subdomains}{preload}"));
            value.map(|value| (HeaderName::from_static("strict-transport-security"), value)).into_iter().collect()
        }
        "ieNoOpen" => vec![header("x-download-options", "noopen")],
        "noSniff" => vec![header("x-content-type-options", "nosniff")],
        "noCache" => vec![
            header("surrogate-control", "no-store"),
            header("cache-control", "no-store, no-cache, must-revalidate, proxy-revalidate"),
            header("pragma", "no-cache"),
            header("expires", "0"),
        ],
        // `hidePoweredBy`: nothing here says who made it.
        _ => Vec::new(),
    };
    let middleware = Middleware::placed(move |_, rest| {
        let headers = headers.clone();
        Chain::new(move |request: Request| {
            let answered = rest.run(request);
            let headers = headers.clone();
            Box::pin(async move {
                let mut response = answered.await;
                for (name, value) in headers {
                    response.headers_mut().entry(name).or_insert(value);
                }
                response
            })
        })
    });
    Ok(middleware.named("headers"))
}

fn header(name: &'static str, value: &'static str) -> (HeaderName, HeaderValue) {
    (HeaderName::from_static(name), HeaderValue::from_static(value))
}
