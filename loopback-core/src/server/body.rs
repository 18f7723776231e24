//! Bodies on their way: of requests, which may not stand still for too long, and of answers, whose end the server notes.

use super::connections::Registered;
use super::observe::Observation;
use super::told;
use axum::body::Body;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::sleep;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a request stood still for too long, or came too slowly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyTimeout(pub(crate) Duration);

impl fmt::Display for BodyTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing, or too little, of the body arrived for {} s", self.0.as_secs_f32())
    }
}

impl std::error::Error for BodyTimeout {}

impl BodyTimeout {
    /// The timeout among the causes of an error.
    pub(crate) fn of(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(timeout) = error.downcast_ref::<Self>() {
                return Some(*timeout);
            }
            cause = error.source();
        }
        None
    }
}

/// How long a body may stand still when the server stops.
const AT_STOP: Duration = Duration::from_secs(1);

/// The body of a request as handlers get it; and whether the rest of it was thrown away, when there is one.
pub(super) fn incoming(body: Incoming, limit: Duration, stop: &watch::Receiver<bool>) -> (Body, Option<Rest>) {
    if body.is_end_stream() {
        return (Body::empty(), None);
    }
    let rest = Rest::default();
    let (stop, of) = (stop.clone(), rest.clone());
    (
        Body::new(Patient { body, limit, stop, sleep: None, waited: None, received: 0, whole: false, rest: of }),
        Some(rest),
    )
}

/// Whether nobody wants the rest of a body.
#[derive(Clone, Default)]
pub(super) struct Rest(Arc<AtomicBool>);

impl Rest {
    pub(super) fn is_unwanted(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A body that fails when it stands still. The time counts only while somebody waits for more of it.
struct Patient {
    body: Incoming,
    limit: Duration,
    stop: watch::Receiver<bool>,
    sleep: Option<BoxFuture<'static, Duration>>,
    /// Since when it comes in pieces.
    waited: Option<Instant>,
    received: u64,
    /// All of it has come.
    whole: bool,
    rest: Rest,
}

impl Drop for Patient {
    fn drop(&mut self) {
        self.rest.0.store(!self.whole && !self.body.is_end_stream(), Ordering::Release);
    }
}

/// Bytes in a second that a body has to bring on the average, when it takes longer than it may stand still. A byte now and then
/// would keep a connection for ever.
const SLOWEST: f64 = 512.0;

impl Patient {
    fn limit(&self) -> Duration {
        if *self.stop.borrow() { self.limit.min(AT_STOP) } else { self.limit }
    }

    fn is_too_slow(&self) -> bool {
        let Some(waited) = self.waited.map(|since| since.elapsed()) else { return false };
        if waited <= self.limit() {
            return false;
        }
        // No count of bytes comes near the limits of a double.
        (self.received as f64) < SLOWEST * waited.as_secs_f64()
    }

    /// Ready when it has stood still for too long, which is soon when the server stops.
    fn patience(&self) -> BoxFuture<'static, Duration> {
        let (limit, mut stop) = (self.limit, self.stop.clone());
        Box::pin(async move {
            let stopped = async {
                told(&mut stop).await;
                sleep(AT_STOP).await;
            };
            tokio::select! {
                () = sleep(limit) => limit,
                () = stopped => AT_STOP,
            }
        })
    }
}

impl HttpBody for Patient {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                this.sleep = None;
                this.whole = frame.is_none();
                if let Some(Ok(frame)) = &frame {
                    this.received += frame.data_ref().map_or(0, Bytes::len) as u64;
                    if this.is_too_slow() {
                        return Poll::Ready(Some(Err(BodyTimeout(this.limit()).into())));
                    }
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => {
                this.waited.get_or_insert_with(Instant::now);
                let patience = this.sleep.take().unwrap_or_else(|| this.patience());
                let over = this.sleep.insert(patience).as_mut().poll(cx);
                over.map(|limit| Some(Err(BodyTimeout(limit).into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer. When it goes, its connection is idle, and what is noted of the request is complete.
pub(super) struct Answer {
    body: Body,
    _observed: Option<Observation>,
    connection: Registered,
}

impl Answer {
    pub(super) fn new(body: Body, observed: Option<Observation>, connection: Registered) -> Self {
        Self { body, _observed: observed, connection }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.connection.ends();
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        HttpBody::size_hint(&self.body)
    }
}
