//! Sizes and times, as npm `bytes` and npm `ms` read them.

use serde_json::Value as Json;
use std::time::Duration;

/// `"100kb"`, or a number of bytes; units are powers of 1024, as in npm `bytes`.
pub(crate) fn bytes(value: &Json) -> Result<usize, String> {
    let wrong = || format!("`{value}` is no size; write a number of bytes, or `\"100kb\"`, `\"1mb\"`");
    if let Some(number) = value.as_u64() {
        return usize::try_from(number).map_err(|_| wrong());
    }
    let (number, unit) = measure(value).ok_or_else(wrong)?;
    let power = match unit.as_str() {
        "" | "b" => 0,
        "kb" => 1,
        "mb" => 2,
        "gb" => 3,
        "tb" => 4,
        "pb" => 5,
        _ => return Err(wrong()),
    };
    let bytes = number * 1024_f64.powi(power);
    // Rust saturates, and no body is as large.
    if bytes < 1e18 { Ok(bytes as usize) } else { Err(wrong()) }
}

/// `"30s"`, or a number of milliseconds, as npm `ms`.
pub(crate) fn duration(value: &Json) -> Result<Duration, String> {
    let wrong = || format!("`{value}` is no time; write milliseconds, or `\"30s\"`, `\"2m\"`, `\"1d\"`");
    let (number, unit) = match value.as_f64() {
        Some(number) if number >= 0.0 => (number, String::new()),
        _ => measure(value).ok_or_else(wrong)?,
    };
    let seconds = match unit.as_str() {
        "" | "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 0.001,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600.0,
        "d" | "day" | "days" => 86_400.0,
        "w" | "week" | "weeks" => 604_800.0,
        "y" | "yr" | "yrs" | "year" | "years" => 31_557_600.0,
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())
}

fn measure(value: &Json) -> Option<(f64, String)> {
    let text = value.as_str()?.trim();
    let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    Some((number.parse().ok()?, unit.trim().to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sizes_and_times_are_read_as_npm_reads_them() {
        for (text, size) in [(json!("100kb"), 102_400), (json!("1.5MB"), 1_572_864), (json!(7), 7), (json!("7"), 7)] {
            assert_eq!(bytes(&text), Ok(size), "{text}");
        }
        for (text, millis) in
            [(json!("30s"), 30_000), (json!(5000), 5_000), (json!("1.5 m"), 90_000), (json!("2d"), 172_800_000)]
        {
            assert_eq!(duration(&text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(duration(&json!("1 week")), Ok(Duration::from_secs(604_800)));
        assert_eq!(bytes(&json!(" 1.5 MB ")), Ok(1_572_864));
        for bad in [json!("x"), json!(-1), json!("1 moon"), json!(null), json!(""), json!("-1kb"), json!("9e9pb")] {
            assert!(duration(&bad).is_err() && bytes(&bad).is_err(), "{bad}");
        }
    }
}
