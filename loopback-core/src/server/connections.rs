//! All connections of a server, and how long each may take over what it is at.
//!
//! A connection only notes what it is at, and since which tick of a clock that one task moves on. That task looks at all of
//! them now and then and closes those that take too long. So a request pays a few stores into memory for all timeouts
//! together, and no timer.

use super::ServerOptions;
use axum::http::{Method, Uri};
use futures_util::task::AtomicWaker;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;
use tokio::sync::Notify;

/// What a connection is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum At {
    /// It has sent nothing yet.
    New,
    /// A part of a request's head is there.
    Head,
    /// A request is being answered.
    Busy,
    /// The answer is complete on our side; its last bytes are being written.
    Flushing,
    /// It has been answered and may send another request.
    Idle,
    /// Our side is shut; the client's not yet.
    Drain,
}

impl At {
    fn of(number: u8) -> Self {
        [Self::New, Self::Head, Self::Busy, Self::Flushing, Self::Idle]
            .get(usize::from(number))
            .copied()
            .unwrap_or(Self::Drain)
    }
}

/// What a connection is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Order {
    GoOn,
    /// To end after the request that it is at.
    Finish,
    /// To end at once.
    Break,
}

/// How long a client may leave its side open after ours is shut, sending nothing.
const DRAIN: Duration = Duration::from_secs(2);

/// When there is no room, this part of the connections is closed at once, those that have been idle for longest.
const AT_ONCE: usize = 64;

/// So often within a tick all connections are looked at in vain.
const IN_VAIN: u32 = 8;

/// A connection, as all parts of it and the sweep see it.
pub(super) struct Connection {
    at: AtomicU8,
    /// The tick at which it began what it is at.
    since: AtomicU32,
    /// The tick from which on the client has taken nothing of what is to be written; 0: it takes it.
    stalled: AtomicU32,
    order: AtomicU8,
    waker: AtomicWaker,
    /// The last request, for those who wait for its end.
    request: Mutex<Option<(Method, Uri)>>,
}

impl Connection {
    pub(super) fn at(&self) -> At {
        At::of(self.at.load(Ordering::Relaxed))
    }

    fn is_at(&self, at: At, now: u32) {
        self.at.store(at as u8, Ordering::Relaxed);
        self.since.store(now, Ordering::Relaxed);
    }

    /// A write got on.
    pub(super) fn flows(&self) {
        if self.stalled.load(Ordering::Relaxed) != 0 {
            self.stalled.store(0, Ordering::Relaxed);
        }
    }

    /// What it is told to do; the task is woken when that changes.
    pub(super) fn order(&self, waker: &Waker) -> Order {
        self.waker.register(waker);
        match self.order.load(Ordering::Acquire) {
            0 => Order::GoOn,
            1 => Order::Finish,
            _ => Order::Break,
        }
    }

    /// Says whether that is news.
    fn tell(&self, order: Order) -> bool {
        let news = self.order.fetch_max(order as u8, Ordering::AcqRel) < order as u8;
        if news {
            self.waker.wake();
        }
        news
    }

    fn request(&self) -> MutexGuard<'_, Option<(Method, Uri)>> {
        self.request.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connections of a server.
pub(super) struct Connections {
    limits: Limits,
    tick: Duration,
    /// Ticks since the start, never 0.
    clock: AtomicU32,
    all: Mutex<HashMap<u64, Arc<Connection>>>,
    next: AtomicU64,
    open: AtomicUsize,
    /// Those of them that are told to end at once.
    leaving: AtomicUsize,
    max: usize,
    /// The tick in which all were looked at in vain, and how often.
    in_vain: Mutex<(u32, u32)>,
    /// Answers say that they are the last of their connection.
    closing: AtomicBool,
    none_left: Notify,
}

/// The timeouts, in ticks.
struct Limits {
    head: u32,
    idle: u32,
    write: u32,
    drain: u32,
    head_when_full: u32,
}

/// A connection of the list, which it leaves when this goes.
#[derive(Clone)]
pub(super) struct Registered(Arc<Entry>);

struct Entry {
    connection: Arc<Connection>,
    of: Arc<Connections>,
    id: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.of.list().remove(&self.id);
        // Nobody tells it anything any more.
        if self.connection.order.load(Ordering::Acquire) == Order::Break as u8 {
            self.of.leaving.fetch_sub(1, Ordering::AcqRel);
        }
        if self.of.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.of.none_left.notify_waiters();
        }
    }
}

