//! Headers that turn browsers' protections on. Answers to those functions of npm `helmet` that loopback's template has.

use crate::app::middleware::{Chain, Middleware};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use serde_json::Value as Json;

/// The headers of `helmet#<name>`. An answer that has one of them already keeps its own.
pub(in crate::app::middleware) fn headers(name: &str, params: &Json) -> Middleware {
    let headers: Vec<(HeaderName, HeaderValue)> = match name {
        "xssFilter" => vec![header("x-xss-protection", "1; mode=block")],
        "frameguard" => {
            let action = params.as_str().or_else(|| params["action"].as_str()).unwrap_or_default();
            let deny = action.eq_ignore_ascii_case("deny");
            vec![header("x-frame-options", if deny { "DENY" } else { "SAMEORIGIN" })]
        }
        "hsts" => {
            let days_180 = 180 * 24 * 60 * 60;
            let seconds = params["maxAge"].as_f64().map_or(days_180, |seconds| seconds as u64);
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
    middleware.named("headers")
}

fn header(name: &'static str, value: &'static str) -> (HeaderName, HeaderValue) {
    (HeaderName::from_static(name), HeaderValue::from_static(value))
}
