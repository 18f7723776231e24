//! A limit of requests from one address.

use crate::access::{client_address, network};
use crate::app::middleware::config::duration;
use crate::app::middleware::{Chain, Middleware};
use crate::error::{Error, Result};
use crate::rest::error_response;
use axum::extract::{ConnectInfo, Request};
use moka::sync::Cache;
use serde_json::Value as Json;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Addresses that are remembered. Those of more clients would push each other out: the memory stays bounded, at some 10 MB.
const ADDRESSES: u64 = 100_000;

/// So many requests from one address in so long; one more is a 429 that says when to come back.
///
/// A client may use all of it at once, and then gets it back evenly. Of IPv6 a network of 64 bits is one address, for that is
/// what one client has. Behind proxies the address is what they say it is, when their number is
/// [told](crate::access::AuthOptions::trusted_proxies). A request without an address, over a Unix socket, is not limited.
/// Each instance counts for itself.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct RateLimit {
    requests: u32,
    time: Duration,
    trusted_proxies: Option<usize>,
}

/// The options of npm `express-rate-limit` that have a meaning here.
#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(in crate::app::middleware) struct Params {
    window_ms: Option<Json>,
    max: Option<u32>,
    trusted_proxies: Option<usize>,
}

impl RateLimit {
    /// So many requests in so long.
    pub fn new(requests: u32, time: Duration) -> Self {
        Self { requests, time, trusted_proxies: None }
    }

    /// So many requests in a minute.
    pub fn per_minute(requests: u32) -> Self {
        Self::new(requests, Duration::from_secs(60))
    }

    /// The number of proxies before the app that add to `X-Forwarded-For`, where
    /// [`auth`](crate::app::AppBuilder::auth) does not say.
    pub fn trusted_proxies(mut self, count: usize) -> Self {
        self.trusted_proxies = Some(count);
        self
    }

    pub(in crate::app::middleware) fn from_params(params: Params) -> Result<Self> {
        let time = params.window_ms.map_or(Ok(Duration::from_secs(60)), |time| duration(&time));
        let time = time.map_err(|why| Error::configuration(format!("rate-limit: {why}")))?;
        Ok(Self { trusted_proxies: params.trusted_proxies, ..Self::new(params.max.unwrap_or(100), time) })
    }

    pub(in crate::app) fn middleware(self) -> Middleware {
        let middleware = Middleware::placed(move |app, rest| {
            let of_auth = app.auth().map(|auth| auth.options.trusted_proxies);
            let proxies = self.trusted_proxies.or(of_auth).unwrap_or(0);
            let counts = Arc::new(Counts::new(self));
            Chain::new(move |request: Request| {
                let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
                let address = client_address(request.headers(), peer, proxies);
                match address.map_or(Ok(()), |address| counts.take(address)) {
                    Ok(()) => rest.run(request),
                    Err(wait) => {
                        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
                        Box::pin(std::future::ready(error_response(&Error::too_many(seconds))))
                    }
                }
            })
        });
        middleware.named("rate-limit")
    }
}

/// The generic cell rate algorithm: of each address only the time is kept at which it will have paid for all its requests.
struct Counts {
    paid: Cache<IpAddr, Arc<AtomicU64>>,
    began: Instant,
    /// What a request costs, in nanoseconds.
    price: u64,
    /// How far ahead one may be, in nanoseconds.
    credit: u64,
}

impl Counts {
    fn new(limit: RateLimit) -> Self {
        let credit = u64::try_from(limit.time.as_nanos()).unwrap_or(u64::MAX / 4).clamp(1, u64::MAX / 4);
        let price = (credit / u64::from(limit.requests.max(1))).max(1);
        let paid =
            Cache::builder().max_capacity(ADDRESSES).time_to_idle(limit.time.max(Duration::from_secs(1))).build();
        // Nobody may do anything: the first request is more than the credit.
        let credit = if limit.requests == 0 { 0 } else { credit };
        Self { paid, began: Instant::now(), price, credit }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// The time after which it would be let through.
    fn take(&self, address: IpAddr) -> Result<(), Duration> {
        self.take_at(address, u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX / 2))
    }

    fn take_at(&self, address: IpAddr, now: u64) -> Result<(), Duration> {
        let paid = self.paid.get_with(network(address), Arc::default);
        let mut wait = 0;
        let counted = paid.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |paid| {
            let next = paid.max(now) + self.price;
            wait = next.saturating_sub(now).saturating_sub(self.credit);
            (wait == 0).then_some(next)
        });
        counted.map(drop).map_err(|_| Duration::from_nanos(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_client_has_its_requests_at_once_and_gets_them_back_evenly() {
        let counts = Counts::new(RateLimit::new(4, Duration::from_secs(8)));
        let (one, other) = (address("10.0.0.1"), address("10.0.0.2"));
        for _ in 0..4 {
            assert!(counts.take_at(one, SECOND).is_ok());
        }
        assert_eq!(counts.take_at(one, SECOND), Err(Duration::from_secs(2)));
        // Who is refused pays nothing.
        assert_eq!(counts.take_at(one, 2 * SECOND), Err(Duration::from_secs(1)));
        assert!(counts.take_at(other, 2 * SECOND).is_ok());
        assert!(counts.take_at(one, 3 * SECOND).is_ok());
        assert!(counts.take_at(one, 3 * SECOND).is_err());
        for _ in 0..4 {
            assert!(counts.take_at(one, 60 * SECOND).is_ok());
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        assert_eq!(network(address("2001:db8::1")), network(address("2001:db8::ffff:1:2:3")));
        assert_ne!(network(address("2001:db8::1")), network(address("2001:db8:0:1::1")));
        assert_eq!(network(address("::ffff:10.0.0.1")), address("10.0.0.1"));
    }

    #[test]
    fn the_memory_is_bounded() {
        let counts = Counts::new(RateLimit::per_minute(10));
        for n in 0..200_000_u32 {
            let _ = counts.take_at(IpAddr::V4(n.into()), 0);
        }
        counts.paid.run_pending_tasks();
        assert!(counts.paid.entry_count() <= ADDRESSES);
    }

    #[test]
    fn none_is_none() {
        assert!(Counts::new(RateLimit::new(0, Duration::from_secs(1))).take(address("10.0.0.1")).is_err());
    }
}