impl Deref for Registered {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0.connection
    }
}

impl Registered {
    fn now(&self) -> u32 {
        self.0.of.now()
    }

    /// Bytes came in: of a head, unless a request is being answered.
    pub(super) fn reads(&self) {
        if matches!(self.at(), At::New | At::Idle) {
            // The head of a first request counts from the connection.
            let since = if self.at() == At::New { self.since.load(Ordering::Relaxed) } else { self.now() };
            self.is_at(At::Head, since);
        }
    }

    /// A request is there.
    pub(super) fn begins(&self, method: &Method, uri: &Uri) {
        *self.request() = Some((method.clone(), uri.clone()));
        self.is_at(At::Busy, self.now());
    }

    /// Its answer has been handed over.
    pub(super) fn ends(&self) {
        // The address holds on to the buffer that the head came in.
        *self.request() = None;
        self.is_at(At::Flushing, self.now());
    }

    /// Everything that was to be written is.
    pub(super) fn flushed(&self) {
        if self.at() == At::Flushing {
            self.is_at(At::Idle, self.now());
        }
    }

    /// A write found no room.
    pub(super) fn stalls(&self) {
        if self.stalled.load(Ordering::Relaxed) == 0 {
            self.stalled.store(self.now(), Ordering::Relaxed);
        }
    }

    /// Our side is shut.
    pub(super) fn drains(&self) {
        self.is_at(At::Drain, self.now());
    }

    /// Our side is shut, and the client still sends.
    pub(super) fn drains_on(&self) {
        if !self.0.of.is_closing() {
            self.drains();
        }
    }
}

impl Connections {
    pub(super) fn new(options: &ServerOptions, max: usize) -> Arc<Self> {
        // When there is no room, a head may take a second.
        let patience = Duration::from_secs(1);
        let shortest = [options.header_timeout, options.idle_timeout, options.write_timeout, DRAIN];
        let shortest = shortest.into_iter().min().unwrap_or(DRAIN);
        let tick = (shortest / 8).clamp(Duration::from_millis(5), Duration::from_millis(500));
        let ticks = |time: Duration| {
            let ticks = time.as_micros().div_ceil(tick.as_micros());
            u32::try_from(ticks).unwrap_or(u32::MAX).max(1)
        };
        let limits = Limits {
            head: ticks(options.header_timeout),
            idle: ticks(options.idle_timeout),
            write: ticks(options.write_timeout),
            drain: ticks(DRAIN),
            head_when_full: ticks(patience),
        };
        Arc::new(Self {
            limits,
            tick,
            clock: AtomicU32::new(1),
            all: Mutex::default(),
            next: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            leaving: AtomicUsize::new(0),
            max: max.max(1),
            in_vain: Mutex::new((0, 0)),
            closing: AtomicBool::new(false),
            none_left: Notify::new(),
        })
    }

