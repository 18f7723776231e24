//! Numbers that are read when somebody looks.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// Gauges that are functions.
#[derive(Clone, Default)]
pub(super) struct Pulled(Arc<RwLock<Vec<Named>>>);

struct Named {
    name: String,
    help: String,
    values: Vec<(Vec<(String, String)>, Read)>,
}

type Read = Arc<dyn Fn() -> f64 + Send + Sync>;

impl Pulled {
    /// Adds one. A name that Prometheus does not know how to read is left out; what has the same name and labels as one
    /// before replaces it.
    pub(super) fn gauge(
        &self,
        name: &str,
        help: &str,
        labels: &[(&'static str, &str)],
        read: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        let plain = |text: &str| {
            let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
            first && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if !plain(name) || !labels.iter().all(|(label, _)| plain(label)) {
            tracing::warn!("`{name}` is no name of a metric: letters, digits and `_`, beginning with no digit");
            return;
        }
        let labels: Vec<_> = labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect();
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let at = all.iter().position(|known| known.name == name).unwrap_or_else(|| {
            all.push(Named { name: name.to_owned(), help: help.to_owned(), values: Vec::new() });
            all.len() - 1
        });
        let values = &mut all[at].values;
        values.retain(|(known, _)| *known != labels);
        values.push((labels, Arc::new(read)));
    }
}

impl fmt::Debug for Pulled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pulled")
    }
}

impl Collector for Pulled {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for named in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            let mut family = encoder.encode_descriptor(&named.name, &named.help, None, MetricType::Gauge)?;
            for (labels, read) in &named.values {
                let value = ConstGauge::new(read());
                value.encode(family.encode_family(labels)?)?;
            }
        }
        Ok(())
    }
}
