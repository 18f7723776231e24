//! LoopBack's dates: JSON text `2024-01-31T12:00:00.000Z`, milliseconds, UTC.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SubsecRound, Timelike, Utc};

fn two(out: &mut [u8], n: u32) {
    out[0] = b'0' + (n / 10 % 10) as u8;
    out[1] = b'0' + (n % 10) as u8;
}

/// The date and time down to the second, `2024-01-31T12:00:00`, and the milliseconds.
fn to_seconds(at: &DateTime<Utc>) -> ([u8; 19], u32) {
    let mut out = *b"0000-00-00T00:00:00";
    let year = at.year().clamp(0, 9999) as u32;
    two(&mut out[0..2], year / 100);
    two(&mut out[2..4], year % 100);
    two(&mut out[5..7], at.month());
    two(&mut out[8..10], at.day());
    two(&mut out[11..13], at.hour());
    two(&mut out[14..16], at.minute());
    two(&mut out[17..19], at.second());
    (out, at.nanosecond() / 1_000_000 % 1000)
}

/// The 24 bytes of a date in JSON, without the quotes.
pub(crate) fn iso_bytes(at: &DateTime<Utc>) -> [u8; 24] {
    let mut out = *b"0000-00-00T00:00:00.000Z";
    let (head, millis) = to_seconds(at);
    out[..19].copy_from_slice(&head);
    out[20] = b'0' + (millis / 100) as u8;
    two(&mut out[21..23], millis % 100);
    out
}

/// A date as JSON writes it: `2024-01-31T12:00:00.000Z`.
pub fn format_date_time(at: &DateTime<Utc>) -> String {
    iso_bytes(at).iter().map(|byte| char::from(*byte)).collect()
}

/// A date as a SQLite column stores it: `2024-01-31T12:00:00.5+00:00`-like text that sorts by time and that SeaORM
/// writes for the same moment, so that rows written either way compare equal.
pub fn storage_date_time(at: &DateTime<Utc>) -> String {
    let (head, millis) = to_seconds(at);
    let mut out: String = head.iter().map(|byte| char::from(*byte)).collect();
    if millis > 0 {
        out.push_str(&format!(".{millis:03}"));
    }
    out.push_str("+00:00");
    out
}

/// Writes a date as JSON when its text is just what [`storage_date_time`] makes; `false`: it is not, and nothing is
/// written. Copying digits is ten times quicker than reading and writing a date, and a list has many.
pub(crate) fn write_stored_date_time(text: &str, out: &mut Vec<u8>) -> bool {
    let bytes = text.as_bytes();
    let (head, millis) = match bytes.len() {
        25 => (&bytes[..19], &b"000"[..]),
        29 if bytes[19] == b'.' => (&bytes[..19], &bytes[20..23]),
        _ => return false,
    };
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let well_formed = bytes.ends_with(b"+00:00")
        && digits(&head[0..4])
        && head[4] == b'-'
        && (b"01"..=b"12").contains(&&[head[5], head[6]])
        && head[7] == b'-'
        // From the 29th on it takes the calendar.
        && (b"01"..=b"28").contains(&&[head[8], head[9]])
        && head[10] == b'T'
        && (b"00"..=b"23").contains(&&[head[11], head[12]])
        && head[13] == b':'
        && (b"00"..=b"59").contains(&&[head[14], head[15]])
        && head[16] == b':'
        && (b"00"..=b"59").contains(&&[head[17], head[18]])
        && digits(&head[5..7])
        && digits(&head[8..10])
        && digits(&head[11..13])
        && digits(&head[14..16])
        && digits(&head[17..19])
        && digits(millis);
    if well_formed {
        out.push(b'"');
        out.extend_from_slice(head);
        out.push(b'.');
        out.extend_from_slice(millis);
        out.extend_from_slice(b"Z\"");
    }
    well_formed
}

/// Cuts what is below a millisecond, as JavaScript's dates do.
pub fn truncate_to_millis(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(3)
}

/// Reads a date as LoopBack's clients write it: ISO 8601 with or without time, fraction and offset (without one: UTC),
/// or RFC 2822. Years 0 to 9999. `None` for anything else.
pub fn parse_date_time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let at = DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .ok()
        .or_else(|| parse_naive(text).map(|at| at.and_utc()))
        .or_else(|| DateTime::parse_from_rfc2822(text).ok().map(|at| at.to_utc()))?;
    (0..=9999).contains(&at.year()).then(|| truncate_to_millis(at))
}

fn parse_naive(text: &str) -> Option<NaiveDateTime> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return day.and_hms_opt(0, 0, 0);
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%MZ"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
}

/// Reads a day: `2024-01-31`, or the day of a date and time.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d")
        .ok()
        .or_else(|| parse_date_time(text).map(|at| at.date_naive()))
        .filter(|day| (0..=9999).contains(&day.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_javascript_reads_them() {
        for (text, want) in [
            ("2024-02-29T23:59:59.5Z", "2024-02-29T23:59:59.500Z"),
            ("2024-02-29", "2024-02-29T00:00:00.000Z"),
            ("2024-02-29T12:00:00+02:00", "2024-02-29T10:00:00.000Z"),
            ("2024-02-29 12:00:00", "2024-02-29T12:00:00.000Z"),
            ("2024-02-29T12:00:00.123456Z", "2024-02-29T12:00:00.123Z"),
        ] {
            assert_eq!(parse_date_time(text).map(|at| format_date_time(&at)).as_deref(), Some(want), "{text}");
        }
        for text in ["", "not a date", "2023-02-29", "1700000000000", "+10000-01-01T00:00:00Z"] {
            assert_eq!(parse_date_time(text), None, "{text}");
        }
    }

    #[test]
    fn stored_dates_are_copied_as_they_would_be_read_and_written() {
        for text in ["2024-01-28T23:59:59+00:00", "2024-12-01T00:00:00.007+00:00"] {
            let mut out = Vec::new();
            assert!(write_stored_date_time(text, &mut out), "{text}");
            let read = parse_date_time(text).map(|at| format!("\"{}\"", format_date_time(&at)));
            assert_eq!(String::from_utf8(out).ok(), read);
        }
        for text in [
            "2024-02-30T00:00:00+00:00",
            "2024-13-01T00:00:00+00:00",
            "2024-01-01T24:00:00+00:00",
            "2024-01-0:T00:00:00+00:00",
            "x",
        ] {
            assert!(!write_stored_date_time(text, &mut Vec::new()), "{text}");
        }
    }

    #[test]
    fn stored_dates_sort_by_time() {
        let texts: Vec<_> = ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.001Z", "2024-01-01T00:00:01Z"]
            .iter()
            .filter_map(|text| parse_date_time(text))
            .map(|at| storage_date_time(&at))
            .collect();
        assert_eq!(texts.len(), 3);
        assert!(texts.is_sorted());
    }
}
