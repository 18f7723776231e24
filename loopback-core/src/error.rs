//! The one error type, and LoopBack's error body. Answers to strong-error-handler `lib/data-builder.js`.

use crate::graph::ModelNode;
use serde_json::{Map, Value as Json, json};
use std::borrow::Cow;
use std::fmt;

/// `Result` with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as a client reads it, with a private cause that is logged and never sent.
///
/// In JSON: `{"error": {"statusCode": 422, "name": "ValidationError", "message": "..", "code": "..", "details": {..}}}`.
/// A status of 500 and above keeps its message and details to the log; [`not_supported`](Self::not_supported) alone does not.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    status: u16,
    name: Cow<'static, str>,
    code: Option<Cow<'static, str>>,
    message: Cow<'static, str>,
    details: Option<Json>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// Seconds after which the client may try again.
    retry_after: Option<u32>,
    /// Whether a client reads it whatever its status is: it says nothing that is not in its details.
    shown: bool,
}

/// What sort of error it is, for code that decides by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request makes no sense: 400 or another 4xx.
    BadRequest,
    /// No row has the id: 404 `MODEL_NOT_FOUND`.
    ModelNotFound,
    /// There is no such method or path: 404.
    NoSuchMethod,
    /// The data is not valid: 422 `ValidationError`.
    Validation,
    /// Another row or request is in the way: 409.
    Conflict,
    /// The database cannot be reached, or everything is busy: 503.
    Unavailable,
    /// The data source cannot do what is asked of it: 501 `NOT_SUPPORTED`.
    NotSupported,
    /// The application is put together wrongly; seen at start.
    Configuration,
    /// Our fault, or the database's: 500.
    Internal,
    /// An error of the application's own.
    Custom,
}

