//! Change streams: what happens to the rows of a model, told to a client as server-sent events. Answers to loopback
//! `lib/persisted-model.js` (`createChangeStream`) and strong-remoting `lib/http-context.js` (`respondWithEventStream`).
//!
//! An event is told when its transaction is committed, and within this process alone. With each event the caller's token
//! is looked at and the rules are asked anew. A client that is slower than the changes gets `reset` and the end of its
//! stream: it has to read everything anew.
//!
//! Differs from LoopBack: it keeps every event for a client that does not read, and asks nobody who may see what.

mod limits;
mod sight;
mod wire;

pub use limits::ChangeStreams;
pub(crate) use limits::OpenStreams;

use super::call::{Body, Call};
use super::json;
use crate::access::{self, Caller};
use crate::app::App;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::{RawEvent, RowEvents};
use crate::filter::{Where, parse_where};
use crate::graph::Operation;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use limits::Permit;
use serde_json::{Value as Json, json as object};
use sight::{Seen, Sight};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// The request names the last event that the client has: it was here before.
pub(crate) struct WasHere;

/// The bytes of a stream.
pub(crate) type EventBytes = BoxStream<'static, Result<Bytes>>;

/// The media type of the answer.
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

/// No proxy keeps it, or waits until there is more of it.
pub(crate) const NO_CACHE: &str = "no-cache, no-transform";

/// A stream of what happens to the rows of a model.
///
/// # Errors
/// 400: the options are none. 401, 403: the caller may not. 429, 503: there are too many streams.
pub(super) async fn open(call: &Call<'_>, cx: &Ctx) -> Result<EventBytes> {
    let asked = parse_where(options(call)?)?;
    if Sight::of(cx, call.model, call.method, asked.as_ref()).await?.is_none() {
        return Err(access::refused_to(cx, call.model, None));
    }
    let app = cx.app();
    let permit = app.open_streams().enter(app.change_streams(), limits::whose(cx))?;
    let mut numbers = wire::Numbers::new();
    let mut waiting = VecDeque::from([wire::opening()]);
    if cx.option::<WasHere>().is_some() {
        // What has happened meanwhile is not kept.
        waiting.push_back(numbers.event("reset", &wire::reason("reconnected", &Json::Null)));
    }
    let streaming = Streaming {
        app: app.clone(),
        caller: cx.caller().cloned(),
        model: call.model.name.clone(),
        asked,
        events: call.model.events.rows(),
        stopping: Box::pin(app.stopping()),
        heartbeat: app.change_streams().heartbeat,
        numbers,
        waiting,
        ended: false,
        _permit: permit,
    };
    Ok(stream::unfold(streaming, Streaming::next).boxed())
}

/// The condition of the client, as JSON.
fn options(call: &Call<'_>) -> Result<Json> {
    // With hooks around the method they have been read already.
    let of_body = match &call.body {
        Body::Data(Json::Object(map)) => map.get("options").cloned(),
        _ => None,
    };
    let options = match of_body {
        // Of a form.
        Some(Json::String(text)) => json::parse(text.as_bytes())?,
        Some(options) => options,
        None => call.query.get("options")?,
    };
    match options {
        Json::Null => Ok(Json::Null),
        Json::Object(mut map) => {
            let condition = map.remove("where").unwrap_or_default();
            match map.keys().next() {
                None => Ok(condition),
                Some(other) => Err(Error::bad_request(format!(
                    "a change stream has the option `where` and no other, found `{other}`"
                ))
                .with_code("INVALID_FILTER")),
            }
        }
        _ => Err(Error::bad_request("`options` must be an object: {\"where\": {..}}").with_code("INVALID_FILTER")),
    }
}

/// A stream that is open.
struct Streaming {
    app: App,
    /// `None`: the app has no users.
    caller: Option<Arc<Caller>>,
    model: Box<str>,
    asked: Option<Where>,
    events: RowEvents,
    stopping: BoxFuture<'static, ()>,
    heartbeat: Duration,
    numbers: wire::Numbers,
    /// What goes out next.
    waiting: VecDeque<Bytes>,
    ended: bool,
    _permit: Permit,
}

/// What there is to tell.
enum Next {
    Event(Arc<RawEvent>),
    Missed(u64),
    Gone,
    Quiet,
    Stopping,
}

impl Streaming {
    async fn next(mut self) -> Option<(Result<Bytes>, Self)> {
        loop {
            if let Some(bytes) = self.waiting.pop_front() {
                return Some((Ok(bytes), self));
            }
            if self.ended {
                return None;
            }
            let next = tokio::select! {
                biased;
                () = &mut self.stopping => Next::Stopping,
                event = self.events.recv() => match event {
                    Ok(event) => Next::Event(event),
                    Err(RecvError::Lagged(missed)) => Next::Missed(missed),
                    Err(RecvError::Closed) => Next::Gone,
                },
                () = tokio::time::sleep(self.heartbeat) => Next::Quiet,
            };
            match next {
                Next::Event(event) => self.tell(&event).await,
                Next::Missed(missed) => self.end("reset", "slow", &object!({ "missed": missed })),
                Next::Gone => self.end("reset", "model", &Json::Null),
                Next::Quiet => match context(&self.app, self.caller.as_ref()).await {
                    Some(_) => self.waiting.push_back(wire::heartbeat()),
                    None => self.end("reset", "access", &Json::Null),
                },
                Next::Stopping => self.end("shutdown", "shutdown", &Json::Null),
            }
        }
    }

    /// Says why, and ends.
    fn end(&mut self, name: &str, reason: &str, details: &Json) {
        self.waiting.push_back(self.numbers.event(name, &wire::reason(reason, details)));
        self.ended = true;
    }

    async fn tell(&mut self, event: &RawEvent) {
        let Some(cx) = context(&self.app, self.caller.as_ref()).await else {
            return self.end("reset", "access", &Json::Null);
        };
        let graph = cx.app().graph();
        let found = graph.model(&self.model).and_then(|model| {
            let method = model.methods.iter().find(|method| method.operation == Operation::ChangeStream)?;
            Some((model, method))
        });
        let Some((model, method)) = found else { return self.end("reset", "model", &Json::Null) };
        let asked = self.asked.as_ref();
        let seen = async {
            match Sight::of(&cx, model, method, asked).await? {
                Some(sight) => sight.see(event).await.map(Some),
                None => Ok(None),
            }
        };
        match seen.await {
            Ok(Some(Seen::Told(all))) => {
                for json in all {
                    let event = self.numbers.event("data", &json);
                    self.waiting.push_back(event);
                }
            }
            Ok(Some(Seen::TooMany)) => self.end("reset", "many", &Json::Null),
            Ok(None) => self.end("reset", "access", &Json::Null),
            Err(error) => {
                if error.status() >= 500 {
                    tracing::warn!(%error, model = &*self.model, "a change stream ends");
                }
                let reason = if error.status() >= 500 { "unavailable" } else { "access" };
                self.end("reset", reason, &Json::Null);
            }
        }
    }
}

/// A context for the caller as it is now; `None`: its token is good no more.
async fn context(app: &App, caller: Option<&Arc<Caller>>) -> Option<Ctx> {
    let cx = Ctx::new(app.current());
    let Some(caller) = caller else { return Some(cx) };
    if let (Some(token), Some(auth)) = (&caller.token, cx.app().auth()) {
        match access::is_still_good(cx.app(), auth, token).await {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                tracing::warn!(%error, "a change stream ends: its token cannot be looked at");
                return None;
            }
        }
    }
    Some(cx.with_caller(caller.anew()))
}
