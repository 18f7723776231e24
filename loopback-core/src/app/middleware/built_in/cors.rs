//! Which pages of other sites may read answers. Answers to npm `cors`, which loopback's template has on for everybody.

use crate::app::middleware::{Chain, Middleware};
use axum::extract::Request;
use axum::http::header::ACCESS_CONTROL_REQUEST_METHOD;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value as Json;
use std::time::Duration;
use tower::{Layer, ServiceExt};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// Which pages of other sites may read answers of the app; without it, none.
///
/// A preflight (`OPTIONS` with `Access-Control-Request-Method`) is answered here, 204; another `OPTIONS` is a request like
/// others.
#[derive(Clone, Debug)]
#[must_use]
pub struct Cors {
    origins: Origins,
    credentials: bool,
    methods: Vec<String>,
    headers: Vec<String>,
    exposed: Vec<String>,
    max_age: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Origins {
    /// `*`.
    Any,
    /// The one that asks.
    Reflected,
    These(Vec<String>),
}

const METHODS: &str = "GET,HEAD,PUT,PATCH,POST,DELETE";

impl Cors {
    fn of(origins: Origins) -> Self {
        let methods = METHODS.split(',').map(str::to_owned).collect();
        Self { origins, credentials: false, methods, headers: Vec::new(), exposed: Vec::new(), max_age: None }
    }

    /// Pages of these sites: `["https://shop.example", "http://localhost:5173"]`.
    pub fn origins<T: Into<String>>(origins: impl IntoIterator<Item = T>) -> Self {
        Self::of(Origins::These(origins.into_iter().map(Into::into).collect()))
    }

    /// Pages of any site, without cookies and the like: for data that everybody may read.
    pub fn any_origin() -> Self {
        Self::of(Origins::Any)
    }

    /// Pages of any site, with the visitor's cookies: what LoopBack's template does. Any site may then act for whoever visits
    /// it and is logged in by cookie; the start report says so.
    pub fn loopback3() -> Self {
        let mut cors = Self::of(Origins::Reflected).max_age(Duration::from_secs(86_400));
        cors.credentials = true;
        cors
    }

    /// With the visitor's cookies and HTTP log-ins; they are left out unless set. Only for sites that are named.
    pub fn credentials(mut self, allowed: bool) -> Self {
        self.credentials = allowed;
        self
    }

    /// The methods that those pages may use; GET, HEAD, PUT, PATCH, POST and DELETE unless set.
    pub fn methods<T: Into<String>>(mut self, methods: impl IntoIterator<Item = T>) -> Self {
        self.methods = methods.into_iter().map(Into::into).collect();
        self
    }

    /// The headers that those pages may send; any unless set.
    pub fn headers<T: Into<String>>(mut self, headers: impl IntoIterator<Item = T>) -> Self {
        self.headers = headers.into_iter().map(Into::into).collect();
        self
    }

    /// The headers of answers that those pages may read, beside the few that they always may.
    pub fn exposed_headers<T: Into<String>>(mut self, headers: impl IntoIterator<Item = T>) -> Self {
        self.exposed = headers.into_iter().map(Into::into).collect();
        self
    }

    /// How long a browser may keep the answer to a preflight; a few seconds unless set.
    pub fn max_age(mut self, time: Duration) -> Self {
        self.max_age = Some(time);
        self
    }

    /// Whether any site may act for its visitors.
    pub(in crate::app) fn is_open_to_all_sites(&self) -> bool {
        self.origins == Origins::Reflected && self.credentials
    }

    pub(in crate::app::middleware) fn from_params(params: Params) -> Result<Self, String> {
        let origins = match params.origin {
            None => Origins::Any,
            Some(Json::Bool(true)) => {
                if params.credentials {
                    Origins::Reflected
                } else {
                    Origins::Any
                }
            }
            Some(Json::Bool(false)) => Origins::These(Vec::new()),
            Some(Json::String(origin)) if origin == "*" => Origins::Any,
            Some(Json::String(origin)) => Origins::These(vec![origin]),
            Some(Json::Array(origins)) => Origins::These(
                origins
                    .iter()
                    .map(|origin| origin.as_str().map(str::to_owned).ok_or_else(|| format!("`{origin}` is no origin")))
                    .collect::<Result<_, _>>()?,
            ),
            Some(other) => {
                return Err(format!("`origin` is true, false, an origin or a list of them, found `{other}`"));
            }
        };
        let mut cors = Self::of(origins).credentials(params.credentials);
        if let Some(methods) = params.methods {
            cors = cors.methods(methods.list());
        }
        cors = cors.headers(params.allowed_headers.map(Words::list).unwrap_or_default());
        cors = cors.exposed_headers(params.exposed_headers.map(Words::list).unwrap_or_default());
        cors.max_age = params.max_age.map(Duration::from_secs);
        Ok(cors)
    }

