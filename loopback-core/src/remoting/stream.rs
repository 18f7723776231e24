//! Long lists, sent while they are read: the memory they take does not grow with them.
//!
//! The work that reads rows runs beside the client that takes bytes. When a chunk is full, the work rests until there is
//! room for it, and so does the database; when there is none for too long, the work ends, and its connection is free.

use super::Outcome;
use crate::ctx::Ctx;
use crate::engine;
use crate::error::{Error, Result};
use crate::graph::ModelNode;
use crate::plan::Query;
use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Bytes of a chunk, about.
const CHUNK: usize = 64 * 1024;

/// A list of at most so many rows is answered in one piece.
const SHORT: u64 = 1_000;

/// So long a client may take nothing before its list ends, in the middle: the connection to the database is needed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Collects bytes, and hands them on when they are a chunk.
pub(crate) struct Chunks {
    pub(crate) bytes: Vec<u8>,
    sender: Sender<Result<Vec<u8>>>,
}

impl Chunks {
    /// Whether there is a chunk to hand on.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() >= CHUNK
    }

    /// Hands the chunk on, and waits until there is room for it.
    ///
    /// # Errors
    /// The client is gone, or takes nothing any more.
    pub(crate) fn hand_on(&mut self) -> BoxFuture<'static, Result<()>> {
        let chunk = std::mem::replace(&mut self.bytes, Vec::with_capacity(CHUNK + CHUNK / 8));
        let sender = self.sender.clone();
        Box::pin(async move {
            let sent = sender.send_timeout(Ok(chunk), PATIENCE).await;
            sent.map_err(|_| Error::unavailable("the client of a list takes it no further"))
        })
    }
}

/// The bytes of a list.
pub(crate) struct ByteStream {
    /// The first chunk, read before the answer began.
    first: Option<Vec<u8>>,
    chunks: Receiver<Result<Vec<u8>>>,
    /// Whether the work came to its end: a list that breaks off must not look like a whole one.
    whole: Arc<AtomicBool>,
}

impl ByteStream {
    /// All of it.
    ///
    /// # Errors
    /// Those of the work that reads rows.
    pub(super) async fn collected(&mut self) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(chunk) = self.next().await {
            all.append(&mut chunk?);
        }
        Ok(all)
    }
}

impl Stream for ByteStream {
    type Item = Result<Vec<u8>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        match self.chunks.poll_recv(cx) {
            Poll::Ready(None) if !self.whole.swap(true, Ordering::Relaxed) => {
                Poll::Ready(Some(Err(Error::unavailable("a list broke off"))))
            }
            next => next,
        }
    }
}

/// The rows of a query as a JSON list: in one piece when it is short, else as a stream.
pub(super) async fn list(cx: &Ctx, model: &Arc<ModelNode>, query: Query) -> Result<Outcome> {
    // The rows of an include are read when all they belong to are.
    if query.limit.is_some_and(|limit| limit <= SHORT) || !query.include.is_empty() {
        let mut out = Vec::with_capacity(4096);
        out.push(b'[');
        engine::find_json(cx, model, &query, &mut out).await?;
        out.push(b']');
        return Ok(Outcome::Json(out));
    }
    let (sender, mut chunks) = channel(1);
    let whole = Arc::new(AtomicBool::new(false));
    let last = sender.clone();
    let mut collected = Chunks { bytes: Vec::with_capacity(4096), sender };
    let (cx, model, done) = (cx.clone(), model.clone(), whole.clone());
    let mut work: BoxFuture<'static, Result<Vec<u8>>> = Box::pin(async move {
        collected.bytes.push(b'[');
        engine::find_chunks(&cx, &model, &query, &mut collected).await?;
        collected.bytes.push(b']');
        Ok(collected.bytes)
    });
    // Most lists are done here, in one chunk; an error before the first chunk is an answer of its own.
    let first = tokio::select! {
        biased;
        done = &mut work => {
            // What was handed on stands before the rest.
            let mut body = chunks.try_recv().ok().transpose()?.unwrap_or_default();
            body.append(&mut done?);
            return Ok(Outcome::Json(body));
        }
        first = chunks.recv() => first.transpose()?.unwrap_or_default(),
    };
    // On its own from here, so that it can lose patience while nobody asks for more.
    tokio::spawn(async move {
        match work.await {
            Ok(rest) => {
                let sent = last.send_timeout(Ok(rest), PATIENCE).await;
                done.store(sent.is_ok(), Ordering::Relaxed);
            }
            Err(error) => drop(last.send_timeout(Err(error), PATIENCE).await),
        }
    });
    Ok(Outcome::Stream(ByteStream { first: Some(first), chunks, whole }))
}
