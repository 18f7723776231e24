//! What the system says of the process, as Prometheus' own clients name it. Linux only; elsewhere the start alone.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use std::time::{SystemTime, UNIX_EPOCH};

/// Reads the numbers of this process.
#[derive(Debug)]
pub(super) struct Process {
    /// Seconds since 1970.
    start: f64,
}

impl Process {
    /// The process, whose start is about now: an app is built once, at the start.
    pub(super) fn begin() -> Self {
        Self { start: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()) }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut gauge = |name: &str, help: &str, value: f64| {
            let metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value).encode(metric)
        };
        gauge("process_start_time_seconds", "Start of the process, in seconds since 1970", self.start)?;
        if let Some(bytes) = resident() {
            gauge("process_resident_memory_bytes", "Memory that the process has in RAM", bytes)?;
        }
        if let Some(files) = open_files() {
            gauge("process_open_fds", "Files and sockets that are open", files)?;
        }
        Ok(())
    }
}

/// Bytes in RAM.
fn resident() -> Option<f64> {
    // A file of the kernel's, which is in memory: nothing waits for a disk.
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}

fn open_files() -> Option<f64> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1) as f64)
}
