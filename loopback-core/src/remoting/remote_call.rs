//! A call of a remote method as application code sees it.

use super::UploadedFile;
use super::arguments;
use super::incoming::{Arguments, Incoming, Payload, Read};
use super::result::{Raw, ResultWriter};
use super::stream::ByteStream;
use crate::access;
use crate::ctx::Ctx;
use crate::engine;
use crate::error::{Error, Result};
use crate::filter::{parse_filter, parse_where};
use crate::graph::{CustomNode, MethodNode, ModelNode, Shape};
use crate::hooks::HookState;
use crate::plan::{Query, Reader, resolve_filter, resolve_where};
use crate::typed::{Model, from_row};
use crate::value::{Row, Value};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value as Json};
use std::fmt;
use std::sync::{Arc, Mutex};

/// A call of a remote method, from its arguments to its reply, as remote hooks see it: LoopBack's `ctx` of a remote
/// hook. It owns what it holds, so that it can go wherever the hook goes. A method takes it as a parameter `&RemoteCall` or
/// `&mut RemoteCall`.
///
/// Arguments are JSON as the method will take them: `{"hours": 3, "at": {"lat": 59.9, "lng": 10.7}}`. The arguments of
/// built-in methods have LoopBack's names, `data`, `id`, `fk`, `where`, `filter`; the `data` of a create may be a list. The
/// result is JSON as the client will get it, hidden properties left out.
///
/// In order: arguments are read, and the instance of a method of the application's own (400 and 404, which no hook sees);
/// hooks before; the method; hooks after; after an error of any of these three the hooks after an error.
///
/// ```ignore
/// #[remote_hook(before, create)]
/// async fn sign(call: &mut RemoteCall) -> Result<()> {
///     let user = call.ctx().user_id().map(|id| id.to_json());
///     if let Some(mut data) = call.arg("data").cloned().filter(Json::is_object) {
///         data["authorId"] = user.unwrap_or_default();
///         call.set_arg("data", data);
///     }
///     Ok(())
/// }
/// ```
pub struct RemoteCall {
    ctx: Ctx,
    model: Arc<ModelNode>,
    /// The index of the method.
    method: usize,
    request: Incoming,
    id: Option<Box<str>>,
    args: Map<String, Json>,
    args_changed: bool,
    files: Vec<(Box<str>, Vec<UploadedFile>)>,
    /// The filters and conditions among the arguments, with what the caller may see of the models that they go over.
    queries: Vec<(Box<str>, Json, Query)>,
    /// The instance that the method is called on.
    row: Option<Row>,
    state: HookState,
    pub(super) status: Option<u16>,
    pub(super) headers: HeaderMap,
    pub(super) answer: Answer,
    pub(super) result: Option<Json>,
    pub(super) error: Option<Error>,
    pub(super) ended: bool,
}

/// What a method answered.
pub(crate) enum Answer {
    /// 204.
    Nothing,
    Json(Vec<u8>),
    /// Whether something exists; HEAD answers by the status.
    Exists(bool),
    List(Mutex<ByteStream>),
    /// Behind a lock for the compiler's sake: a stream is no `Sync`, and a call that is borrowed must be.
    Raw(Mutex<Raw>),
}

impl fmt::Debug for RemoteCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteCall({} {})", self.verb(), self.method_string())
    }
}

impl RemoteCall {
    pub(super) fn new(ctx: Ctx, model: Arc<ModelNode>, method: usize, request: Incoming, id: Option<&str>) -> Self {
        Self {
            ctx,
            model,
            method,
            request,
            id: id.map(Into::into),
            args: Map::new(),
            args_changed: false,
            files: Vec::new(),
            queries: Vec::new(),
            row: None,
            state: HookState::default(),
            status: None,
            headers: HeaderMap::new(),
            answer: Answer::Nothing,
            result: None,
            error: None,
            ended: false,
        }
    }

    /// The context of the call.
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    /// The model whose method is called.
    pub fn model(&self) -> &ModelNode {
        &self.model
    }

    /// The method's name: `near`, `prototype.open`.
    pub fn method(&self) -> &str {
        &self.node().name
    }

