//! Compressed answers. Answers to npm `compression`.

use crate::app::middleware::config::bytes;
use crate::app::middleware::{Middleware, Params};
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
struct Options {
    threshold: Option<Json>,
    level: Json,
    chunk_size: Json,
    mem_level: Json,
    strategy: Json,
    window_bits: Json,
    filter: Json,
}

impl Compression {
    /// The smallest body that is compressed, in bytes; 1024 unless set.
    pub fn threshold(self, bytes: u64) -> Self {
        Self { threshold: bytes }
    }

    pub(in crate::app::middleware) fn from_params(params: &Params<'_>) -> Result<Self> {
        let options: Options = params.get_or_default()?;
        params.without_effect(&[
            ("level", &options.level),
            ("chunkSize", &options.chunk_size),
            ("memLevel", &options.mem_level),
            ("strategy", &options.strategy),
            ("windowBits", &options.window_bits),
            ("filter", &options.filter),
        ]);
        match options.threshold {
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
