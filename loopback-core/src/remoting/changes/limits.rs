//! How many change streams there may be, and whose they are.

use crate::access::{network, text};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Seconds after which a client that has too many streams may try again.
const AGAIN: u32 = 5;

/// What the app says of change streams: `GET` and `POST /CoffeeShops/change-stream`, for
/// [`AppBuilder::change_streams`](crate::app::AppBuilder::change_streams).
///
/// Differs from LoopBack, where every model has one, and as many as clients open.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct ChangeStreams {
    pub(crate) all: bool,
    pub(crate) per_caller: usize,
    pub(crate) total: usize,
    pub(crate) heartbeat: Duration,
}

impl Default for ChangeStreams {
    fn default() -> Self {
        Self { all: false, per_caller: 16, total: 1_000, heartbeat: Duration::from_secs(15) }
    }
}

impl ChangeStreams {
    /// Of every model with endpoints that does not say `change_stream = false` itself.
    pub fn of_all_models() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// Of the models that say `#[model(change_stream = true)]`, which is so unless set.
    pub fn of_marked_models() -> Self {
        Self::default()
    }

    /// The streams that one user may have open, or one address where nobody has logged in; 16 unless set. One more is a
    /// 429. Behind a proxy all clients of an app without users have one address: raise it there. Of IPv6 a network of
    /// 64 bits is one address. Clients of a Unix socket have none: together they may have half of [`total`](Self::total).
    pub fn per_caller(mut self, streams: usize) -> Self {
        self.per_caller = streams;
        self
    }

    /// The streams that may be open in all; 1,000 unless set. One more is a 503.
    pub fn total(mut self, streams: usize) -> Self {
        self.total = streams;
        self
    }

    /// How often a stream on which nothing happens sends a comment, and asks whether its token is good still; 15 seconds
    /// unless set.
    pub fn heartbeat(mut self, every: Duration) -> Self {
        self.heartbeat = every.max(Duration::from_millis(100));
        self
    }
}

/// The streams that are open.
#[derive(Debug, Default)]
pub(crate) struct OpenStreams(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    all: usize,
    /// Those of clients without an address who have not logged in.
    unknown: usize,
    of: HashMap<Box<str>, usize>,
}

/// One of them; the place is free when it goes.
#[derive(Debug)]
pub(super) struct Permit {
    open: Arc<Mutex<Open>>,
    whose: Option<Box<str>>,
}

impl OpenStreams {
    /// A place for one more.
    ///
    /// # Errors
    /// 429: the caller has too many; 503: there are too many in all.
    pub(super) fn enter(&self, options: &ChangeStreams, whose: Option<Box<str>>) -> Result<Permit> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_caller = whose.as_ref().and_then(|whose| open.of.get(whose)).copied().unwrap_or_default();
        if whose.is_some() && of_caller >= options.per_caller {
            let message = format!("more than {} change streams at a time", options.per_caller);
            return Err(Error::too_many(AGAIN).with_message(message).with_code("TOO_MANY_STREAMS"));
        }
        // Who cannot be told apart leaves half of the places to all others.
        let unknown = whose.is_none() && open.unknown >= options.total.div_ceil(2);
        if open.all >= options.total || unknown {
            return Err(Error::unavailable("too many change streams are open").with_code("TOO_MANY_STREAMS"));
        }
        open.all += 1;
        if whose.is_none() {
            open.unknown += 1;
        }
        if let Some(whose) = &whose {
            *open.of.entry(whose.clone()).or_default() += 1;
        }
        Ok(Permit { open: self.0.clone(), whose })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        let Some(whose) = &self.whose else {
            open.unknown -= 1;
            return;
        };
        if let Some(count) = open.of.get_mut(whose) {
            *count -= 1;
            if *count == 0 {
                open.of.remove(whose);
            }
        }
    }
}

/// The user, or the address of who has not logged in; `None` over a Unix socket, where they cannot be told apart.
pub(super) fn whose(cx: &Ctx) -> Option<Box<str>> {
    match cx.user_id() {
        Some(user) => {
            let model = cx.caller().and_then(|caller| caller.user_model.as_deref()).unwrap_or_default();
            Some(format!("{model} {}", text(user)).into())
        }
        None => cx.remote_address().map(|address| network(address).to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{ChangeStreams, OpenStreams};

    #[test]
    fn each_caller_has_so_many_and_all_together_have_so_many() {
        let (open, options) = (OpenStreams::default(), ChangeStreams::default().per_caller(2).total(3));
        let (ann, ben) = (Some("User 1".into()), Some("User 2".into()));
        let enter = |whose: &Option<Box<str>>| open.enter(&options, whose.clone());
        let first = enter(&ann);
        let _second = enter(&ann).unwrap();
        assert_eq!(enter(&ann).unwrap_err().status(), 429);
        let _of_ben = enter(&ben).unwrap();
        assert_eq!(enter(&ben).unwrap_err().status(), 503);
        drop(first);
        let again = enter(&ann);
        assert!(again.is_ok());
        drop(again);
        assert_eq!(open.0.lock().unwrap().of.len(), 2);
    }

    #[test]
    fn callers_that_cannot_be_told_apart_leave_half_of_the_places_to_others() {
        let (open, options) = (OpenStreams::default(), ChangeStreams::default().per_caller(1).total(4));
        let two: Vec<_> = (0..2).map(|_| open.enter(&options, None).unwrap()).collect();
        assert_eq!(open.enter(&options, None).unwrap_err().status(), 503);
        assert!(open.enter(&options, Some("User 1".into())).is_ok());
        drop(two);
        assert!(open.enter(&options, None).is_ok());
    }
}
