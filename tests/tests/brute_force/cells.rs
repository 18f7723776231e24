//! Values and how they compare, by the letter of the filter language.

use super::schema::Kind;
use regex::Regex;
use serde_json::{Value as Json, json};
use std::cmp::Ordering;

/// A value as comparisons see it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Missing,
    Flag(bool),
    /// A whole number or a decimal, in units of 10^-10: no digit is lost.
    Exact(i128),
    Number(f64),
    /// Text; dates and UUIDs too, whose text has one form that sorts as they do.
    Text(String),
    /// A list or an object: there, and equal to nothing.
    Other,
}

impl Cell {
    /// The value of a property, or what one is compared with. What stands for a value is taken: text of a number, a
    /// number for text, a day or milliseconds for a moment.
    ///
    /// # Panics
    /// The JSON is no value of the kind.
    pub fn read(kind: Kind, json: &Json) -> Self {
        let text = || json.as_str().map(str::to_owned);
        let cell = match (kind, json) {
            (_, Json::Null) => Some(Self::Missing),
            (Kind::Text, Json::Number(n)) => Some(Self::Text(n.to_string())),
            (Kind::Text, Json::Bool(b)) => Some(Self::Text(b.to_string())),
            (Kind::Text | Kind::Word(_) | Kind::Day | Kind::Uuid, _) => text().map(Self::Text),
            (Kind::Whole | Kind::Decimal, _) => Some(Self::Exact(exact(&text().unwrap_or_else(|| json.to_string())))),
            (Kind::Number, Json::String(text)) => text.parse().ok().map(Self::Number),
            (Kind::Number, _) => json.as_f64().map(Self::Number),
            (Kind::Flag, _) => json.as_bool().map(Self::Flag),
            (Kind::Moment, _) => text().map(|text| {
                let day = text.len() == "2001-02-03".len();
                Self::Text(if day { format!("{text}T00:00:00.000Z") } else { text })
            }),
            (Kind::Any | Kind::Point | Kind::Stored, json) => Some(Self::loose(json)),
        };
        cell.unwrap_or_else(|| panic!("{json} as {kind:?}"))
    }

    /// A place inside JSON, or what one is compared with: by the JSON's own type.
    pub fn loose(json: &Json) -> Self {
        match json {
            Json::Null => Self::Missing,
            Json::Bool(b) => Self::Flag(*b),
            Json::Number(n) => Self::Number(n.as_f64().expect("a double")),
            Json::String(text) => Self::Text(text.clone()),
            Json::Array(_) | Json::Object(_) => Self::Other,
        }
    }

    /// The order of two values; `None`: one is missing, or they are of different types.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Flag(a), Self::Flag(b)) => Some(a.cmp(b)),
            (Self::Exact(a), Self::Exact(b)) => Some(a.cmp(b)),
            (Self::Number(a), Self::Number(b)) => a.partial_cmp(b),
            // Rust compares text by its bytes in UTF-8, which is the order of its code points.
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    pub fn equals(&self, other: &Self) -> bool {
        self.compare(other) == Some(Ordering::Equal)
    }

    /// Whether an operator holds for a value; `read` reads what it is compared with.
    ///
    /// # Panics
    /// No such operator, or no such value for it.
    pub fn meets(&self, operator: &str, with: &Json, read: &dyn Fn(&Json) -> Self) -> bool {
        let order = |with: &Json| self.compare(&read(with));
        let one = || order(with);
        let list = || with.as_array().unwrap_or_else(|| panic!("{with} is no list"));
        let text = || match self {
            Self::Text(text) => Some((text.as_str(), with.as_str().expect("a pattern"))),
            _ => None,
        };
        match operator {
            "eq" if with.is_null() => *self == Self::Missing,
            "neq" if with.is_null() => *self != Self::Missing,
            "eq" => one().is_some_and(Ordering::is_eq),
            "neq" => one().is_some_and(Ordering::is_ne),
            "gt" => one().is_some_and(Ordering::is_gt),
            "gte" => one().is_some_and(Ordering::is_ge),
            "lt" => one().is_some_and(Ordering::is_lt),
            "lte" => one().is_some_and(Ordering::is_le),
            "between" => {
                order(&list()[0]).is_some_and(Ordering::is_ge) && order(&list()[1]).is_some_and(Ordering::is_le)
            }
            "inq" => list().iter().any(|with| self.meets("eq", with, read)),
            // The empty list shuts nothing out; any other one what has no value.
            "nin" if list().is_empty() => true,
            "nin" => *self != Self::Missing && !list().iter().any(|with| self.equals(&read(with))),
            "like" => text().is_some_and(|(text, pattern)| like(text, pattern, false)),
            "nlike" => text().is_some_and(|(text, pattern)| !like(text, pattern, false)),
            "ilike" => text().is_some_and(|(text, pattern)| like(text, pattern, true)),
            "nilike" => text().is_some_and(|(text, pattern)| !like(text, pattern, true)),
            "regexp" => text().is_some_and(|(text, pattern)| regexp(pattern).is_match(text)),
            other => panic!("no operator {other}"),
        }
    }
}

