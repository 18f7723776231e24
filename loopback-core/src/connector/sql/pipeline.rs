//! A few PostgreSQL connections that all requests share. What they send is pipelined: a request waits for its answer,
//! not for a connection, and the answers of many requests arrive in one read. Costs the server about half of what a
//! pool costs it.
//!
//! Statements here stand alone: no transaction is ever open on these connections. The pool has those. And it has what would
//! have to wait here: one statement that takes long keeps all behind it waiting. So none waits for a lock here: the database
//! ends it after a moment, it has done nothing by then, and the pool does it.

mod bound;

use super::cells;
use super::error::DbFailure;
use super::execute::Ended;
use super::pools::PoolState;
use super::text::Sql;
use super::trouble::answer;
use crate::connector::{Cells, RowVisitor};
use crate::error::Error;
use bound::Bound;
use futures_util::TryStreamExt;
use std::collections::HashMap;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::AbortHandle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, NoTls, RowStream, Statement};

/// Prepared statements that a connection keeps. A client's filters make new ones; beyond this all are forgotten.
const MAX_PREPARED: usize = 500;

/// A connection on which nothing has got on for so long is not given more to do; reads that stand behind something leave it.
const STUCK: Duration = Duration::from_millis(50);

/// What a connection begins with: nobody waits for a lock longer than others may wait for all who do. No statement: behind a
/// PgBouncer it would hold for who comes after.
const NO_LOCKS: &str = "-c lock_timeout=10ms";

/// The shared connections.
#[derive(Clone)]
pub(super) struct Pipeline(Arc<Shared>);

struct Shared {
    config: Config,
    timeout: Duration,
    /// How long a statement may take; `None`: for ever.
    limit: Option<Duration>,
    lines: Vec<Line>,
    /// Places in the pool for what has to wait for a lock: it must not fill it.
    lock_places: Semaphore,
    /// Where the clock of the lines begins.
    start: Instant,
}

/// A place for a connection, which is made anew when it is lost.
#[derive(Default)]
struct Line {
    connection: RwLock<Option<Arc<Connection>>>,
    /// Held while one connects; when the last try failed, for those who waited for it.
    making: tokio::sync::Mutex<Option<Instant>>,
    load: AtomicU64,
    /// When it last got on, in milliseconds.
    got_on: AtomicU64,
}

/// What a line has to do, in one number so that it is read at once: which connection the line has (16 bits; the statements on an
/// earlier one do not count), how many statements have ended on it (24) and how many are under way (24).
#[derive(Clone, Copy)]
struct Load(u64);

impl Load {
    const BITS: u32 = 24;
    const MASK: u64 = (1 << Self::BITS) - 1;

    fn connection(self) -> u64 {
        self.0 >> (2 * Self::BITS)
    }

    fn ended(self) -> u64 {
        self.0 >> Self::BITS & Self::MASK
    }

    fn under_way(self) -> u64 {
        self.0 & Self::MASK
    }

    /// With one statement less under way.
    fn less(self, ended: bool) -> Self {
        let count = (self.ended() + u64::from(ended)) & Self::MASK;
        Self(self.connection() << (2 * Self::BITS) | count << Self::BITS | (self.under_way() - 1))
    }

    /// That of the next connection.
    fn anew(self) -> Self {
        Self(self.connection().wrapping_add(1) << (2 * Self::BITS))
    }
}

struct Connection {
    /// Which one of its line it is.
    number: u64,
    client: Client,
    /// What moves its bytes.
    task: AbortHandle,
    /// It did not answer in time.
    hangs: AtomicBool,
    /// A statement on it was given up: nobody else is let on, and it ends with the last one.
    doomed: AtomicBool,
    riders: AtomicUsize,
    prepared: RwLock<HashMap<Box<str>, Statement>>,
}

/// A statement that is under way on a line.
pub(super) struct Ride<'p> {
    shared: &'p Shared,
    line: &'p Line,
    /// Which connection of the line, by its number.
    number: u64,
    /// How many statements will have ended when the connection comes to this one. Empty until it is sent.
    turn: OnceLock<u64>,
    connection: Option<Arc<Connection>>,
    end: End,
}

