//! A call from its arguments to its reply: hooks, method, hooks. Answers to strong-remoting `lib/remote-objects.js`
//! (`invokeMethodInContext`).

use super::arguments::Objects;
use super::call::{Body, Call, Outcome};
use super::changes::{EVENT_STREAM, NO_CACHE};
use super::file::RawBody;
use super::incoming::{Incoming, Payload};
use super::relation::Hop;
use super::remote_call::{Answer, RemoteCall, id_json};
use super::result::Raw;
use super::stream::ByteStream;
use crate::ctx::Ctx;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{ArgKind, ArgSource, MethodHooks, ModelNode, RemoteHookNode};
use crate::guard::guarded;
use crate::plan::Condition;
use http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value as Json};
use std::sync::{Arc, PoisonError};

/// What became of a call.
pub(crate) struct RemoteReply {
    pub(crate) status: Option<u16>,
    /// Sent with errors, too.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Result<RemoteBody>,
}

/// The body of an answer.
pub(crate) enum RemoteBody {
    Nothing,
    Json(Vec<u8>),
    Exists(bool),
    List(ByteStream),
    Raw(Raw),
}

/// A request to a method that needs a [`RemoteCall`].
pub(crate) struct RemoteRequest<'a> {
    pub(crate) model: &'a Arc<ModelNode>,
    /// The index of the method.
    pub(crate) method: usize,
    pub(crate) incoming: Incoming,
    /// The parameters of the path.
    pub(crate) params: Vec<(Box<str>, Box<str>)>,
    pub(crate) id: Option<&'a str>,
    pub(crate) payload: Payload,
    /// The rows that the caller may call it for; `None`: all.
    pub(crate) rows: Option<Condition>,
}

/// Runs a method of the application's own.
///
/// # Errors
/// Those of the arguments, before any hook runs.
pub(crate) async fn custom(request: RemoteRequest<'_>, cx: Ctx) -> Result<RemoteReply> {
    let RemoteRequest { model, method, incoming, params, id, payload, rows: _ } = request;
    let mut call = RemoteCall::new(cx, model.clone(), method, incoming, id);
    let custom = call.custom()?;
    call.read(&custom, &params, payload)?;
    call.guard_arguments(&custom).await?;
    if custom.instance {
        call.load().await?;
    }
    let hooks = call.node().hooks.clone();
    let done = async {
        if before(&hooks, &mut call).await? {
            return Ok(());
        }
        let what = format!("the remote method {}, {},", call.method_string(), custom.location);
        guarded(call.ctx().clone(), None, async { (custom.call)(&mut call).await }, || what).await?;
        after(&hooks, &mut call).await
    }
    .await;
    call.status = call.status.or(custom.status);
    finish(call, &hooks, done, custom.error_status).await
}

/// Runs a built-in method that has remote hooks.
///
/// # Errors
/// Those of the arguments, before any hook runs.
pub(crate) async fn built_in(
    request: RemoteRequest<'_>,
    query: Option<&str>,
    foreign_key: Option<&str>,
    hops: Vec<Hop<'_>>,
    cx: Ctx,
) -> Result<RemoteReply> {
    let RemoteRequest { model, method, incoming, id, payload, rows, .. } = request;
    let mut call = RemoteCall::new(cx.clone(), model.clone(), method, incoming, id);
    let node = &model.methods[method];
    let mut payload = Some(payload);
    for arg in node.args {
        let json = match (arg.source, arg.kind) {
            (ArgSource::Path, ArgKind::ForeignKey) => foreign_key.map(|key| match key_model(model, node) {
                Some(target) => id_json(&target, key),
                None => key.into(),
            }),
            (ArgSource::Path, _) => id.map(|id| id_json(model, id)),
            (ArgSource::Query, ArgKind::StreamOptions)
                if matches!(payload, Some(Payload::Json(_) | Payload::Form(_))) =>
            {
                match payload.take() {
                    Some(Payload::Json(json) | Payload::Form(json)) => json.get(arg.name).cloned(),
                    _ => None,
                }
            }
            (ArgSource::Query, _) => Some(Objects::Query(query).get(arg.name)?).filter(|json| !json.is_null()),
            (ArgSource::Body, _) => match payload.take() {
                Some(Payload::Json(json) | Payload::Form(json)) => Some(json),
                _ => None,
            },
        };
        if let Some(json) = json {
            call.put_arg(arg.name, json);
        }
    }
    let hooks = node.hooks.clone();
    let done = async {
        if before(&hooks, &mut call).await? {
            return Ok(());
        }
        call.answer = match own(&call, hops, rows, &cx).await? {
            Outcome::Json(bytes) => Answer::Json(bytes),
            Outcome::Stream(stream) => Answer::List(std::sync::Mutex::new(stream)),
            Outcome::Events(events) => {
                call.set_header("cache-control", NO_CACHE);
                Answer::Raw(std::sync::Mutex::new(Raw {
                    content_type: HeaderValue::from_static(EVENT_STREAM),
                    disposition: None,
                    body: RawBody::Stream(events),
                }))
            }
            Outcome::Exists(exists) => Answer::Exists(exists),
            Outcome::NoContent => Answer::Nothing,
            Outcome::Remote(_) => return Err(Error::internal("a built-in method answered as one of the application")),
        };
        after(&hooks, &mut call).await
    }
    .await;
    finish(call, &hooks, done, None).await
}

