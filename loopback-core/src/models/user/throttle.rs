//! Failed log-ins are counted, of an account and of an address, in the database: a restart forgets nothing, and instances
//! share it. Who fails too often waits, longer with each failure, and never for good.

use super::account::own;
use crate::access::{digest, model_of};
use crate::ctx::Ctx;
use crate::engine::{self, Input};
use crate::error::{Error, ErrorKind, Result};
use crate::graph::ModelNode;
use crate::plan::{Condition, Query};
use crate::value::{Row, Value, truncate_to_millis};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;

/// Something whose failures are counted.
#[derive(Clone, Debug)]
pub(super) struct Counter {
    id: String,
    /// Failures before it has to wait.
    limit: i64,
}

impl Counter {
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

/// How often a count that others are in the way of is tried.
const TRIES: u32 = 5;

/// What of the app says how failures are counted; `None`: they are not.
#[derive(Clone)]
pub(super) struct Counters {
    model: Arc<ModelNode>,
    window: TimeDelta,
    of_account: i64,
    of_address: i64,
}

impl Counters {
    pub(super) fn of(ctx: &Ctx, on: bool) -> Option<Self> {
        let throttle = ctx.app().auth()?.options.throttle;
        if !on || !throttle.on {
            return None;
        }
        Some(Self {
            model: model_of(ctx.app(), "LoginAttempt")?,
            window: TimeDelta::from_std(throttle.window).ok()?,
            of_account: throttle.of_account,
            of_address: throttle.of_address,
        })
    }

    /// The counter of something that is done to an account; the database does not say which.
    pub(super) fn account(&self, what: &str, model: &ModelNode, account: &str) -> Counter {
        Counter { id: id(&[what, &model.name, &account.to_lowercase()]), limit: self.of_account }
    }

    /// The counter of an address.
    pub(super) fn address(&self, what: &str, ctx: &Ctx) -> Option<Counter> {
        let address = ctx.remote_address()?;
        // Of the newer kind whoever has one address has 2^64 of them.
        let net = match address {
            std::net::IpAddr::V4(address) => address.to_string(),
            std::net::IpAddr::V6(address) => format!("{:x?}", &address.segments()[..4]),
        };
        Some(Counter { id: id(&[what, "address", &net]), limit: self.of_address })
    }

    /// Whether the next try is looked at; `true`: there are failures.
    ///
    /// # Errors
    /// 429: not yet; with the seconds to wait.
    pub(super) async fn check(&self, ctx: &Ctx, counters: &[Counter]) -> Result<bool> {
        if counters.is_empty() {
            return Ok(false);
        }
        let own = own(ctx);
        let ids = counters.iter().map(|counter| Value::Text(counter.id.clone())).collect();
        let condition = Condition::In(self.model.id.into(), true, ids);
        let now = Utc::now();
        let mut failures = false;
        for row in engine::find(&own, &self.model, &Query::of(Some(condition))).await? {
            failures = true;
            self.may_go_on(&row, now)?;
        }
        Ok(failures)
    }

    /// # Errors
    /// 429: not yet; with the seconds to wait.
    fn may_go_on(&self, row: &Row, now: DateTime<Utc>) -> Result<()> {
        match time(&self.model, row, "until").filter(|until| *until > now) {
            Some(until) => {
                let seconds = (until - now).num_seconds() + 1;
                Err(Error::too_many(u32::try_from(seconds).unwrap_or(u32::MAX)))
            }
            None => Ok(()),
        }
    }

    /// Counts a failure. It stays counted whatever becomes of a transaction that the context is in.
    ///
    /// # Errors
    /// 429: others have failed meanwhile, and it has to wait; it is not counted then. It cannot be written.
    pub(super) async fn failed(&self, ctx: &Ctx, counters: &[Counter]) -> Result<()> {
        let own = Ctx::new(ctx.app().clone());
        if !ctx.in_transaction(&self.model) {
            return self.count_all(&own, counters).await;
        }
        // It may hold the only connection that writes: this waits for it, and the transaction does not wait for this.
        let (all, counters) = (self.clone(), counters.to_vec());
        tokio::spawn(async move {
            if let Err(error) = all.count_all(&own, &counters).await {
                tracing::error!(%error, "a failure could not be counted");
            }
        });
        Ok(())
    }

    async fn count_all(&self, own: &Ctx, counters: &[Counter]) -> Result<()> {
        for counter in counters {
            let mut tries = 0;
            // Two at once may both find none, or stand in each other's way; then one of them goes again.
            while let Err(error) = self.count(own, counter).await {
                tries += 1;
                if tries == TRIES || error.kind() != ErrorKind::Conflict && !error.is_taken() {
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    async fn count(&self, ctx: &Ctx, counter: &Counter) -> Result<()> {
        let model = &self.model;
        let id = Value::Text(counter.id.clone());
        ctx.exclusively(model, async |ctx: &Ctx| {
            let now = truncate_to_millis(Utc::now());
            // Locked, so that two failures are two.
            let there = engine::find_locked(ctx, model, &id, model.id).await?.is_some();
            let row = if there { engine::stored_row(ctx, model, &id).await? } else { None };
            if let Some(row) = &row {
                self.may_go_on(row, now)?;
            }
            let since =
                row.as_ref().and_then(|row| time(model, row, "since")).filter(|since| now - *since < self.window);
            let before = match row.as_ref().and_then(|row| row.get(model.property("failures")?)) {
                Some(Value::Int(failures)) if since.is_some() => *failures,
                _ => 0,
            };
            let failures = before.saturating_add(1);
            let until = (failures >= counter.limit).then(|| {
                let doublings = u32::try_from(failures - counter.limit).unwrap_or(u32::MAX).min(20);
                now + TimeDelta::seconds(1_i64 << doublings).min(self.window)
            });
            let mut data = Row::new(model.width());
            let mut set = |name: &str, value: Value| {
                if let Some(at) = model.property(name) {
                    data.set(at, value);
                }
            };
            set("failures", Value::Int(failures));
            set("since", Value::DateTime(since.unwrap_or(now)));
            set("until", until.map_or(Value::Null, Value::DateTime));
            if row.is_some() {
                engine::patch_by_id(ctx, model, &id, Input::of_row(model, data)).await.map(drop)
            } else {
                data.set(model.id, id.clone());
                engine::create(ctx, model, Input::of_row(model, data)).await.map(drop)
            }
        })
        .await
    }

    /// Forgets the failures of an account.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) async fn succeeded(&self, ctx: &Ctx, counter: &Counter) -> Result<()> {
        engine::delete_by_id(&own(ctx), &self.model, Value::Text(counter.id.clone())).await.map(drop)
    }
}

fn id(parts: &[&str]) -> String {
    URL_SAFE_NO_PAD.encode(digest(&parts.join("\n")))
}

fn time(model: &ModelNode, row: &Row, name: &str) -> Option<DateTime<Utc>> {
    match row.get(model.property(name)?) {
        Some(Value::DateTime(time)) => Some(*time),
        _ => None,
    }
}
