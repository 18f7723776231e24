//! Middleware by its name in a configuration. Answers to `app.middlewareFromConfig` and loopback-boot's `middleware.json`.

use super::built_in::{self, Compression, Cors, Favicon, RateLimit, StaticFiles};
use super::{IntoMiddleware, Middleware, MiddlewarePhase};
use crate::app::AppBuilder;
use crate::error::{Error, Result};
use crate::rest::ErrorForm;
use crate::suggest::did_you_mean;
use axum::http::Method;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What a configuration says about a middleware: LoopBack's entry in `middleware.json`.
#[derive(Clone, Debug)]
pub struct MiddlewareConfig {
    /// Whether it is there at all.
    pub enabled: bool,
    /// The phase, `"initial"` or `"routes:before"`; the usual one of that middleware when empty.
    pub phase: String,
    /// The paths it is for, see [`Paths`](super::Paths); all of them when empty.
    pub paths: Vec<String>,
    /// The methods it is for; all of them when empty, or with `ALL`.
    pub methods: Vec<String>,
    /// Its settings: one value, or the list of arguments that LoopBack calls the middleware with. Null: none.
    pub params: Json,
    /// The folder of the configuration, which `$!` at the beginning of a text stands for.
    pub base: PathBuf,
}

impl Default for MiddlewareConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            phase: String::new(),
            paths: Vec::new(),
            methods: Vec::new(),
            params: Json::Null,
            base: PathBuf::new(),
        }
    }
}

/// Makes a middleware of the application's own from its settings.
pub(in crate::app) type Factory = Arc<dyn Fn(&Params<'_>) -> Result<Middleware> + Send + Sync>;

/// The names of a configuration, with the other names that LoopBack's applications have for the same.
const NAMES: [(&str, &[&str]); 22] = [
    ("loopback#rest", &["rest"]),
    ("loopback#static", &["static", "serve-static", "express#static"]),
    ("loopback#favicon", &["favicon", "serve-favicon"]),
    ("loopback#status", &["status"]),
    ("loopback#urlNotFound", &["urlNotFound", "url-not-found"]),
    ("loopback#token", &["token"]),
    ("strong-error-handler", &["error-handler"]),
    ("cors", &[]),
    ("compression", &[]),
    ("cookie-parser", &["express#cookieParser"]),
    ("body-parser#json", &["body-parser"]),
    ("body-parser#urlencoded", &[]),
    ("helmet#xssFilter", &[]),
    ("helmet#frameguard", &[]),
    ("helmet#hsts", &[]),
    ("helmet#hidePoweredBy", &[]),
    ("helmet#ieNoOpen", &[]),
    ("helmet#noSniff", &[]),
    ("helmet#noCache", &[]),
    ("health", &[]),
    ("request-id", &["express-request-id"]),
    ("rate-limit", &["express-rate-limit"]),
];
const LIMITS: [(&str, &[&str]); 2] = [("timeout", &["connect-timeout"]), ("body-limit", &[])];

fn canonical(name: &str) -> Option<&'static str> {
    let known = NAMES.iter().chain(&LIMITS);
    known.copied().find(|(own, others)| *own == name || others.contains(&name)).map(|(own, _)| own)
}

/// The settings of a middleware, as a configuration has them.
#[derive(Debug)]
pub struct Params<'c> {
    name: &'c str,
    values: Vec<Json>,
    base: &'c Path,
}

impl Params<'_> {
    /// The first setting, or the only one.
    ///
    /// # Errors
    /// It is missing or of another kind; the message says which keys there are.
    pub fn get<T: DeserializeOwned>(&self) -> Result<T> {
        self.at(0)
    }

    /// The first setting, or what it is without one.
    ///
    /// # Errors
    /// It is of another kind; the message says which keys there are.
    pub fn get_or_default<T: DeserializeOwned + Default>(&self) -> Result<T> {
        if self.values.is_empty() { Ok(T::default()) } else { self.at(0) }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn at<T: DeserializeOwned>(&self, at: usize) -> Result<T> {
        let value = self.values.get(at).cloned().unwrap_or(Json::Null);
        serde_json::from_value(value).map_err(|error| self.wrong(error))
    }

    fn wrong(&self, why: impl std::fmt::Display) -> Error {
        let why = why.to_string();
        // What a wrong value is may be a secret; what is expected says enough.
        let why = match (why.contains("invalid type") || why.contains("invalid value"), why.split_once(", expected ")) {
            (true, Some((_, expected))) => format!("a value is of another kind than it has to be: expected {expected}"),
            _ => why,
        };
        Error::configuration(format!("the params of the middleware `{}`: {why}", self.name))
    }

    /// A path on this machine: `$!` at its beginning is the folder of the configuration.
    pub fn path(&self, text: &str) -> PathBuf {
        match text.strip_prefix("$!") {
            Some(rest) => self.base.join(rest.trim_start_matches('/')),
            None => PathBuf::from(text),
        }
    }
}

