//! Middleware by its name in a configuration. Answers to `app.middlewareFromConfig` and loopback-boot's `middleware.json`.

mod named;
mod settings;

pub(super) use crate::config::units::{bytes, duration};

use super::{IntoMiddleware, Middleware, MiddlewarePhase, Paths};
use crate::app::AppBuilder;
use crate::error::{Error, Result};
use crate::suggest::did_you_mean;
use axum::http::Method;
use named::Made;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
const NAMES: [(&str, &[&str]); 23] = [
    ("loopback#rest", &["rest"]),
    ("loopback#static", &["static", "serve-static", "express#static"]),
    ("loopback#favicon", &["favicon", "serve-favicon"]),
    ("loopback#status", &["status"]),
    ("loopback#urlNotFound", &["urlNotFound", "url-not-found", "loopback#url-not-found"]),
    ("loopback#token", &["token"]),
    // LoopBack 2's.
    (
        "loopback#context",
        &["loopback#per-request-context", "loopback-context#per-context", "loopback-context#perContext"],
    ),
    ("strong-error-handler", &["error-handler", "errorhandler", "loopback#errorHandler", "loopback#error-handler"]),
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
/// What an app has whether it is named or not.
const ALWAYS_THERE: [&str; 3] = ["strong-error-handler", "loopback#urlNotFound", "loopback#context"];

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
    /// What of them has no effect.
    notices: RefCell<Vec<String>>,
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

    /// Notes what is understood and has no effect; the start says so.
    pub(super) fn notice(&self, what: impl Into<String>) {
        self.notices.borrow_mut().push(what.into());
    }

    /// Notes those of npm's settings that are set, and that nothing here goes by.
    pub(super) fn without_effect(&self, settings: &[(&str, &Json)]) {
        for (name, value) in settings {
            if !value.is_null() {
                self.notice(format!("`{name}` has no effect"));
            }
        }
    }

    pub(super) fn wrong(&self, why: impl std::fmt::Display) -> Error {
        let why = why.to_string();
        let why = format!("{why}{}", near(&why));
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

/// The known key that is nearest to the one that serde does not know: "unknown field `a`, expected one of `b`, `c`".
fn near(why: &str) -> String {
    if !why.starts_with("unknown field") {
        return String::new();
    }
    let mut names = why.split('`').skip(1).step_by(2);
    names.next().map(|found| did_you_mean(found, names)).unwrap_or_default()
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
    /// | `loopback#static` | [files](Self::static_files) | folder, or `[folder, options]`, those of npm `serve-static` |
    /// | `loopback#favicon` | [an icon](Self::favicon) | the file |
    /// | `loopback#status` | [status](Self::status) | |
    /// | `loopback#token` | where the token of a request is looked for | `{headers, params, cookies, currentUserLiteral, searchDefaultTokenKeys}` |
    /// | `loopback#urlNotFound` | 404; always there | |
    /// | `loopback#context` | the context of a call; always there | |
    /// | `strong-error-handler`, `loopback#errorHandler` | how errors are answered; always there | `{defaultType, negotiateContentType}` |
    /// | `cors` | [CORS](Self::cors) | `{origin, credentials, methods, allowedHeaders, exposedHeaders, maxAge}` |
    /// | `compression` | [compression](Self::compression) | `{threshold}` |
    /// | `cookie-parser` | signed cookies | the secret |
    /// | `body-parser#json`, `#urlencoded` | [the limit of bodies](Self::body_limit), of forms; `paths` are for these alone | `{limit}` |
    /// | `helmet#hsts`, `#frameguard`, ... | headers of browsers' protections | as helmet's |
    /// | `health` | [health](Self::health) | |
    /// | `request-id` | [an id for each request](Self::request_id) | |
    /// | `rate-limit` | [a limit of requests](Self::rate_limit) | `{windowMs, max}` |
    /// | `timeout` | [a limit of time](Self::request_timeout) | `"30s"`, or ms |
    /// | `body-limit` | a limit of bodies at `paths` | `"1mb"`, or bytes |
    ///
    /// # Errors
    /// A name that is not known, with those that are; settings that are not right; a phase that is not there.
    pub fn middleware_from_config(mut self, name: &str, config: MiddlewareConfig) -> Result<Self> {
        let step = self.middleware_step(name, config)?;
        self.configured.notices.extend(step.notices.iter().map(|notice| format!("the middleware `{name}`: {notice}")));
        Ok(step.done_to(self))
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
            let known = if own.is_none() { known } else { None };
            return Ok(match known {
                Some("loopback#rest") => Step::of(AppBuilder::without_rest),
                Some(known) if ALWAYS_THERE.contains(&known) => {
                    Step { notices: vec!["cannot be turned off".to_owned()], ..Step::default() }
                }
                _ => Step::default(),
            });
        }
        let values = match config.params {
            Json::Null => Vec::new(),
            Json::Array(values) => values,
            value => vec![value],
        };
        let params = Params { name, values, base: &config.base, notices: RefCell::default() };
        if own.is_none() && known == Some("loopback#rest") {
            return rest(phase, config.paths, &methods);
        }
        let paths = Paths::from(config.paths.clone());
        if let Some(fault) = paths.faults().next() {
            return Err(Error::configuration(fault.to_owned()));
        }
        let everywhere = paths.is_all() && methods.is_empty();
        let made = match (own, known.unwrap_or_default()) {
            (Some(make), _) => Made::Middleware(MiddlewarePhase::Routes.before(), make(&params)?),
            (None, known) => named::made(known, &params, everywhere)?,
        };
        let step = match made {
            Made::Middleware(usual, middleware) => {
                let middleware = if config.paths.is_empty() { middleware } else { middleware.at(paths) };
                let middleware = if methods.is_empty() { middleware } else { middleware.methods(methods) };
                Step::of(move |app| app.middleware(phase.unwrap_or(usual), middleware))
            }
            Made::Cors(cors) => {
                // Its faults are told here, with the others.
                drop(cors.clone().middleware().map_err(|why| params.wrong(why))?);
                let phase = phase.unwrap_or(MiddlewarePhase::Initial);
                Step::of(move |app| app.cors_at(phase, &config.paths, methods, cors))
            }
            Made::Nothing => Step::default(),
            Made::Setting(set) if everywhere => Step { set, notices: Vec::new() },
            Made::Setting(_) => {
                let key = if methods.is_empty() { "paths" } else { "methods" };
                return Err(Error::configuration(format!(
                    "has no `{key}`: it is for the whole app; leave `{key}` out"
                )));
            }
        };
        Ok(Step { notices: params.notices.into_inner(), ..step })
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

/// What sets something of an app.
type Set = Box<dyn FnOnce(AppBuilder) -> AppBuilder>;

/// What is done to an app for a middleware of a configuration.
pub(in crate::app) struct Step {
    set: Set,
    /// What of it has no effect.
    pub(in crate::app) notices: Vec<String>,
}

impl Default for Step {
    /// Nothing.
    fn default() -> Self {
        Self::of(|app| app)
    }
}

impl Step {
    fn of(set: impl FnOnce(AppBuilder) -> AppBuilder + 'static) -> Self {
        Self { set: Box::new(set), notices: Vec::new() }
    }

    pub(in crate::app) fn done_to(self, app: AppBuilder) -> AppBuilder {
        (self.set)(app)
    }
}

/// `loopback#rest`: where the REST API is, and where it stands among what is in its phase.
fn rest(phase: Option<MiddlewarePhase>, paths: Vec<String>, methods: &[Method]) -> Result<Step> {
    if paths.len() > 1 {
        return Err(Error::configuration("`loopback#rest` has one path, the root of the REST API"));
    }
    if !methods.is_empty() {
        return Err(Error::configuration(
            "`loopback#rest` has no `methods`: which methods of models have endpoints is said by `sharedMethods`",
        ));
    }
    Ok(Step::of(move |mut app| {
        if let Some(phase) = phase {
            app.middleware.put_rest(phase);
        }
        match paths.first() {
            Some(root) => app.rest_root(root),
            None => app,
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn names_are_found_by_their_other_names() {
        assert_eq!(canonical("serve-favicon"), Some("loopback#favicon"));
        assert_eq!(canonical("loopback#rest"), Some("loopback#rest"));
        assert_eq!(canonical("connect-timeout"), Some("timeout"));
        assert_eq!(canonical("helmet"), None);
    }
}