    /// The middleware.
    ///
    /// # Errors
    /// What is not an origin, a method or a header; any site with cookies.
    pub(in crate::app) fn middleware(self) -> Result<Middleware, String> {
        let mut layer = CorsLayer::new();
        layer = match &self.origins {
            Origins::Any if self.credentials => {
                return Err(
                    "CORS for any site, with the visitor's cookies, lets every site act for its visitors: name the \
                            sites with `Cors::origins([..])`, or say `Cors::loopback3()`"
                        .to_owned(),
                );
            }
            Origins::Any => layer.allow_origin(AllowOrigin::any()),
            Origins::Reflected => layer.allow_origin(AllowOrigin::mirror_request()),
            Origins::These(origins) => {
                let origins = origins.iter().map(|text| origin(text)).collect::<Result<Vec<_>, _>>()?;
                layer.allow_origin(AllowOrigin::list(origins))
            }
        };
        let method =
            |text: &String| Method::from_bytes(text.trim().as_bytes()).map_err(|_| format!("`{text}` is no method"));
        let header = |text: &String| HeaderName::try_from(text.trim()).map_err(|_| format!("`{text}` is no header"));
        layer = layer.allow_methods(self.methods.iter().map(method).collect::<Result<Vec<_>, _>>()?);
        layer = layer.allow_headers(if self.headers.is_empty() {
            AllowHeaders::mirror_request()
        } else {
            AllowHeaders::list(self.headers.iter().map(header).collect::<Result<Vec<_>, _>>()?)
        });
        let exposed = self.exposed.iter().map(header).collect::<Result<Vec<_>, _>>()?;
        if !exposed.is_empty() {
            layer = layer.expose_headers(exposed);
        }
        if let Some(time) = self.max_age {
            layer = layer.max_age(time);
        }
        let layer = layer.allow_credentials(self.credentials);
        let middleware = Middleware::placed(move |_, rest| {
            // The layer takes every `OPTIONS` for a preflight: one that is none goes by another name until it is through.
            let named = rest.clone();
            let named = Chain::new(move |mut request: Request| {
                *request.method_mut() = Method::OPTIONS;
                named.run(request)
            });
            let (service, plain) = (layer.layer(rest), layer.layer(named));
            Chain::new(move |mut request: Request| {
                let options = request.method() == Method::OPTIONS;
                let preflight = options && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
                let service = if options && !preflight {
                    *request.method_mut() = Method::GET;
                    plain.clone()
                } else {
                    service.clone()
                };
                let answered = service.oneshot(request);
                Box::pin(async move {
                    let Ok(mut response) = answered.await;
                    if preflight {
                        *response.status_mut() = StatusCode::NO_CONTENT;
                    }
                    response
                })
            })
        });
        Ok(middleware.named("cors"))
    }
}

/// `https://shop.example:8443`: what a browser sends.
fn origin(text: &str) -> Result<HeaderValue, String> {
    let wrong = || format!("`{text}` is no origin; write it as `https://shop.example`, without a path");
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or_else(wrong)?;
    if host.is_empty() || host.contains(['/', '*', '?', '#', '@', ' ', ',']) {
        return Err(wrong());
    }
    HeaderValue::try_from(text.to_ascii_lowercase()).map_err(|_| wrong())
}

/// The options of npm `cors`.
#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(in crate::app::middleware) struct Params {
    origin: Option<Json>,
    credentials: bool,
    methods: Option<Words>,
    allowed_headers: Option<Words>,
    exposed_headers: Option<Words>,
    max_age: Option<u64>,
    /// It is 204 here.
    #[serde(rename = "optionsSuccessStatus")]
    _options_success_status: Json,
}

/// `"GET,POST"` or `["GET", "POST"]`.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Words {
    Text(String),
    List(Vec<String>),
}

impl Words {
    fn list(self) -> Vec<String> {
        match self {
            Self::Text(text) => text.split(',').map(|word| word.trim().to_owned()).collect(),
            Self::List(list) => list,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn from(params: Json) -> Cors {
        Cors::from_params(serde_json::from_value(params).unwrap()).unwrap()
    }

    #[test]
    fn any_site_with_cookies_has_to_be_said_by_its_name() {
        assert!(Cors::any_origin().credentials(true).middleware().unwrap_err().contains("Cors::loopback3"));
        assert!(Cors::any_origin().middleware().is_ok());
        assert!(Cors::loopback3().is_open_to_all_sites() && Cors::loopback3().middleware().is_ok());
        // As loopback's template has it.
        assert!(from(json!({"origin": true, "credentials": true, "maxAge": 86400})).is_open_to_all_sites());
        assert!(from(json!({"origin": "*", "credentials": true})).middleware().is_err());
        assert!(!from(json!({"origin": true})).is_open_to_all_sites());
        assert!(!from(json!({"origin": ["https://a.example"], "credentials": true})).is_open_to_all_sites());
    }

    #[test]
    fn what_is_no_origin_is_a_fault() {
        for bad in ["shop.example", "https://", "https://a/b", "https://*.example", "null", "ftp://a", "https://a\n"] {
            assert!(Cors::origins([bad]).middleware().is_err(), "{bad}");
        }
        assert!(Cors::origins(["https://Shop.example:8443", "http://localhost:5173"]).middleware().is_ok());
        assert!(Cors::origins(["https://a"]).methods(["G T"]).middleware().is_err());
        assert!(Cors::origins(["https://a"]).headers(["a b"]).middleware().is_err());
    }
}