impl AppBuilder {
    /// A middleware of the application's own that configurations may name; name it before they are read. It gets the
    /// settings that stand there.
    ///
    /// ```ignore
    /// .middleware_factory("audit", |params| Ok(from_fn_with_state(params.get::<Audit>()?, audit)))
    /// ```
    pub fn middleware_factory<M, K>(
        mut self,
        name: impl Into<String>,
        make: impl Fn(&Params<'_>) -> Result<M> + Send + Sync + 'static,
    ) -> Self
    where
        M: IntoMiddleware<K>,
    {
        let make: Factory = Arc::new(move |params| make(params).map(IntoMiddleware::into_middleware));
        self.middleware.factories.push((name.into(), make));
        self
    }

    /// Middleware by name, as `middleware.json` has it (LoopBack's `app.middlewareFromConfig`).
    ///
    /// | name | what it is | params |
    /// |---|---|---|
    /// | `loopback#rest` | the REST API; `paths` is its root, and what stands before it in its phase goes before it | |
    /// | `loopback#static` | [files](Self::static_files) | folder, or `[folder, {index, dotfiles, maxAge, redirect}]` |
    /// | `loopback#favicon` | [an icon](Self::favicon) | the file |
    /// | `loopback#status` | [status](Self::status) | |
    /// | `loopback#token` | where the token of a request is looked for | `{headers, params, cookies, currentUserLiteral, searchDefaultTokenKeys}` |
    /// | `loopback#urlNotFound` | 404; always there | |
    /// | `strong-error-handler` | how errors are answered; always there | `{defaultType, negotiateContentType}` |
    /// | `cors` | [CORS](Self::cors) | `{origin, credentials, methods, allowedHeaders, exposedHeaders, maxAge}` |
    /// | `compression` | [compression](Self::compression) | `{threshold}` |
    /// | `cookie-parser` | signed cookies | the secret |
    /// | `body-parser#json`, `#urlencoded` | [the limit of bodies](Self::body_limit) | `{limit}` |
    /// | `helmet#hsts`, `#frameguard`, ... | headers of browsers' protections | as helmet's |
    /// | `health` | [health](Self::health) | |
    /// | `request-id` | [an id for each request](Self::request_id) | |
    /// | `rate-limit` | [a limit of requests](Self::rate_limit) | `{windowMs, max}` |
    /// | `timeout` | [a limit of time](Self::request_timeout) | `"30s"`, or ms |
    /// | `body-limit` | a limit of bodies at `paths` | `"1mb"`, or bytes |
    ///
    /// # Errors
    /// A name that is not known, with those that are; settings that are not right; a phase that is not there.
    pub fn middleware_from_config(self, name: &str, config: MiddlewareConfig) -> Result<Self> {
        let step = self.middleware_step(name, config)?;
        Ok(step(self))
    }

    /// What a configuration makes of an app. All that can be wrong with it is found before the app is touched, so that one
    /// fault does not hide others, nor makes any.
    ///
    /// # Errors
    /// As [`middleware_from_config`](Self::middleware_from_config).
    pub(in crate::app) fn middleware_step(&self, name: &str, config: MiddlewareConfig) -> Result<Step> {
        let own = self.middleware.factories.iter().find(|(known, _)| known == name).map(|(_, make)| make.clone());
        let known = canonical(name);
        if own.is_none() && known.is_none() {
            return Err(self.unknown_middleware(name));
        }
        let phase: Option<MiddlewarePhase> = Some(config.phase.as_str()).filter(|p| !p.is_empty()).map(Into::into);
        if let Some(phase) = &phase {
            self.middleware.names.place(phase).map_err(Error::configuration)?;
        }
        let methods = methods(name, &config.methods)?;
        if !config.enabled {
            let is_rest = own.is_none() && known == Some("loopback#rest");
            return Ok(step(move |app| if is_rest { app.without_rest() } else { app }));
        }
        let values = match config.params {
            Json::Null => Vec::new(),
            Json::Array(values) => values,
            value => vec![value],
        };
        let params = Params { name, values, base: &config.base };
        let (usual, middleware) = match (own, known.unwrap_or_default()) {
            (Some(make), _) => (MiddlewarePhase::Routes.before(), make(&params)?),
            (None, "loopback#rest") => return rest(phase, config.paths),
            (None, known) => match built_in_middleware(known, &params)? {
                Made::Middleware(usual, middleware) => (usual, middleware),
                Made::Cors(cors) => {
                    // Its faults are told here, with the others.
                    drop(cors.clone().middleware().map_err(|why| params.wrong(why))?);
                    let phase = phase.unwrap_or(MiddlewarePhase::Initial);
                    return Ok(step(move |app| app.cors_at(phase, &config.paths, methods, cors)));
                }
                Made::Setting(set) => return Ok(set),
            },
        };
        let middleware = if config.paths.is_empty() { middleware } else { middleware.at(config.paths) };
        if let Some(fault) = middleware.faults().next() {
            return Err(Error::configuration(fault.to_owned()));
        }
        let middleware = if methods.is_empty() { middleware } else { middleware.methods(methods) };
        Ok(step(move |app| app.middleware(phase.unwrap_or(usual), middleware)))
    }

    /// Whether a configuration may name it by now.
    pub(in crate::app) fn knows_middleware(&self, name: &str) -> bool {
        canonical(name).is_some() || self.middleware.factories.iter().any(|(known, _)| known == name)
    }

    fn unknown_middleware(&self, name: &str) -> Error {
        let own = self.middleware.factories.iter().map(|(name, _)| name.as_str());
        let known: Vec<&str> = NAMES.iter().chain(&LIMITS).map(|(name, _)| *name).chain(own).collect();
        let others = NAMES.iter().chain(&LIMITS).flat_map(|(_, others)| others.iter().copied());
        let near = did_you_mean(name, known.iter().copied().chain(others));
        let why = if name.starts_with('.') || name.ends_with(".js") {
            " JavaScript is not run here: write it in Rust and name it with `.middleware_factory(..)`, or place it with \
             `.middleware(..)`."
        } else {
            " One of your own is named with `.middleware_factory(..)`."
        };
        Error::configuration(format!("there is no middleware `{name}`{near}; there are {}.{why}", known.join(", ")))
    }
}

fn methods(name: &str, methods: &[String]) -> Result<Vec<Method>> {
    if methods.iter().any(|method| method.eq_ignore_ascii_case("all")) {
        return Ok(Vec::new());
    }
    let method = |text: &String| {
        Method::from_bytes(text.to_uppercase().as_bytes()).map_err(|_| {
            Error::configuration(format!("the middleware `{name}` is for the method `{text}`, which is none"))
        })
    };
    methods.iter().map(method).collect()
}

/// What is done to an app for a middleware of a configuration.
pub(in crate::app) type Step = Box<dyn FnOnce(AppBuilder) -> AppBuilder>;

fn step(step: impl FnOnce(AppBuilder) -> AppBuilder + 'static) -> Step {
    Box::new(step)
}

/// What comes of a name.
enum Made {
    Middleware(MiddlewarePhase, Middleware),
    Cors(Cors),
    /// Something that the app has anyway, set otherwise.
    Setting(Step),
}

fn setting(set: impl FnOnce(AppBuilder) -> AppBuilder + 'static) -> Made {
    Made::Setting(step(set))
}

/// `loopback#rest`: where the REST API is, and where it stands among what is in its phase.
fn rest(phase: Option<MiddlewarePhase>, paths: Vec<String>) -> Result<Step> {
    if paths.len() > 1 {
        return Err(Error::configuration("`loopback#rest` has one path, the root of the REST API"));
    }
    Ok(step(move |mut app| {
        if let Some(phase) = phase {
            app.middleware.put_rest(phase);
        }
        match paths.first() {
            Some(root) => app.rest_root(root),
            None => app,
        }
    }))
}

/// One of [`NAMES`].
fn built_in_middleware(name: &str, params: &Params<'_>) -> Result<Made> {
    use MiddlewarePhase as Phase;
    if let Some(header) = name.strip_prefix("helmet#") {
        return Ok(Made::Middleware(Phase::Initial, built_in::headers(header, &params.get_or_default()?)));
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
        "loopback#token" => Ok(token(params.get_or_default()?)),
        "strong-error-handler" => error_handler(params.get_or_default()?, params),
        "cors" => Ok(Made::Cors(Cors::from_params(params.get_or_default()?).map_err(|why| params.wrong(why))?)),
        "compression" => made(Phase::Initial, Compression::from_params(params.get_or_default()?)?.middleware()),
        "cookie-parser" => {
            let secret: Option<String> = params.get_or_default()?;
            Ok(setting(|app| match secret {
                Some(secret) => app.auth_of_file(|auth| auth.cookie_secret(secret)),
                None => app,
            }))
        }
        "body-parser#json" | "body-parser#urlencoded" => {
            #[derive(serde::Deserialize, Default)]
            #[serde(rename_all = "camelCase", default)]
            struct Parser {
                limit: Option<Json>,
            }
            let limit = params.get_or_default::<Parser>()?.limit;
            let limit = limit.map(|limit| bytes(&limit).map_err(|why| params.wrong(why))).transpose()?;
            Ok(setting(move |app| match limit {
                Some(limit) => app.body_limit(limit),
                None => app,
            }))
        }
        "health" => made(Phase::Initial.before(), built_in::health()),
        "request-id" => made(Phase::Initial.before(), built_in::request_id()),
        "rate-limit" => made(Phase::Initial, RateLimit::from_params(params.get_or_default()?)?.middleware()),
        "timeout" => {
            let limit = duration(&params.get()?).map_err(|why| params.wrong(why))?;
            made(Phase::Initial, built_in::timeout(limit))
        }
        "body-limit" => {
            let limit = bytes(&params.get()?).map_err(|why| params.wrong(why))?;
            made(Phase::Initial, built_in::body_limit(limit))
        }
        // The 404 for what nothing answers is there whether it is named or not.
        _ => Ok(setting(|app| app)),
    }
}

fn token(params: TokenParams) -> Made {
    setting(move |app| {
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
    })
}

/// What LoopBack's token middleware takes. `model` and the ways to overwrite a token that is there already have no meaning
/// here: a request has one token.
#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TokenParams {
    headers: Vec<String>,
    params: Vec<String>,
    cookies: Vec<String>,
    current_user_literal: Option<String>,
    search_default_token_keys: Option<bool>,
}