    /// The method's name with that of the model: `CoffeeShop.near`, `CoffeeShop.prototype.open`.
    pub fn method_string(&self) -> String {
        format!("{}.{}", self.model.name, self.method())
    }

    /// The HTTP verb of the request: `GET`.
    pub fn verb(&self) -> &'static str {
        self.request.verb.as_str()
    }

    /// The path of the request as the client wrote it, without the query: `/api/CoffeeShops/near`.
    pub fn path(&self) -> &str {
        &self.request.path
    }

    /// The query string, as an object of texts, lists and objects: `a=1&b[c]=2` is `{"a": "1", "b": {"c": "2"}}`.
    pub fn query(&self) -> &Json {
        &self.request.query
    }

    /// A header of the request, found without regard to case; `None` too when it is not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name)?.to_str().ok()
    }

    /// The headers of the request.
    pub fn headers(&self) -> &HeaderMap {
        &self.request.headers
    }

    /// The id in the path, as the client wrote it.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// An argument, coerced; `None`: the request has it not.
    pub fn arg(&self, name: &str) -> Option<&Json> {
        self.args.get(name)
    }

    /// The arguments, coerced, by name.
    pub fn args(&self) -> &Map<String, Json> {
        &self.args
    }

    /// Sets an argument before the method takes it. What it cannot take is a 400, as if the client had sent it.
    pub fn set_arg(&mut self, name: impl Into<String>, value: impl Into<Json>) {
        let name = name.into();
        self.args_changed = true;
        // What a hook sets is the application's own.
        self.queries.retain(|(known, ..)| **known != *name);
        self.args.insert(name, value.into());
    }

    /// Takes an argument away: the method gets none.
    pub fn remove_arg(&mut self, name: &str) -> Option<Json> {
        self.args_changed = true;
        self.queries.retain(|(known, ..)| **known != *name);
        self.args.remove(name)
    }

    /// The instance that the method is called on; of a built-in one it is read now, so that its changes do not show.
    ///
    /// # Errors
    /// 404: there is no row with the id. 500: the method is called on none, or on one of another model.
    pub async fn instance<M: Model>(&mut self) -> Result<M> {
        if self.row.is_none() {
            self.load().await?;
        }
        self.decoded()
    }

    /// The instance that the method is called on.
    pub(super) fn decoded<M: Model>(&self) -> Result<M> {
        if !self.model.is_a(M::DEF.name) {
            return Err(Error::internal(format!("{} is called on no {}", self.method_string(), M::DEF.name)));
        }
        let Some(row) = &self.row else {
            return Err(Error::internal(format!("{} is called on no instance", self.method_string())));
        };
        from_row(row.clone())
    }

    /// Reads the instance that the method is called on.
    ///
    /// # Errors
    /// 404: there is none; 400: the id is none of the model's.
    pub(super) async fn load(&mut self) -> Result<()> {
        let Some(text) = &self.id else { return Ok(()) };
        let id = arguments::id(&self.model, text)?;
        let found = engine::find_by_id(&self.ctx, &self.model, id).await?;
        self.row = Some(found.ok_or_else(|| Error::no_instance(text))?);
        Ok(())
    }

    /// The answer of the method as JSON, in hooks after it: `{"hours": 3}`, `[{"id": 1, ..}]`. `None`: it is none, or no
    /// JSON, as that of a [`Download`](super::Download).
    pub fn result(&self) -> Option<&Json> {
        self.result.as_ref()
    }

    /// The answer of the method as JSON, to change it.
    pub fn result_mut(&mut self) -> Option<&mut Json> {
        self.result.as_mut()
    }

    /// Answers with this instead, in hooks after the method. To answer before it, see [`end`](Self::end).
    pub fn set_result(&mut self, result: impl Into<Json>) {
        self.result = Some(result.into());
    }

    /// What went wrong, in hooks after an error.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Answers with another error. It has no effect where nothing went wrong: there a hook answers `Err`.
    pub fn set_error(&mut self, error: Error) {
        self.error = Some(error);
    }

    /// Changes the error: `call.map_error(|error| error.with_code("WRAPPED"))`.
    pub fn map_error(&mut self, change: impl FnOnce(Error) -> Error) {
        self.error = self.error.take().map(change);
    }

    /// The HTTP status of the answer, 200 to 599; another one is a 500. It comes before what the method says. An error
    /// keeps its own.
    pub fn set_status(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// A header of the answer, also when it is an error. What no header can have is logged and left out.
    pub fn set_header<N, V>(&mut self, name: N, value: V)
    where
        HeaderName: TryFrom<N>,
        HeaderValue: TryFrom<V>,
    {
        put_header(&mut self.headers, name, value);
    }

    /// Adds a header to the answer beside those of the same name: a second `Set-Cookie`.
    pub fn append_header<N, V>(&mut self, name: N, value: V)
    where
        HeaderName: TryFrom<N>,
        HeaderValue: TryFrom<V>,
    {
        let mut one = HeaderMap::new();
        put_header(&mut one, name, value);
        for (name, value) in &one {
            self.headers.append(name, value.clone());
        }
    }

    /// Ends the request with this answer: further hooks and the method are not called. In a hook after an error it is
    /// the answer instead of the error.
    pub fn end(&mut self, answer: impl Into<Json>) {
        self.result = Some(answer.into());
        self.error = None;
        self.ended = true;
    }

    /// What the hooks of this call tell each other and the method, by type.
    pub fn state(&mut self) -> &mut HookState {
        &mut self.state
    }
}