/// What became of a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Whoever waited for it is gone.
    GivenUp,
    /// It is tried elsewhere, and will be done here as well unless the connection ends before.
    Left,
    /// The database has ended it, well or not.
    Over,
    /// The database has ended it, as there was a lock in its way.
    Locked,
    /// Nobody reads on what it answers.
    Unread,
}

/// How far a statement has come.
pub(super) enum Outcome<T> {
    Done(T),
    /// Another statement is in its way: the pool is to do it.
    Left,
    /// A lock is in its way, and nothing was done: the pool is to do it, at a [place for that](Pipeline::lock_place).
    Locked,
}

impl<'p> Ride<'p> {
    fn on(shared: &'p Shared, line: &'p Line) -> Self {
        let mut ride = Self { shared, line, number: 0, turn: OnceLock::new(), connection: None, end: End::GivenUp };
        ride.count();
        ride
    }

    fn count(&mut self) {
        let load = Load(self.line.load.fetch_add(1, Ordering::AcqRel));
        self.number = load.connection();
        self.turn = OnceLock::new();
        if load.under_way() == 0 {
            self.line.gets_on(self.shared);
        }
    }

    /// It is on its way, behind all that went before. Some that count may come after: who is told apart wrongly only leaves without
    /// need.
    fn sent(&self) {
        let load = self.line.load();
        if load.connection() == self.number {
            let _ = self.turn.set(load.ended() + load.under_way().saturating_sub(1));
        }
    }

    /// Whether the connection is at this statement: all before it have ended. They end in their order. On one that was given
    /// up nobody knows.
    fn is_first(&self) -> bool {
        let load = self.line.load();
        let since = |turn: &u64| load.ended().wrapping_sub(*turn) & Load::MASK;
        load.connection() == self.number && self.turn.get().is_some_and(|turn| since(turn) <= Load::MASK / 2)
    }

    /// Says whether it was counted.
    fn discount(&self, ended: bool) -> bool {
        let less = |load: u64| {
            let load = Load(load);
            (load.connection() == self.number && load.under_way() > 0).then(|| load.less(ended).0)
        };
        self.line.load.fetch_update(Ordering::AcqRel, Ordering::Acquire, less).is_ok()
    }

    /// The connection of the line, a new one when it was lost. The statement is counted on that one.
    async fn connection(&mut self) -> Result<Arc<Connection>, DbFailure> {
        loop {
            let connection = self.line.connection(self.shared).await?;
            if connection.number != self.number {
                self.discount(false);
                self.count();
                if connection.number != self.number {
                    continue;
                }
            }
            connection.riders.fetch_add(1, Ordering::AcqRel);
            self.leave();
            self.connection = Some(connection.clone());
            // Somebody may have given it up since it was looked up.
            if !connection.doomed.load(Ordering::Acquire) {
                return Ok(connection);
            }
            self.line.forget(self.shared, &connection);
        }
    }

    /// Another connection in place of one that is no good.
    async fn change(&mut self, lost: &Arc<Connection>) -> Result<Arc<Connection>, DbFailure> {
        self.discount(false);
        self.line.forget(self.shared, lost);
        self.count();
        self.connection().await
    }

    fn leave(&mut self) {
        if let Some(connection) = self.connection.take()
            && connection.riders.fetch_sub(1, Ordering::AcqRel) == 1
            && connection.doomed.load(Ordering::Acquire)
        {
            connection.give_up();
        }
    }
}

impl Drop for Ride<'_> {
    fn drop(&mut self) {
        // What was never sent was no turn of the connection; what is not read to its end may not be over.
        let ended = matches!(self.end, End::Over | End::Locked) && self.turn.get().is_some();
        let counted = self.discount(ended);
        match (self.end, &self.connection) {
            // The database may be at it for long, or come to it yet.
            (End::GivenUp | End::Left, Some(connection)) => {
                connection.doomed.store(true, Ordering::Release);
                self.line.forget(self.shared, connection);
            }
            (End::Over, _) if counted && ended => self.line.gets_on(self.shared),
            _ => {}
        }
        self.leave();
    }
}