impl Error {
    fn make(kind: ErrorKind, status: u16, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            status,
            name: Cow::Borrowed("Error"),
            code: None,
            message: message.into(),
            details: None,
            source: None,
            retry_after: None,
            shown: false,
        }))
    }

    /// An error of the application's own, with an HTTP status from 400 to 599 (another status becomes 500).
    pub fn new(status: u16, message: impl Into<Cow<'static, str>>) -> Self {
        let status = if (400..=599).contains(&status) { status } else { 500 };
        Self::make(ErrorKind::Custom, status, message)
    }

    /// 400: the request makes no sense.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::make(ErrorKind::BadRequest, 400, message)
    }

    /// 400 with the name `SyntaxError`, as a body gets that is not JSON.
    pub fn syntax(message: impl Into<Cow<'static, str>>) -> Self {
        Self::bad_request(message).with_name("SyntaxError")
    }

    /// 413: the body is larger than the limit (bytes).
    pub fn too_large(limit: usize) -> Self {
        Self::make(ErrorKind::BadRequest, 413, "request entity too large")
            .with_name("PayloadTooLargeError")
            .with_source(format!("at most {limit} bytes are read"))
    }

    /// 415: the body is in a form that is not read here.
    pub fn unsupported_media(message: impl Into<Cow<'static, str>>) -> Self {
        Self::make(ErrorKind::BadRequest, 415, message).with_name("UnsupportedMediaTypeError")
    }

    /// 404 `MODEL_NOT_FOUND`: no row of the model has the id.
    pub fn model_not_found(model: &ModelNode, id: impl fmt::Display) -> Self {
        Self::make(ErrorKind::ModelNotFound, 404, format!("Unknown \"{}\" id \"{id}\".", model.name))
            .with_code("MODEL_NOT_FOUND")
    }

    /// 404 as `updateAttributes` of LoopBack answers it.
    pub(crate) fn no_instance(id: impl fmt::Display) -> Self {
        Self::make(ErrorKind::ModelNotFound, 404, format!("could not find a model with id {id}"))
            .with_code("MODEL_NOT_FOUND")
    }

    /// 404 as `replaceById` and `upsert` with a forced id answer it: `doing` is `replace` or `update attributes`.
    pub(crate) fn cannot(doing: &str, id: impl fmt::Display) -> Self {
        Self::make(ErrorKind::ModelNotFound, 404, format!("Could not {doing}. Object with id {id} does not exist!"))
    }

    /// 404: the URL or verb is not served.
    pub fn no_such_method(message: impl Into<Cow<'static, str>>) -> Self {
        Self::make(ErrorKind::NoSuchMethod, 404, message)
    }

    /// 409: another row is in the way.
    pub fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::make(ErrorKind::Conflict, 409, message)
    }

    /// 503: the database cannot be reached in time.
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::make(ErrorKind::Unavailable, 503, "Service Unavailable").with_source(source)
    }

    /// 409 `DUPLICATE_ID`: a row has the id already. For connectors.
    pub fn duplicate_id(model: &ModelNode) -> Self {
        Self::conflict(format!("a {} with this id exists", model.name)).with_code("DUPLICATE_ID")
    }

    /// 501 `NOT_SUPPORTED`: the data source cannot do it. Unlike that of other errors of 500 and above, the message is for
    /// the client: say what of the request it is.
    pub fn not_supported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::make(ErrorKind::NotSupported, 501, message).with_code("NOT_SUPPORTED")
    }

    /// A fault of the application's configuration, seen at start.
    pub fn configuration(message: impl Into<Cow<'static, str>>) -> Self {
        Self::make(ErrorKind::Configuration, 500, message)
    }

    /// 500 with a cause for the log.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::make(ErrorKind::Internal, 500, "Internal Server Error").with_source(source)
    }

    /// 429 `TOO_MANY_REQUESTS`: it may be tried again after so many seconds.
    pub fn too_many(seconds: u32) -> Self {
        let message = format!("Too many tries. Try again in {seconds} s.");
        let mut error = Self::make(ErrorKind::BadRequest, 429, message).with_code("TOO_MANY_REQUESTS");
        error.0.retry_after = Some(seconds);
        error
    }

    /// Seconds after which the client may try again, of a 429 or a 503.
    pub fn retry_after(&self) -> Option<u32> {
        self.0.retry_after.or_else(|| (self.0.kind == ErrorKind::Unavailable).then_some(1))
    }

    /// 401 `AUTHORIZATION_REQUIRED`: somebody has to log in for this.
    pub fn authorization_required() -> Self {
        Self::make(ErrorKind::BadRequest, 401, "Authorization Required").with_code("AUTHORIZATION_REQUIRED")
    }

    /// An error that says no more than its HTTP status.
    pub(crate) fn of_status(status: u16) -> Self {
        Self::make(ErrorKind::Custom, status, reason(status))
    }

    /// 500 with several errors in `details`, each as it would be answered on its own.
    pub fn multiple(errors: impl IntoIterator<Item = Self>) -> Self {
        let details = errors.into_iter().map(|error| error.body()["error"].take()).collect();
        let message = "Failed with multiple errors, see `details` for more information.";
        let mut error = Self::make(ErrorKind::Custom, 500, message).with_details(details);
        error.0.shown = true;
        error
    }

    /// 422: these properties are not valid.
    pub(crate) fn validation(errors: &ValidationErrors) -> Self {
        Self::make(ErrorKind::Validation, 422, errors.message())
            .with_name("ValidationError")
            .with_details(errors.details())
    }

    /// The same error with an HTTP status from 400 to 599 (another status becomes 500).
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = if (400..=599).contains(&status) { status } else { 500 };
        self
    }

    /// The same error with another name than `Error`.
    pub fn with_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.name = name.into();
        self
    }

    /// The same error with a code.
    pub fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// The same error with details.
    pub fn with_details(mut self, details: Json) -> Self {
        self.0.details = Some(details);
        self
    }

    /// The same error with a cause for the log.
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What sort of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The code, `MODEL_NOT_FOUND`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The message, for the log; a client reads it below status 500 only.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The details, `{"codes": {..}, "messages": {..}}` of a validation error.
    pub fn details(&self) -> Option<&Json> {
        self.0.details.as_ref()
    }

    /// Whether no row had the id.
    pub fn is_model_not_found(&self) -> bool {
        self.0.kind == ErrorKind::ModelNotFound
    }

    /// Whether the data was not valid.
    pub fn is_validation(&self) -> bool {
        self.0.kind == ErrorKind::Validation
    }

    /// The body that a client gets, written in LoopBack's order.
    pub(crate) fn body_text(&self) -> Vec<u8> {
        #[derive(serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Shown<'e> {
            status_code: u16,
            #[serde(skip_serializing_if = "Option::is_none")]
            name: Option<&'e str>,
            message: &'e str,
            #[serde(skip_serializing_if = "Option::is_none")]
            code: Option<&'e str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            details: Option<Details<'e>>,
        }
        let inner = &self.0;
        let public = inner.status < 500 || inner.kind == ErrorKind::NotSupported;
        let hidden = reason(inner.status);
        let shown = Shown {
            status_code: inner.status,
            name: public.then_some(&inner.name),
            message: if public || inner.shown { &inner.message } else { hidden },
            code: inner.code.as_deref().filter(|_| public),
            details: inner.details.as_ref().filter(|_| public || inner.shown).map(Details),
        };
        let mut body = b"{\"error\":".to_vec();
        if serde_json::to_writer(&mut body, &shown).is_err() {
            body.extend_from_slice(b"{\"statusCode\":500}");
        }
        body.push(b'}');
        body
    }

    /// The body that a client gets.
    pub fn body(&self) -> Json {
        serde_json::from_slice(&self.body_text()).unwrap_or_default()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(source) = &self.0.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}: {self}", self.0.kind, self.0.status)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// A stored value that a type cannot hold, or the like: 500.