/// The model at the other end of a relation, whose key stands in the path.
fn key_model(model: &ModelNode, node: &crate::graph::MethodNode) -> Option<Arc<ModelNode>> {
    match node.operation {
        crate::graph::Operation::Relation(at, _) => Some(model.relations.get(at)?.target()),
        _ => None,
    }
}

/// The built-in method, with the arguments as the hooks left them.
async fn own(call: &RemoteCall, hops: Vec<Hop<'_>>, rows: Option<Condition>, cx: &Ctx) -> Result<Outcome> {
    let text = |name: &str| match call.arg(name) {
        None | Some(Json::Null) => None,
        Some(Json::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    let (id, foreign_key) = (text("id"), text("fk"));
    let built_in = Call {
        model: call.model_arc(),
        method: call.node(),
        id: id.as_deref(),
        foreign_key: foreign_key.as_deref(),
        hops,
        query: Objects::Read(call.args()),
        body: call.arg("data").map_or(Body::Absent, |json| Body::Data(json.clone())),
        rows,
    };
    built_in.run(cx).await
}

/// The hooks before a method; `true`: one of them has answered.
async fn before(hooks: &MethodHooks, call: &mut RemoteCall) -> Result<bool> {
    for hook in &hooks.before {
        run_hook(hook, call).await?;
        if call.ended {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The hooks after a method.
async fn after(hooks: &MethodHooks, call: &mut RemoteCall) -> Result<()> {
    if hooks.after.is_empty() {
        return Ok(());
    }
    call.open().await?;
    for hook in &hooks.after {
        run_hook(hook, call).await?;
        if call.ended {
            break;
        }
    }
    Ok(())
}

/// The hooks after an error, and what is sent.
async fn finish(
    mut call: RemoteCall,
    hooks: &MethodHooks,
    done: Result<()>,
    error_status: Option<u16>,
) -> Result<RemoteReply> {
    if let Err(error) = done {
        call.error = Some(match error_status {
            // An error that says nothing of its status.
            Some(status) if error.kind() == ErrorKind::Custom && error.status() == 500 => error.with_status(status),
            _ => error,
        });
        call.result = None;
        let failed = async {
            for hook in &hooks.after_error {
                run_hook(hook, &mut call).await?;
                if call.ended {
                    break;
                }
            }
            Ok(())
        };
        if let Err(error) = failed.await {
            call.error = Some(error);
        }
    } else {
        // Only `Err` is an error.
        call.error = None;
    }
    let body = match (call.error.take(), call.result.take()) {
        (Some(error), _) => Err(error),
        (None, Some(json)) => match (&call.answer, json.get("exists").and_then(Json::as_bool)) {
            // HEAD tells it by the status, whatever else a hook has to say.
            (Answer::Exists(_), Some(exists)) if !call.ended && call.verb() == "HEAD" => Ok(RemoteBody::Exists(exists)),
            _ => serde_json::to_vec(&json).map(RemoteBody::Json).map_err(Error::internal),
        },
        (None, None) => Ok(match call.answer {
            Answer::Nothing => RemoteBody::Nothing,
            Answer::Json(bytes) => RemoteBody::Json(bytes),
            Answer::Exists(exists) => RemoteBody::Exists(exists),
            Answer::List(stream) => RemoteBody::List(stream.into_inner().unwrap_or_else(PoisonError::into_inner)),
            Answer::Raw(raw) => RemoteBody::Raw(raw.into_inner().unwrap_or_else(PoisonError::into_inner)),
        }),
    };
    Ok(RemoteReply { status: call.status, headers: call.headers, body })
}

async fn run_hook(hook: &RemoteHookNode, call: &mut RemoteCall) -> Result<()> {
    let limit = call.ctx().app().hook_timeout();
    let what = format!("the remote hook `{}`, {}, of {}", hook.name, hook.location, call.method_string());
    guarded(call.ctx().clone(), Some(limit), async { (hook.call)(call).await }, || what).await
}

/// The body of a request to a built-in method.
impl From<Payload> for Body {
    fn from(payload: Payload) -> Self {
        match payload {
            Payload::Absent => Self::Absent,
            Payload::Json(json) | Payload::Form(json) => Self::Data(json),
            Payload::Multipart(fields, _) => Self::Data(Json::Object(Map::from_iter(fields))),
        }
    }
}