impl Pipeline {
    /// Connects. `None`: these connections have no TLS, so they are for a database on this machine, or one whose URL
    /// says `sslmode=disable`; elsewhere, and where the URL has options that only the pool knows, the pool serves all.
    /// `lock_places`: how many connections of the pool those who wait for a lock may take.
    pub(super) async fn connect(
        url: &str,
        timeout: Duration,
        limit: Option<Duration>,
        lock_places: usize,
    ) -> Option<Self> {
        let mut config: Config = url.parse().ok()?;
        if config.get_tcp_user_timeout().is_none() {
            // A network that swallows what is sent shows after this, instead of a quarter of an hour.
            config.tcp_user_timeout(timeout);
        }
        let here = |host: &Host| match host {
            Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
            #[cfg(unix)]
            Host::Unix(_) => true,
        };
        let plain = match config.get_ssl_mode() {
            SslMode::Disable => true,
            SslMode::Prefer => !config.get_hosts().is_empty() && config.get_hosts().iter().all(here),
            _ => false,
        };
        if !plain {
            return None;
        }
        let mut quick = config.clone();
        quick.options(config.get_options().map_or(NO_LOCKS.to_owned(), |options| format!("{options} {NO_LOCKS}")));
        // A PgBouncer may refuse options.
        for config in [quick, config] {
            let pipeline = Self(Arc::new(Shared::new(config, timeout, limit, lock_places)));
            // A first connection shows whether it works at all.
            match pipeline.0.lines[0].connection(&pipeline.0).await {
                Ok(_) => return Some(pipeline),
                Err(error) => tracing::debug!(?error, "no pipelined connections"),
            }
        }
        None
    }

