//! The log: on standard error, as text for people or as JSON for machines.

use crate::error::{Error, Result};
use std::io::IsTerminal as _;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

/// How lines of the log look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Starts the log, unless the application has installed its own subscriber of `tracing` before. `LOOPBACK_LOG=text|json`
/// goes before what the application says. Without either there are warnings and errors alone, as text; with either there
/// is a line per request too. `RUST_LOG` says exactly what is logged.
///
/// # Errors
/// `LOOPBACK_LOG` has another value.
pub(crate) fn start(wanted: Option<LogFormat>) -> Result<()> {
    let named = std::env::var("LOOPBACK_LOG").ok().filter(|value| !value.is_empty());
    let format = named.as_deref().map(parse).transpose()?.or(wanted);
    let usual = if format.is_some() { "info" } else { "warn" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let lines = match format {
        Some(LogFormat::Json) => {
            // All spans, as in text: the id of a request is that of the span around all else.
            lines.json().flatten_event(true).with_current_span(false).with_span_list(true).boxed()
        }
        _ => lines.boxed(),
    };
    let log = tracing_subscriber::registry().with(lines.with_filter(filter)).with(super::otel::layer()?);
    // An error says that there is one already.
    let _ = log.try_init();
    Ok(())
}

fn parse(value: &str) -> Result<LogFormat> {
    match value {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        other => Err(Error::configuration(format!("LOOPBACK_LOG must be `text` or `json`, found `{other}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{LogFormat, parse};

    #[test]
    fn the_form_of_the_log_has_two_names() {
        assert_eq!(parse("json").unwrap(), LogFormat::Json);
        assert_eq!(parse("text").unwrap(), LogFormat::Text);
        assert!(parse("yaml").unwrap_err().to_string().contains("`text` or `json`"));
    }
}