    fn list(&self) -> MutexGuard<'_, HashMap<u64, Arc<Connection>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u32 {
        self.clock.load(Ordering::Relaxed)
    }

    /// A new connection. `None`: there are as many as there may be, all at work.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Registered> {
        if !self.has_room() && !self.shed() {
            return None;
        }
        let connection = Arc::new(Connection {
            at: AtomicU8::new(At::New as u8),
            since: AtomicU32::new(self.now()),
            stalled: AtomicU32::new(0),
            order: AtomicU8::new(Order::GoOn as u8),
            waker: AtomicWaker::new(),
            request: Mutex::default(),
        });
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.open.fetch_add(1, Ordering::AcqRel);
        self.list().insert(id, connection.clone());
        Some(Registered(Arc::new(Entry { connection, of: self.clone(), id })))
    }

    /// Whether there is room for another one, or will be in a moment.
    fn has_room(&self) -> bool {
        let open = self.open.load(Ordering::Acquire);
        open < self.max || open.saturating_sub(self.leaving.load(Ordering::Acquire)) < self.max
    }

    /// Closes some that have done nothing for longest, or that are slowest to say what they want, and says whether there is room
    /// now. Those whose answers are on their way are left alone.
    pub(super) fn shed(&self) -> bool {
        let now = self.now();
        let mut in_vain = self.in_vain.lock().unwrap_or_else(PoisonError::into_inner);
        if in_vain.0 == now && in_vain.1 >= IN_VAIN {
            return false;
        }
        let list = self.list();
        let mut idle: Vec<(u32, &Connection)> = Vec::new();
        for connection in list.values() {
            if connection.order.load(Ordering::Relaxed) == Order::Break as u8 {
                continue;
            }
            let age = now.wrapping_sub(connection.since.load(Ordering::Relaxed));
            let may_go = match connection.at() {
                At::Idle | At::New => true,
                At::Head | At::Drain => age > self.limits.head_when_full,
                At::Busy | At::Flushing => false,
            };
            if may_go {
                idle.push((age, connection));
            }
        }
        if idle.is_empty() {
            *in_vain = (now, if in_vain.0 == now { in_vain.1 + 1 } else { 1 });
            return self.has_room();
        }
        // A flood would have all of them looked at for each that comes.
        let going = (self.max / AT_ONCE).clamp(1, idle.len());
        idle.select_nth_unstable_by_key(going - 1, |(age, _)| std::cmp::Reverse(*age));
        for (_, connection) in &idle[..going] {
            self.end(connection);
        }
        true
    }

    /// Tells one to end at once.
    fn end(&self, connection: &Connection) {
        if connection.tell(Order::Break) {
            self.leaving.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Moves the clock on and closes what takes too long, for ever.
    pub(super) async fn sweep(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(self.tick);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = self.clock.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            if now == 0 {
                self.clock.store(1, Ordering::Relaxed);
            }
            for connection in self.list().values() {
                self.look_at(connection, now);
            }
        }
    }

    fn look_at(&self, connection: &Connection, now: u32) {
        let age = now.wrapping_sub(connection.since.load(Ordering::Relaxed));
        let stalled = connection.stalled.load(Ordering::Relaxed);
        if stalled != 0 && now.wrapping_sub(stalled) > self.limits.write {
            tracing::debug!("a client takes nothing of its answer: its connection is closed");
            self.end(connection);
        }
        match connection.at() {
            At::New | At::Head if age > self.limits.head => self.end(connection),
            At::Idle if age > self.limits.idle => {
                connection.tell(Order::Finish);
            }
            At::Drain if age > self.limits.drain => self.end(connection),
            _ => {}
        }
    }

    /// From now on answers say that they are the last of their connection.
    pub(super) fn close_after_answers(&self) {
        self.closing.store(true, Ordering::Release);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Tells all connections.
    pub(super) fn tell_all(&self, order: Order) {
        for connection in self.list().values() {
            if order == Order::Break {
                self.end(connection);
            } else {
                connection.tell(order);
            }
        }
    }

    /// How many there are.
    pub(super) fn open(&self) -> usize {
        self.open.load(Ordering::Acquire)
    }

    /// Ready when there are none.
    pub(super) async fn none_left(&self) {
        loop {
            let left = self.none_left.notified();
            if self.open() == 0 {
                return;
            }
            left.await;
        }
    }

    /// The requests that are being answered: method, the beginning of the path, and for how long. Of many, a few.
    pub(super) fn busy(&self) -> (usize, Vec<String>) {
        let now = self.now();
        let list = self.list();
        let busy: Vec<_> = list.values().filter(|connection| connection.at() == At::Busy).collect();
        let shown = busy.iter().take(5).filter_map(|connection| {
            let age = self.tick * now.wrapping_sub(connection.since.load(Ordering::Relaxed));
            let (method, uri) = connection.request().clone()?;
            Some(format!("{method} {} ({:.1} s)", beginning(uri.path()), age.as_secs_f32()))
        });
        (busy.len(), shown.collect())
    }
}

/// The beginning of a path: what follows may be a token.
fn beginning(path: &str) -> String {
    let mut parts = path.split('/');
    let shown: Vec<&str> = parts.by_ref().take(3).collect();
    let more = if parts.next().is_some() { "/.." } else { "" };
    format!("{}{more}", shown.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{At, Connections, Order, Ordering};
    use crate::server::ServerOptions;
    use axum::http::{Method, Uri};
    use std::task::Waker;
    use std::time::Duration;

    fn options() -> ServerOptions {
        let header_timeout = Duration::from_millis(800);
        ServerOptions { header_timeout, idle_timeout: 2 * header_timeout, ..ServerOptions::default() }
    }

    #[test]
    fn what_takes_too_long_is_told_to_end() {
        let all = Connections::new(&options(), 9);
        let [slow, busy, idle, stalled] = std::array::from_fn(|_| all.admit().unwrap());
        slow.reads();
        busy.begins(&Method::GET, &Uri::from_static("/a?token=x"));
        idle.begins(&Method::GET, &Uri::from_static("/b"));
        idle.ends();
        idle.flushed();
        stalled.begins(&Method::GET, &Uri::from_static("/c"));
        stalled.stalls();
        let orders = |ticks| {
            let now = all.now() + ticks;
            [&slow, &busy, &idle, &stalled].map(|connection| {
                all.look_at(connection, now);
                connection.order(Waker::noop())
            })
        };
        // A tick is 100 ms.
        assert_eq!(orders(8), [Order::GoOn; 4]);
        assert_eq!(orders(9), [Order::Break, Order::GoOn, Order::GoOn, Order::GoOn]);
        assert_eq!(orders(17), [Order::Break, Order::GoOn, Order::Finish, Order::GoOn]);
        assert_eq!(orders(301), [Order::Break, Order::GoOn, Order::Finish, Order::Break]);
        let (count, shown) = all.busy();
        assert_eq!(super::beginning("/api/Customers/1/accessTokens/secret"), "/api/Customers/..");
        assert_eq!(count, 2);
        assert!(shown.iter().any(|line| line.starts_with("GET /a (")), "{shown:?}");
    }

    #[test]
    fn a_new_connection_takes_the_place_of_an_idle_one_and_never_of_a_busy_one() {
        let all = Connections::new(&options(), 2);
        let [busy, idle] = std::array::from_fn(|_| all.admit().unwrap());
        busy.begins(&Method::GET, &Uri::from_static("/"));
        idle.begins(&Method::GET, &Uri::from_static("/"));
        idle.ends();
        // Its answer is not with the client yet.
        assert!(all.admit().is_none());
        idle.flushed();
        let third = all.admit().unwrap();
        third.begins(&Method::GET, &Uri::from_static("/"));
        assert_eq!(idle.order(Waker::noop()), Order::Break);
        assert_eq!(busy.order(Waker::noop()), Order::GoOn);
        assert!(all.admit().is_none());
        assert_eq!(all.open(), 3);
        drop(idle);
        drop(third);
        assert_eq!(all.open(), 1);
        assert_eq!(busy.at(), At::Busy);
        assert!(all.admit().is_some());
    }

    #[test]
    fn a_flood_has_several_closed_at_once_and_finds_room_without_a_look_at_all() {
        let all = Connections::new(&options(), 128);
        // All are as old by the clock: any of them may have to go.
        let connections: Vec<_> = std::iter::repeat_with(|| all.admit().unwrap()).take(132).collect();
        let told = || connections.iter().filter(|one| one.order(Waker::noop()) == Order::Break).count();
        assert_eq!(told(), 4);
        for connection in &connections {
            connection.begins(&Method::GET, &Uri::from_static("/"));
        }
        assert!(all.admit().is_none());
        assert_eq!(told(), 4);
        drop(connections);
        assert_eq!((all.open(), all.leaving.load(Ordering::Relaxed)), (0, 0));
    }
}