    /// A place in the pool for what waits for a lock.
    ///
    /// # Errors
    /// There was none in time.
    pub(super) async fn lock_place(&self) -> Result<SemaphorePermit<'_>, DbFailure> {
        match tokio::time::timeout(self.0.timeout, self.0.lock_places.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(closed)) => Err(DbFailure::Unavailable(closed.into())),
            // No trouble of the database's.
            Err(_) => Err(DbFailure::Refused(Error::unavailable("too many wait for a lock"))),
        }
    }

    /// The connections as a pool of the application's metrics: those without a request are idle.
    pub(super) fn state(&self) -> PoolState {
        let open: Vec<_> = self.0.lines.iter().filter(|line| line.current().is_some()).collect();
        let idle = open.iter().filter(|line| line.count() == 0).count();
        let count = |lines: usize| u32::try_from(lines).unwrap_or(u32::MAX);
        PoolState { name: "pipeline", size: count(open.len()), idle, max: count(self.0.lines.len()) }
    }

    /// A place on the connection with the least to do. `None`: none of them gets on.
    pub(super) fn ride(&self) -> Option<Ride<'_>> {
        let shared = &*self.0;
        let line = shared.lines.iter().min_by_key(|line| line.count())?;
        if line.count() == 0 || !line.is_stuck(shared) {
            return Some(Ride::on(shared, line));
        }
        let moving = shared.lines.iter().filter(|line| !line.is_stuck(shared));
        moving.min_by_key(|line| line.count()).map(|line| Ride::on(shared, line))
    }

    async fn query(&self, ride: &Ride<'_>, connection: &Connection, sql: &Sql<'_>) -> Result<RowStream, DbFailure> {
        let statement = connection.prepare(sql).await?;
        let mut query = pin!(connection.client.query_raw(&statement, sql.args.iter().map(Bound)));
        // The first look at it sends it.
        let begun = poll_fn(|cx| Poll::Ready(query.as_mut().poll(cx))).await;
        ride.sent();
        Ok(match begun {
            Poll::Ready(done) => done?,
            Poll::Pending => query.await?,
        })
    }

    /// Waits for the database. When it does not answer, the connection is given up: everything behind the statement would
    /// wait as well.
    async fn answer<T>(
        &self,
        line: &Line,
        connection: &Arc<Connection>,
        work: impl Future<Output = Result<T, DbFailure>>,
    ) -> Result<T, DbFailure> {
        answer(self.0.limit, work).await.unwrap_or_else(|late| {
            line.forget(&self.0, connection);
            connection.hangs.store(true, Ordering::Relaxed);
            connection.give_up();
            Err(late)
        })
    }

    /// The beginning of an answer. `None`: the statement stands behind another one that takes long.
    async fn begin(
        &self,
        ride: &Ride<'_>,
        connection: &Arc<Connection>,
        sql: &Sql<'_>,
        read: bool,
    ) -> Result<Option<RowStream>, DbFailure> {
        let mut work = pin!(self.query(ride, connection, sql));
        while read && !ride.is_first() {
            match answer(Some(2 * STUCK), work.as_mut()).await {
                Ok(done) => return done.map(Some),
                // What takes long may be this one: to begin it elsewhere would be no help.
                Err(_) if ride.is_first() => {}
                // It was lost to others, or is stuck.
                Err(_) if ride.line.load().connection() != ride.number => return Ok(None),
                Err(_) if ride.line.is_stuck(&self.0) || connection.doomed.load(Ordering::Relaxed) => return Ok(None),
                Err(_) => {}
            }
        }
        self.answer(ride.line, connection, work).await.map(Some)
    }

    /// Runs a statement and gives its rows to a visitor. A read that meets a lost connection is tried once more.
    pub(super) async fn rows(
        &self,
        mut ride: Ride<'_>,
        sql: &Sql<'_>,
        read: bool,
        rows: &mut dyn RowVisitor,
    ) -> Result<Outcome<()>, Ended> {
        let mut rows = Seen { rows, any: false };
        let done = self.rows_on(&mut ride, sql, read, &mut rows).await;
        ride.end = match &done {
            Ok(true) => End::Over,
            Ok(false) => End::Left,
            Err(Ended::Db(failure)) if failure.is_locked() => End::Locked,
            Err(Ended::Db(_)) => End::Over,
            Err(Ended::Visitor(_)) => End::Unread,
        };
        match done {
            Ok(true) => Ok(Outcome::Done(())),
            Ok(false) => Ok(Outcome::Left),
            // A key that is looked at in the end, or a function in a list, may meet a lock when rows have gone out.
            Err(_) if ride.end == End::Locked && !rows.any => Ok(Outcome::Locked),
            Err(error) => Err(error),
        }
    }

    async fn rows_on(
        &self,
        ride: &mut Ride<'_>,
        sql: &Sql<'_>,
        read: bool,
        rows: &mut dyn RowVisitor,
    ) -> Result<bool, Ended> {
        let mut connection = ride.connection().await?;
        let stream = match self.begin(ride, &connection, sql, read).await {
            Err(DbFailure::Unavailable(error)) if read && !connection.hangs.load(Ordering::Relaxed) => {
                tracing::debug!(%error, "connection lost; reading again");
                connection = ride.change(&connection).await?;
                self.begin(ride, &connection, sql, read).await?
            }
            Err(failure) if failure.is_stale_plan() => {
                connection = ride.change(&connection).await?;
                self.begin(ride, &connection, sql, read).await?
            }
            done => done?,
        };
        let Some(stream) = stream else { return Ok(false) };
        let mut stream = pin!(stream);
        while let Some(row) = self.answer(ride.line, &connection, async { Ok(stream.try_next().await?) }).await? {
            rows.row(&cells::Pipelined(&row)).map_err(Ended::Visitor)?;
            tokio::task::coop::consume_budget().await;
        }
        Ok(true)
    }

    /// Runs a statement without rows, and counts the rows it changed.
    pub(super) async fn execute(&self, mut ride: Ride<'_>, sql: &Sql<'_>) -> Result<Outcome<u64>, DbFailure> {
        let done = self.execute_on(&mut ride, sql).await;
        match done {
            Err(failure) if failure.is_locked() => {
                ride.end = End::Locked;
                Ok(Outcome::Locked)
            }
            done => {
                ride.end = End::Over;
                done.map(Outcome::Done)
            }
        }
    }

    async fn execute_on(&self, ride: &mut Ride<'_>, sql: &Sql<'_>) -> Result<u64, DbFailure> {
        let connection = ride.connection().await?;
        let work = async {
            let mut stream = pin!(self.query(ride, &connection, sql).await?);
            while stream.try_next().await?.is_some() {}
            Ok(stream.rows_affected().unwrap_or(0))
        };
        self.answer(ride.line, &connection, work).await
    }
}

/// A visitor, and whether it has seen a row.
struct Seen<'v> {
    rows: &'v mut dyn RowVisitor,
    any: bool,
}

impl RowVisitor for Seen<'_> {
    fn row(&mut self, cells: &dyn Cells) -> Result<(), Error> {
        self.any = true;
        self.rows.row(cells)
    }
}