impl RemoteCall {
    pub(super) fn node(&self) -> &MethodNode {
        &self.model.methods[self.method]
    }

    pub(crate) fn model_arc(&self) -> &Arc<ModelNode> {
        &self.model
    }

    /// What the method of the application's own is.
    pub(super) fn custom(&self) -> Result<Arc<CustomNode>> {
        let custom = self.node().custom.clone();
        custom.ok_or_else(|| Error::internal(format!("{} is a built-in method", self.method_string())))
    }

    pub(super) fn args_changed(&self) -> bool {
        self.args_changed
    }

    pub(super) fn put_arg(&mut self, name: &str, value: Json) {
        self.args.insert(name.to_owned(), value);
    }

    pub(super) fn files(&self, name: &str) -> Vec<&UploadedFile> {
        let files = self.files.iter().filter(|(known, _)| **known == *name);
        files.flat_map(|(_, files)| files).collect()
    }

    /// Reads the arguments of a method of the application's own.
    pub(super) fn read(
        &mut self,
        custom: &CustomNode,
        params: &[(Box<str>, Box<str>)],
        mut payload: Payload,
    ) -> Result<()> {
        let mut from = Arguments { request: &self.request, params, payload: &mut payload };
        for arg in &custom.args {
            match from.read(arg)? {
                Read::Absent => {}
                Read::Json(json) => {
                    self.args.insert(arg.name.to_string(), json);
                }
                Read::Files(files) => self.files.push((arg.name.clone(), files)),
            }
        }
        Ok(())
    }

    /// Resolves the filters and conditions among the arguments, and adds what the caller may see of other models; holds data
    /// to what is the caller's to say.
    ///
    /// # Errors
    /// 400: they cannot be understood. 403: they go over a model that the caller may not read. 422: the data is not its own.
    pub(super) async fn guard_arguments(&mut self, custom: &CustomNode) -> Result<()> {
        if !access::is_enforced(&self.ctx) {
            return Ok(());
        }
        for arg in &custom.args {
            let Some(json) = self.args.get(&*arg.name).filter(|json| !json.is_null()) else { continue };
            let (shape, items) = match (&arg.shape, json) {
                (Shape::List(shape), Json::Array(items)) => (&**shape, items.clone()),
                (Shape::List(shape), one) => (&**shape, vec![one.clone()]),
                (shape, one) => (shape, vec![one.clone()]),
            };
            let (Shape::Filter(name) | Shape::Where(name) | Shape::Partial(name) | Shape::Model(name)) = shape else {
                continue;
            };
            let Some(model) = self.ctx.app().graph().model(name).cloned() else { continue };
            for json in items {
                let mut query = match shape {
                    Shape::Filter(_) => resolve_filter(&model, parse_filter(json.clone())?, Reader::Client)?,
                    Shape::Where(_) => Query::of(resolve_where(&model, parse_where(json.clone())?, Reader::Client)?),
                    _ => {
                        self.guard_data(custom, &model, json).await?;
                        continue;
                    }
                };
                access::guard_query(&self.ctx, &model, &mut query).await?;
                self.queries.push((arg.name.clone(), json, query));
            }
        }
        Ok(())
    }