#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct ErrorHandlerParams {
    debug: Json,
    log: Json,
    safe_fields: Json,
    default_type: Option<String>,
    negotiate_content_type: Option<bool>,
    root_property: Option<Json>,
}

fn error_handler(params: ErrorHandlerParams, all: &Params<'_>) -> Result<Made> {
    if params.root_property.is_some_and(|root| root != "error") {
        return Err(all.wrong("`rootProperty` can only be `error`"));
    }
    // Differs from LoopBack: nothing internal is sent, asked for or not. It is in the log.
    if params.debug == true {
        tracing::info!("`debug` of strong-error-handler has no effect: causes of errors are in the log");
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

/// `"100kb"`, or a number of bytes; units are powers of 1024, as in npm `bytes`.
pub(super) fn bytes(value: &Json) -> Result<usize, String> {
    let wrong = || format!("`{value}` is no size; write a number of bytes, or `\"100kb\"`, `\"1mb\"`");
    if let Some(number) = value.as_u64() {
        return usize::try_from(number).map_err(|_| wrong());
    }
    let (number, unit) = measure(value).ok_or_else(wrong)?;
    let factor = match unit.as_str() {
        "" | "b" => 1.0,
        "kb" => 1024.0,
        "mb" => 1024.0 * 1024.0,
        "gb" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err(wrong()),
    };
    Ok((number * factor) as usize)
}

/// `"30s"`, or a number of milliseconds, as npm `ms`.
pub(super) fn duration(value: &Json) -> Result<Duration, String> {
    let wrong = || format!("`{value}` is no time; write milliseconds, or `\"30s\"`, `\"2m\"`, `\"1d\"`");
    let (number, unit) = match value.as_f64() {
        Some(number) if number >= 0.0 => (number, String::new()),
        _ => measure(value).ok_or_else(wrong)?,
    };
    let seconds = match unit.as_str() {
        "" | "ms" => 0.001,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" | "days" => 86_400.0,
        "y" => 31_557_600.0,
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())
}

fn measure(value: &Json) -> Option<(f64, String)> {
    let text = value.as_str()?.trim();
    let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    Some((number.parse().ok()?, unit.trim().to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sizes_and_times_are_read_as_npm_reads_them() {
        for (text, size) in [(json!("100kb"), 102_400), (json!("1.5MB"), 1_572_864), (json!(7), 7), (json!("7"), 7)] {
            assert_eq!(bytes(&text), Ok(size), "{text}");
        }
        for (text, millis) in
            [(json!("30s"), 30_000), (json!(5000), 5_000), (json!("1.5 m"), 90_000), (json!("2d"), 172_800_000)]
        {
            assert_eq!(duration(&text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for bad in [json!("x"), json!(-1), json!("1 week"), json!(null), json!("")] {
            assert!(duration(&bad).is_err() && bytes(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_found_by_their_other_names() {
        assert_eq!(canonical("serve-favicon"), Some("loopback#favicon"));
        assert_eq!(canonical("loopback#rest"), Some("loopback#rest"));
        assert_eq!(canonical("connect-timeout"), Some("timeout"));
        assert_eq!(canonical("helmet"), None);
    }
}