/// `12.5` in units of 10^-10.
fn exact(text: &str) -> i128 {
    let (digits, negative) = text.strip_prefix('-').map_or((text, false), |digits| (digits, true));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let units: i128 = format!("{whole}{fraction:0<10}").parse().unwrap_or_else(|_| panic!("{text} is no decimal"));
    if negative { -units } else { units }
}

/// `%` is any text, `_` any character, `\` takes their meaning away.
fn like(text: &str, pattern: &str, any_case: bool) -> bool {
    fn at(text: &[char], pattern: &[char], same: &dyn Fn(char, char) -> bool) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['%', rest @ ..] => (0..=text.len()).any(|from| at(&text[from..], rest, same)),
            ['_', rest @ ..] => !text.is_empty() && at(&text[1..], rest, same),
            ['\\', c, rest @ ..] | [c, rest @ ..] => {
                text.first().is_some_and(|t| same(*t, *c)) && at(&text[1..], rest, same)
            }
        }
    }
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    at(&chars(text), &chars(pattern), &|a, b| a == b || any_case && folded(a) == folded(b))
}

/// A letter without its case, where that is one letter.
fn folded(c: char) -> char {
    fn only(mut chars: impl Iterator<Item = char>, otherwise: char) -> char {
        match (chars.next(), chars.next()) {
            (Some(c), None) => c,
            _ => otherwise,
        }
    }
    let upper = only(c.to_uppercase(), c);
    only(upper.to_lowercase(), upper)
}

fn regexp(pattern: &str) -> Regex {
    let written = match pattern.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) {
        Some((body, flags)) if !flags.is_empty() => format!("(?{flags}){body}"),
        Some((body, _)) => body.to_owned(),
        None => pattern.to_owned(),
    };
    Regex::new(&written).unwrap_or_else(|error| panic!("{error}"))
}

/// A place on earth, in degrees.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    lat: f64,
    lng: f64,
}

impl Point {
    /// `{"lat": 1, "lng": 2}` or `"1,2"`.
    pub fn read(json: &Json) -> Option<Self> {
        if let Some(text) = json.as_str() {
            let (lat, lng) = text.split_once(',')?;
            return Some(Self { lat: lat.parse().ok()?, lng: lng.parse().ok()? });
        }
        Some(Self { lat: json["lat"].as_f64()?, lng: json["lng"].as_f64()? })
    }

    /// How far another point is, by the law of cosines: the angle.
    pub fn angle(self, other: Self) -> f64 {
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let between = (other.lng - self.lng).to_radians();
        (a.sin() * b.sin() + a.cos() * b.cos() * between.cos()).clamp(-1.0, 1.0).acos()
    }
}

/// The angle that a distance is, with LoopBack's radius of the earth in that unit.
pub fn angle_of(distance: &Json, unit: &Json) -> f64 {
    let distance = distance.as_f64().expect("a distance");
    distance
        / match unit.as_str().unwrap_or("miles") {
            "kilometers" => 6370.99056,
            "meters" => 6_370_990.56,
            "miles" => 3958.75,
            "degrees" => 57.295_779_5,
            other => panic!("no unit {other}"),
        }
}

/// A number as JSON has it: whole ones without a fraction.
pub fn number(n: f64) -> Json {
    if n.fract() == 0.0 && n.abs() < 9.0e15 { json!(n as i64) } else { json!(n) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_the_guide_says() {
        assert!(like("100%", "100\\%", false) && !like("1000", "100\\%", false));
        assert!(like("a\nb", "a_b", false) && like("a\nb", "%", false) && !like("", "_", false));
        assert!(!like("É", "é", false) && like("É", "é", true) && like("ſ\u{212a}", "SK", true));
        assert!(like("a\\", "a\\\\", false) && like("😀", "_", false));
    }

    #[test]
    fn decimals_keep_all_digits() {
        assert!(exact("9007199254740993") > exact("9007199254740992"));
        assert_eq!(exact("-1.50"), exact("-1.5"));
        assert!(exact("9.5") < exact("10"));
    }
}