    /// Holds data among the arguments to what is the caller's to say.
    async fn guard_data(&self, custom: &CustomNode, model: &Arc<ModelNode>, json: Json) -> Result<()> {
        // What cannot be data at all is told when the method takes it.
        let Ok(mut input) = engine::Input::of_json(model, json) else { return Ok(()) };
        if input.has_errors() {
            return Ok(());
        }
        let own = match self.id.as_deref().filter(|_| custom.instance && model.name == self.model.name) {
            Some(id) => Some(arguments::id(model, id)?),
            None => None,
        };
        // Which row it is for nobody knows here, unless it is that of the method: what it says of its owner is the caller.
        let written = own.as_ref().map_or(access::Written::Many, access::Written::Row);
        access::guard_input(&self.ctx, model, &mut input, written).await?;
        input.into_row().map(drop)
    }

    /// A filter or a condition among the arguments, as [`guard_arguments`](Self::guard_arguments) has left it.
    pub(super) fn query_of(&self, name: &str, json: Option<&Json>) -> Option<&Query> {
        self.queries.iter().find(|(of, of_json, _)| **of == *name && Some(of_json) == json).map(|(_, _, query)| query)
    }

    /// Keeps what a method wrote.
    pub(super) fn keep(&mut self, out: ResultWriter<'_>) {
        // Hooks that ran before the method have the last word.
        self.status = self.status.or(out.status);
        for (name, value) in &out.headers {
            if !self.headers.contains_key(name) {
                self.headers.append(name, value.clone());
            }
        }
        self.answer = match out.raw {
            Some(raw) => Answer::Raw(Mutex::new(raw)),
            None if out.nothing && out.bytes.is_empty() => Answer::Nothing,
            None if out.bytes.is_empty() => Answer::Json(b"null".to_vec()),
            None => Answer::Json(out.bytes),
        };
    }

    /// Makes the answer JSON for the hooks after the method.
    pub(super) async fn open(&mut self) -> Result<()> {
        if let Answer::List(stream) = &mut self.answer {
            let stream = stream.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
            self.answer = Answer::Json(stream.collected().await?);
        }
        self.result = match &self.answer {
            Answer::Json(bytes) => {
                // What is stored came through a reader that knows its depth; lists and includes add some to that.
                let mut json = serde_json::Deserializer::from_slice(bytes);
                json.disable_recursion_limit();
                Some(serde::Deserialize::deserialize(&mut json).map_err(Error::internal)?)
            }
            Answer::Exists(exists) => Some(serde_json::json!({ "exists": exists })),
            Answer::Nothing | Answer::Raw(_) | Answer::List(_) => None,
        };
        Ok(())
    }
}

/// The id in a path as JSON; what is no id of the model stays text, for the method to refuse.
pub(super) fn id_json(model: &ModelNode, text: &str) -> Json {
    arguments::id(model, text).map_or_else(|_| Json::from(text), |id: Value| id.to_json())
}

/// Keeps a header; what no header can have is logged and left out.
pub(super) fn put_header<N, V>(headers: &mut HeaderMap, name: N, value: V)
where
    HeaderName: TryFrom<N>,
    HeaderValue: TryFrom<V>,
{
    match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        (Ok(name), Ok(value)) => {
            headers.insert(name, value);
        }
        (Ok(name), Err(_)) => tracing::error!(%name, "the value of a header has characters that none can have"),
        (Err(_), _) => tracing::error!("the name of a header has characters that none can have"),
    }
}