impl From<crate::value::TypeError> for Error {
    fn from(error: crate::value::TypeError) -> Self {
        Self::internal(error)
    }
}

/// What plain SeaORM calls answer: 500 with the cause in the log.
impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::internal(error)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::internal(error)
    }
}

/// The errors of one instance, all of them, in the order found.
#[derive(Clone, Debug, Default)]
pub(crate) struct ValidationErrors {
    model: String,
    items: Vec<ValidationItem>,
}

#[derive(Clone, Debug)]
struct ValidationItem {
    property: String,
    code: String,
    message: String,
    value: Option<Json>,
}

impl ValidationErrors {
    pub(crate) fn new(model: &ModelNode) -> Self {
        Self { model: model.name.to_string(), items: Vec::new() }
    }

    /// Takes back what was said of a property.
    pub(crate) fn forget(&mut self, property: &str) {
        self.items.retain(|item| item.property != property);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether the property has an error already.
    pub(crate) fn has(&self, property: &str) -> bool {
        self.items.iter().any(|item| item.property == property)
    }

    pub(crate) fn add(
        &mut self,
        property: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
        value: Option<Json>,
    ) {
        let (property, code, message) = (property.into(), code.into(), message.into());
        self.items.push(ValidationItem { property, code, message, value });
    }

    pub(crate) fn into_result(self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(Error::validation(&self)) }
    }

    fn message(&self) -> String {
        let mut text = format!("The `{}` instance is not valid. Details: ", self.model);
        for (i, item) in self.items.iter().enumerate() {
            let value = match &item.value {
                None => "undefined".to_owned(),
                Some(json) => shortened(json.to_string()),
            };
            text.push_str(if i > 0 { "; " } else { "" });
            text.push_str(&format!("`{}` {} (value: {value})", item.property, item.message));
        }
        text.push('.');
        text
    }

    fn details(&self) -> Json {
        let (mut codes, mut messages) = (Map::new(), Map::new());
        for item in &self.items {
            for (map, text) in [(&mut codes, &item.code), (&mut messages, &item.message)] {
                if let Json::Array(list) = map.entry(item.property.clone()).or_insert_with(|| json!([])) {
                    list.push(text.as_str().into());
                }
            }
        }
        json!({ "context": self.model, "codes": codes, "messages": messages })
    }
}

/// Details as they are written: those of a validation error in LoopBack's order, which XML shows.
struct Details<'e>(&'e Json);

impl serde::Serialize for Details<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let Json::Object(details) = self.0 else { return self.0.serialize(serializer) };
        let later = |key: &&String| matches!(key.as_str(), "codes" | "messages");
        let first = details.iter().filter(|(key, _)| !later(key));
        serializer.collect_map(first.chain(details.iter().filter(|(key, _)| later(key))))
    }
}

/// What HTTP calls a status.
fn reason(status: u16) -> &'static str {
    let status = http::StatusCode::from_u16(status).ok();
    status.and_then(|status| status.canonical_reason()).unwrap_or("Unknown Error")
}

/// The beginning of a long value: LoopBack shows 32 characters.
fn shortened(text: String) -> String {
    if text.chars().count() <= 40 {
        return text;
    }
    let head: String = text.chars().take(32).collect();
    format!("{head}...")
}

impl Error {
    /// 422: another row has the same values, as the database says. For connectors.
    pub fn not_unique(model: &ModelNode, index: &crate::graph::IndexNode) -> Self {
        let mut errors = ValidationErrors::new(model);
        for at in &index.properties {
            errors.add(&*model.properties[*at].name, "uniqueness", "is not unique", None);
        }
        Self::validation(&errors)
    }
}

impl Error {
    /// The error of an item of a list that was to be created.
    pub(crate) fn in_list(mut self, at: usize) -> Self {
        self.0.message = format!("item {at} of the list: {}", self.0.message).into();
        self
    }
}

impl Error {
    /// The same error in other words.
    pub(crate) fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Whether another row is in the way.
    pub(crate) fn is_taken(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Validation | ErrorKind::Conflict)
    }

    /// What is not valid, as one line: `` `street` can't be blank``.
    pub(crate) fn validation_summary(&self) -> String {
        let messages = self.0.details.as_ref().and_then(|details| details.get("messages")?.as_object());
        let Some(messages) = messages else { return self.0.message.to_string() };
        let lines = messages.iter().flat_map(|(property, list)| {
            let list = list.as_array().map_or(&[][..], Vec::as_slice);
            list.iter().filter_map(move |message| Some(format!("`{property}` {}", message.as_str()?)))
        });
        lines.collect::<Vec<_>>().join("; ")
    }
}

impl Error {
    /// 404: a query that had to find something found nothing.
    pub(crate) fn not_found_in(model: &str) -> Self {
        Self::make(ErrorKind::ModelNotFound, 404, format!("no {model} was found")).with_code("MODEL_NOT_FOUND")
    }
}
