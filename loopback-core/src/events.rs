//! Model events: what has happened to the rows of a model, when it is lasting. Answers to juggler `lib/dao.js`
//! (`changed`, `deleted`, `deletedAll`) and loopback `lib/application.js` (`attached`).

use crate::error::Result;
use crate::graph::ModelNode;
use crate::plan::{Condition, where_json};
use crate::typed::{Model, from_row};
use crate::value::{PropertyType, Row, Value};
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use serde_json::Value as Json;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, channel};

/// Events that wait for a listener; one that is slower misses the oldest, and is told so.
const WAITING: usize = 1_024;

/// What has happened to the rows of a model. It is told when the transaction has been committed, and within this process
/// alone: what other instances behind the same database do is not heard.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelEvent<M: Model> {
    /// A row was created, patched or replaced: the row as it is now.
    Changed(M),
    /// An updateAll has changed rows.
    ///
    /// Differs from LoopBack, which says nothing then.
    ChangedAll {
        /// Which, in LoopBack's form.
        condition: Json,
        /// How many.
        count: u64,
    },
    /// The row with an id was deleted.
    Deleted(M::Id),
    /// The rows that a condition found were deleted.
    DeletedAll {
        /// Which, in LoopBack's form.
        condition: Json,
        /// How many.
        count: u64,
    },
    /// So many events were not heard: the listener was too slow.
    Missed(u64),
}

/// An event, with no type of a model.
pub(crate) enum RawEvent {
    Created(Row),
    Changed(Row),
    ChangedAll(Json, u64, ManyChanged),
    /// With the row as it was, when somebody wants it.
    Deleted(Value, Option<Row>),
    DeletedAll(Json, u64, Option<Vec<Row>>),
}

/// What an updateAll has done to rows, when somebody wants to know.
#[derive(Default)]
pub(crate) struct ManyChanged {
    /// The properties that were set.
    pub(crate) set: Option<Row>,
    /// The rows, as they are now; `None`: they are too many.
    pub(crate) rows: Option<Vec<Row>>,
}

impl RawEvent {
    pub(crate) fn changed_all(model: &ModelNode, condition: Option<&Condition>, count: u64, many: ManyChanged) -> Self {
        Self::ChangedAll(where_json(model, condition), count, many)
    }

    pub(crate) fn deleted_all(
        model: &ModelNode,
        condition: Option<&Condition>,
        count: u64,
        rows: Option<Vec<Row>>,
    ) -> Self {
        Self::DeletedAll(where_json(model, condition), count, rows)
    }
}

/// The listeners of a model. A model that a new graph takes over from an old one keeps them: clones are the same listeners.
#[derive(Clone, Default)]
pub(crate) struct Listeners(Arc<Heard>);

#[derive(Default)]
struct Heard {
    sender: OnceLock<Sender<Arc<RawEvent>>>,
    /// Those that want rows as they were.
    of_rows: AtomicUsize,
}

/// The events of a model with the rows that they are about, for a change stream.
pub(crate) struct RowEvents {
    receiver: Receiver<Arc<RawEvent>>,
    heard: Arc<Heard>,
}

impl RowEvents {
    /// The next event.
    ///
    /// # Errors
    /// Events were missed, or there will be none any more.
    pub(crate) async fn recv(&mut self) -> std::result::Result<Arc<RawEvent>, RecvError> {
        self.receiver.recv().await
    }
}

impl Drop for RowEvents {
    fn drop(&mut self) {
        self.heard.of_rows.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listeners({})", self.0.sender.get().map_or(0, Sender::receiver_count))
    }
}

impl Listeners {
    /// Whether there is one.
    pub(crate) fn any(&self) -> bool {
        self.0.sender.get().is_some_and(|sender| sender.receiver_count() > 0)
    }

    /// Whether one of them wants the rows that a write is about, as they were.
    pub(crate) fn want_rows(&self) -> bool {
        self.0.of_rows.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn tell(&self, event: RawEvent) {
        if let Some(sender) = self.0.sender.get() {
            // An error says that nobody listens any more.
            drop(sender.send(Arc::new(event)));
        }
    }

    fn listen(&self) -> Receiver<Arc<RawEvent>> {
        self.0.sender.get_or_init(|| channel(WAITING).0).subscribe()
    }

    /// The events with rows, from now on.
    pub(crate) fn rows(&self) -> RowEvents {
        self.0.of_rows.fetch_add(1, Ordering::Relaxed);
        RowEvents { receiver: self.listen(), heard: self.0.clone() }
    }
}

/// The events of a model, from the call of [`PersistedModel::events`](crate::typed::PersistedModel::events) on: a stream
/// that ends with the app.
pub struct ModelEvents<M: Model>(BoxStream<'static, Result<ModelEvent<M>>>);

impl<M: Model> ModelEvents<M> {
    pub(crate) fn of(model: &ModelNode) -> Self {
        let events = stream::unfold(model.events.listen(), |mut receiver| async {
            let next = receiver.recv().await;
            match next {
                Err(RecvError::Closed) => None,
                next => Some((next, receiver)),
            }
        });
        Self(Box::pin(events.map(|event| match event {
            Ok(event) => typed(&event),
            Err(RecvError::Lagged(missed)) => Ok(ModelEvent::Missed(missed)),
            Err(RecvError::Closed) => Ok(ModelEvent::Missed(0)),
        })))
    }

    /// The next event; `None`: the app is gone.
    ///
    /// # Errors
    /// 500: the row has a value that its type cannot hold.
    pub async fn next(&mut self) -> Option<Result<ModelEvent<M>>> {
        self.0.next().await
    }
}

fn typed<M: Model>(event: &RawEvent) -> Result<ModelEvent<M>> {
    Ok(match event {
        RawEvent::Created(row) | RawEvent::Changed(row) => ModelEvent::Changed(from_row(row.clone())?),
        RawEvent::ChangedAll(condition, count, _) => {
            ModelEvent::ChangedAll { condition: condition.clone(), count: *count }
        }
        RawEvent::Deleted(id, _) => ModelEvent::Deleted(M::Id::from_value(id.clone())?),
        RawEvent::DeletedAll(condition, count, _) => {
            ModelEvent::DeletedAll { condition: condition.clone(), count: *count }
        }
    })
}

impl<M: Model> Stream for ModelEvents<M> {
    type Item = Result<ModelEvent<M>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx)
    }
}

impl<M: Model> fmt::Debug for ModelEvents<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelEvents({})", M::DEF.name)
    }
}
