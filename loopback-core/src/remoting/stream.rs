//! Long lists, sent while they are read: the memory they take does not grow with them.
//!
//! The work that reads rows and the client that takes bytes go in turns: when a chunk is full, the work rests until the
//! chunk is taken, and so does the database.

use super::Reply;
use crate::ctx::Ctx;
use crate::engine;
use crate::error::Result;
use crate::graph::ModelNode;
use crate::plan::Query;
use futures_util::Stream;
use futures_util::future::BoxFuture;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// Bytes of a chunk, about.
const CHUNK: usize = 64 * 1024;

/// A list of at most so many rows is answered in one piece.
const SHORT: u64 = 1_000;

/// The chunk on its way from the work to the client.
#[derive(Clone, Default)]
pub(crate) struct Slot(Arc<Mutex<Option<Vec<u8>>>>);

impl Slot {
    fn take(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, chunk: Vec<u8>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(chunk);
    }

    fn is_free(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

/// Collects bytes, and hands them on when they are a chunk.
pub(crate) struct Chunks {
    pub(crate) bytes: Vec<u8>,
    slot: Slot,
}

impl Chunks {
    /// Whether there is a chunk to hand on.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() >= CHUNK
    }

    /// Hands the chunk on, and waits until it is taken.
    pub(crate) fn hand_on(&mut self) -> BoxFuture<'static, Result<()>> {
        self.slot.put(std::mem::replace(&mut self.bytes, Vec::with_capacity(CHUNK + CHUNK / 8)));
        let slot = self.slot.clone();
        // Nobody needs to be woken: whoever takes the chunk comes back to this work for the next one.
        Box::pin(std::future::poll_fn(move |_| if slot.is_free() { Poll::Ready(Ok(())) } else { Poll::Pending }))
    }
}

/// The bytes of a list.
pub(crate) struct ByteStream {
    /// The first chunk, read before the answer began.
    first: Option<Vec<u8>>,
    work: Option<BoxFuture<'static, Result<()>>>,
    slot: Slot,
}

impl Stream for ByteStream {
    type Item = Result<Vec<u8>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        let Some(work) = &mut self.work else { return Poll::Ready(None) };
        match work.as_mut().poll(cx) {
            Poll::Ready(done) => {
                self.work = None;
                Poll::Ready(match done {
                    Ok(()) => self.slot.take().map(Ok),
                    Err(error) => Some(Err(error)),
                })
            }
            Poll::Pending => match self.slot.take() {
                Some(chunk) => Poll::Ready(Some(Ok(chunk))),
                None => Poll::Pending,
            },
        }
    }
}

/// The rows of a query as a JSON list: in one piece when it is short, else as a stream.
pub(super) async fn list(cx: &Ctx, model: &Arc<ModelNode>, query: Query) -> Result<Reply> {
    // The rows of an include are read when all they belong to are.
    if query.limit.is_some_and(|limit| limit <= SHORT) || !query.include.is_empty() {
        let mut out = Vec::with_capacity(4096);
        out.push(b'[');
        engine::find_json(cx, model, &query, &mut out).await?;
        out.push(b']');
        return Ok(Reply::Json(out));
    }
    let slot = Slot::default();
    let mut chunks = Chunks { bytes: Vec::with_capacity(4096), slot: slot.clone() };
    let (cx, model) = (cx.clone(), model.clone());
    let work = Box::pin(async move {
        chunks.bytes.push(b'[');
        engine::find_chunks(&cx, &model, &query, &mut chunks).await?;
        chunks.bytes.push(b']');
        chunks.slot.put(chunks.bytes);
        Ok(())
    });
    let mut stream = ByteStream { first: None, work: Some(work), slot };
    // An error before the first chunk is an answer of its own.
    let first = std::future::poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await.transpose()?.unwrap_or_default();
    if stream.work.is_none() {
        return Ok(Reply::Json(first));
    }
    stream.first = Some(first);
    Ok(Reply::Stream(stream))
}