impl Shared {
    fn new(config: Config, timeout: Duration, limit: Option<Duration>, lock_places: usize) -> Self {
        let count = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        let lines = (0..count).map(|_| Line::default()).collect();
        let lock_places = Semaphore::new(lock_places.max(1));
        Self { config, timeout, limit, lines, lock_places, start: Instant::now() }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Line {
    fn current(&self) -> Option<Arc<Connection>> {
        let connection = self.connection.read().unwrap_or_else(PoisonError::into_inner);
        connection.as_ref().filter(|connection| !connection.client.is_closed()).cloned()
    }

    fn load(&self) -> Load {
        Load(self.load.load(Ordering::Acquire))
    }

    fn count(&self) -> u64 {
        self.load().under_way()
    }

    fn gets_on(&self, shared: &Shared) {
        self.got_on.store(shared.now(), Ordering::Relaxed);
    }

    /// Whether the statement that the connection is at takes long.
    fn is_stuck(&self, shared: &Shared) -> bool {
        let stood = shared.now().saturating_sub(self.got_on.load(Ordering::Relaxed));
        self.count() > 0 && u128::from(stood) > STUCK.as_millis()
    }

    /// Lets the next request make a new connection, unless another one has by now.
    fn forget(&self, shared: &Shared, lost: &Arc<Connection>) {
        let mut connection = self.connection.write().unwrap_or_else(PoisonError::into_inner);
        if connection.take_if(|current| Arc::ptr_eq(current, lost)).is_some() {
            let next = |load: u64| Some(Load(load).anew().0);
            let _ = self.load.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
            self.gets_on(shared);
        }
    }

    async fn connection(&self, shared: &Shared) -> Result<Arc<Connection>, DbFailure> {
        if let Some(connection) = self.current() {
            return Ok(connection);
        }
        // One request connects; the others wait for it, and share its failure: one after the other they would wait long.
        let came = Instant::now();
        let mut failed = self.making.lock().await;
        if let Some(connection) = self.current() {
            return Ok(connection);
        }
        if failed.is_some_and(|at| at > came) {
            return Err(DbFailure::Unavailable("the database was just tried".into()));
        }
        let connected = Self::connect(shared).await;
        *failed = connected.is_err().then(Instant::now);
        let mut place = self.connection.write().unwrap_or_else(PoisonError::into_inner);
        // Whoever changes the number has the place.
        let connection = Arc::new(Connection { number: self.load().connection(), ..connected? });
        *place = Some(connection.clone());
        Ok(connection)
    }

    async fn connect(shared: &Shared) -> Result<Connection, DbFailure> {
        let connecting = tokio::time::timeout(shared.timeout, shared.config.connect(NoTls)).await;
        let (client, connection) = connecting.map_err(|late| DbFailure::Unavailable(late.into()))??;
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "a PostgreSQL connection was lost");
            }
        });
        Ok(Connection {
            number: 0,
            client,
            task: task.abort_handle(),
            hangs: AtomicBool::new(false),
            doomed: AtomicBool::new(false),
            riders: AtomicUsize::new(0),
            prepared: RwLock::default(),
        })
    }
}

impl Connection {
    /// Ends it, whatever waits on it: the database is asked to stop what it is at, and all who wait get an error.
    fn give_up(&self) {
        let cancel = self.client.cancel_token();
        tokio::spawn(async move {
            // It may not hear that either.
            let _ = tokio::time::timeout(Duration::from_secs(2), cancel.cancel_query(NoTls)).await;
        });
        self.task.abort();
    }

    async fn prepare(&self, sql: &Sql<'_>) -> Result<Statement, DbFailure> {
        if let Some(known) = self.prepared.read().unwrap_or_else(PoisonError::into_inner).get(sql.text.as_str()) {
            return Ok(known.clone());
        }
        // The types are ours, not PostgreSQL's guess: a number above the column's range is compared, not refused.
        let types: Vec<Type> = sql.args.iter().map(|arg| arg.kind.postgres()).collect();
        let statement = self.client.prepare_typed(&sql.text, &types).await?;
        let mut prepared = self.prepared.write().unwrap_or_else(PoisonError::into_inner);
        if prepared.len() >= MAX_PREPARED {
            prepared.clear();
        }
        prepared.insert(sql.text.as_str().into(), statement.clone());
        Ok(statement)
    }
}

#[cfg(test)]
mod tests;
