//! The default of a column as one of a property. Pure. Only what is surely the same becomes one.

use super::super::dialect::Dialect;
use super::FoundDefault;
use crate::graph::Kind;
use chrono::NaiveDate;
use serde_json::Value as Json;

/// What the database writes for the default of a column of a kind. `written`: it is an expression, not a bare text, which
/// MySQL has for literals.
pub(super) fn default_of(dialect: Dialect, text: &str, written: bool, kind: &Kind) -> FoundDefault {
    let other = || FoundDefault::Other(text.to_owned());
    if !written {
        return literal(kind, Written::Text(text.to_owned())).map_or_else(other, FoundDefault::Literal);
    }
    let bare = without_brackets(text);
    let folded = folded(bare);
    if folded == "null" || folded.starts_with("null::") {
        return FoundDefault::None;
    }
    match kind {
        Kind::DateTime if is_now(&folded) => return FoundDefault::Now,
        Kind::Date if is_today(&folded) => return FoundDefault::Now,
        Kind::Uuid | Kind::String if is_uuid(&folded) => return FoundDefault::Uuid,
        _ => {}
    }
    written_literal(dialect, bare).and_then(|written| literal(kind, written)).map_or_else(other, FoundDefault::Literal)
}

/// The kind of a text column of SQLite whose default the framework has made.
pub(super) fn kind_of_time(text: &str) -> Option<Kind> {
    match &*folded(without_brackets(text)) {
        OF_DATE_TIME => Some(Kind::DateTime),
        "date('now')" => Some(Kind::Date),
        _ => None,
    }
}

/// The default `now` of the framework in SQLite, see `defaults`.
const OF_DATE_TIME: &str = "replace(strftime('%y-%m-%dt%h:%m:%f+00:00','now'),'.000+','+')";

/// Without the brackets around the whole.
fn without_brackets(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'))
        && balanced(inner)
    {
        text = inner.trim();
    }
    text
}

/// Whether no bracket closes one from outside. Brackets in a text may deceive it; then nothing is taken away.
fn balanced(text: &str) -> bool {
    let mut open = 0_i32;
    for c in text.chars() {
        match c {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        if open < 0 {
            return false;
        }
    }
    open == 0
}

/// In lower case, without spaces.
fn folded(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn is_now(folded: &str) -> bool {
    let digits = |rest: &str| rest.strip_suffix(')').is_some_and(|n| n.bytes().all(|byte| byte.is_ascii_digit()));
    let called = |name: &str| folded.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('('));
    match folded {
        OF_DATE_TIME | "datetime('now')" => true,
        "date_trunc('milliseconds'::text,now())" | "date_trunc('milliseconds',now())" => true,
        _ => ["current_timestamp", "now", "transaction_timestamp", "statement_timestamp"].iter().any(|name| {
            let rest = folded.strip_prefix(name).unwrap_or_default();
            called(name)
                && (*name == "current_timestamp" && rest.is_empty() || rest.strip_prefix('(').is_some_and(digits))
        }),
    }
}

fn is_today(folded: &str) -> bool {
    matches!(folded, "current_date" | "current_date()" | "curdate()" | "date('now')")
        // PostgreSQL writes these back with more brackets than it was given, or as a call.
        || matches!(
            without_brackets(folded.strip_suffix("::date").unwrap_or_default()),
            "now()attimezone'utc'::text" | "timezone('utc'::text,now())"
        )
}

fn is_uuid(folded: &str) -> bool {
    let bare = folded.strip_suffix("::text").unwrap_or(folded);
    matches!(without_brackets(bare), "gen_random_uuid()" | "uuid_generate_v4()" | "uuid()")
}

/// A literal as it is written.
enum Written {
    Text(String),
    /// A number or a word.
    Plain(String),
}

/// Reads a literal; `None`: it is an expression.
fn written_literal(dialect: Dialect, text: &str) -> Option<Written> {
    // PostgreSQL says the type behind a literal: `'new'::text`, `(-1)::numeric`.
    let cast = |rest: &str| dialect == Dialect::Postgres && rest.starts_with("::") && is_type(&rest[2..]);
    let lower = text.to_lowercase();
    let start = ["_utf8mb4", "_utf8", "_latin1", "e", "n", ""].iter().find_map(|mark| {
        let rest = lower.strip_prefix(mark)?;
        // MySQL escapes the quotes of an expression.
        rest.strip_prefix('\'').or_else(|| rest.strip_prefix("\\'")).map(|rest| text.len() - rest.len())
    });
    if let Some(start) = start.filter(|_| lower.len() == text.len()) {
        let escapes = dialect.is_mysql() || lower.starts_with('e');
        let (found, rest) = quoted(&text[start..], escapes)?;
        return (rest.is_empty() || cast(rest)).then_some(Written::Text(found));
    }
    // SQLite takes a name that is none for a text.
    if let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return (dialect == Dialect::Sqlite && !inner.contains('"')).then(|| Written::Text(inner.to_owned()));
    }
    let end = text.find("::").filter(|end| cast(&text[*end..])).unwrap_or(text.len());
    let plain = without_brackets(&text[..end]);
    let word = matches!(plain.to_lowercase().as_str(), "true" | "false");
    (word || plain.parse::<f64>().is_ok_and(f64::is_finite)).then(|| Written::Plain(plain.to_owned()))
}

/// Whether what follows a `::` is the name of a type and nothing more.
fn is_type(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '"' | '(' | ')' | ',' | '.'))
}

/// The text up to the closing quote, and what follows it. The opening quote is gone already.
pub(super) fn quoted(text: &str, escapes: bool) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' if matches!(chars.peek(), Some((_, '\''))) => {
                chars.next();
                out.push('\'');
            }
            '\'' => return Some((out, &text[at + 1..])),
            '\\' if escapes => match chars.next()?.1 {
                // The end of MySQL's `_utf8mb4\'new\'`, or a quote inside of another.
                '\'' if chars.peek().is_none() => return Some((out, "")),
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                '0' => return None,
                other => out.push(other),
            },
            c => out.push(c),
        }
    }
    None
}

/// The literal as a value of the kind; `None`: it is none, or one that is written otherwise in another place.
fn literal(kind: &Kind, written: Written) -> Option<Json> {
    let is_text = matches!(written, Written::Text(_));
    let (Written::Text(text) | Written::Plain(text)) = written;
    match kind {
        Kind::String => Some(text.into()),
        Kind::Enum(words) => words.iter().any(|word| **word == *text).then(|| text.into()),
        Kind::Integer { min, max } => {
            let number = text.trim().parse::<i64>().ok().filter(|n| (min..=max).contains(&n))?;
            // The least one is no literal of Rust without a sign of its own.
            (number != i64::MIN).then(|| number.into())
        }
        Kind::Number => {
            let number: f64 = text.trim().parse().ok().filter(|n: &f64| n.is_finite())?;
            serde_json::Number::from_f64(number).map(Json::Number)
        }
        Kind::Boolean => match text.to_lowercase().as_str() {
            "true" | "t" | "1" => Some(true.into()),
            "false" | "f" | "0" => Some(false.into()),
            _ => None,
        },
        Kind::Decimal { .. } => {
            let digits = text.strip_prefix('-').unwrap_or(&text);
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
            let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let readable = text.parse::<rust_decimal::Decimal>().is_ok();
            (digits(whole) && digits(fraction) && readable).then(|| text.into())
        }
        Kind::Date => {
            let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok().filter(|_| is_text && text.len() == 10);
            day.map(|_| text.into())
        }
        _ => None,
    }
}
