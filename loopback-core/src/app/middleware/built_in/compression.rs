//! Compressed answers. Answers to npm `compression`.

use crate::app::middleware::Middleware;
use crate::app::middleware::config::bytes;
use crate::error::{Error, Result};
use serde_json::Value as Json;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _, SizeAbove};

/// Answers compressed with brotli or gzip, as the client takes them; not those that are small, images, or streams of events.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Compression {
    threshold: u64,
}

impl Default for Compression {
    fn default() -> Self {
        Self { threshold: 1024 }
    }
}

/// Settings of npm's that have no meaning here are taken and have no effect.
#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(in crate::app::middleware) struct Params {
    threshold: Option<Json>,
    level: Json,
    chunk_size: Json,
    mem_level: Json,
    strategy: Json,
    window_bits: Json,
}

impl Compression {
    /// The smallest body that is compressed, in bytes; 1024 unless set.
    pub fn threshold(self, bytes: u64) -> Self {
        Self { threshold: bytes }
    }

    pub(in crate::app::middleware) fn from_params(params: Params) -> Result<Self> {
        let ignored = [params.level, params.chunk_size, params.mem_level, params.strategy, params.window_bits];
        if ignored.iter().any(|value| !value.is_null()) {
            tracing::info!("compression: only `threshold` has an effect");
        }
        match params.threshold {
            None => Ok(Self::default()),
            Some(threshold) => {
                let size = bytes(&threshold).map_err(|why| Error::configuration(format!("compression: {why}")))?;
                Ok(Self::default().threshold(size as u64))
            }
        }
    }

    pub(in crate::app) fn middleware(self) -> Middleware {
        let predicate = DefaultPredicate::new().and(SizeAbove::new(self.threshold));
        Middleware::layer(CompressionLayer::new().compress_when(predicate)).named("compression")
    }
}
