//! Conditions, order and paging on rows in memory: what is embedded in another row is no table's.
//!
//! A condition means here what it means in SQL: a comparison with a missing value does not hold.

use crate::plan::{Column, Comparison, Condition, Query, RegexpSyntax, ignoring_case};
use crate::value::{GeoPoint, PropertyType, Row, Unit, Value};
use serde_json::Value as Json;
use std::cmp::Ordering;

/// The rows that a query finds among these.
pub(super) fn select(rows: Vec<Row>, query: &Query) -> Vec<Row> {
    let mut rows: Vec<Row> =
        rows.into_iter().filter(|row| query.condition.as_ref().is_none_or(|condition| holds(condition, row))).collect();
    if let Some(near) = query.nearest() {
        let distance = |row: &Row| {
            let point = GeoPoint::from_value(row.get(near.at).cloned().unwrap_or_default());
            point.map_or(f64::INFINITY, |point| point.distance_to(near.from, Unit::Radians))
        };
        rows.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    }
    if !query.order.is_empty() {
        // Stable: ties keep the order in which they are stored.
        rows.sort_by(|a, b| {
            let orders = query.order.iter().map(|order| {
                let by = match (value(a, &order.at.into()), value(b, &order.at.into())) {
                    (Value::Null, Value::Null) => Ordering::Equal,
                    (Value::Null, _) => Ordering::Greater,
                    (_, Value::Null) => Ordering::Less,
                    (a, b) => compare(&a, &b).unwrap_or(Ordering::Equal),
                };
                if order.descending { by.reverse() } else { by }
            });
            orders.into_iter().find(|by| by.is_ne()).unwrap_or(Ordering::Equal)
        });
    }
    let skip = usize::try_from(query.skip.unwrap_or(0)).unwrap_or(usize::MAX);
    let limit = query.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    rows.into_iter().skip(skip).take(limit).collect()
}

/// Whether a condition holds for a row.
pub(super) fn holds(condition: &Condition, row: &Row) -> bool {
    match condition {
        Condition::And(list) => list.iter().all(|item| holds(item, row)),
        Condition::Or(list) => list.iter().any(|item| holds(item, row)),
        Condition::Constant(always) => *always,
        Condition::Null(column, is) => value(row, column).is_null() == *is,
        Condition::Compare(column, comparison, with) => {
            let Some(order) = compare(&value(row, column), with) else { return false };
            match comparison {
                Comparison::Eq => order.is_eq(),
                Comparison::Ne => order.is_ne(),
                Comparison::Gt => order.is_gt(),
                Comparison::Gte => order.is_ge(),
                Comparison::Lt => order.is_lt(),
                Comparison::Lte => order.is_le(),
            }
        }
        Condition::In(column, inside, values) => {
            let found = value(row, column);
            !found.is_null()
                && values.iter().any(|value| compare(&found, value).is_some_and(Ordering::is_eq)) == *inside
        }
        Condition::Between(column, low, high) => {
            let found = value(row, column);
            compare(&found, low).is_some_and(Ordering::is_ge) && compare(&found, high).is_some_and(Ordering::is_le)
        }
        Condition::Like(column, is, pattern) => match value(row, column) {
            Value::Text(text) => like(&text, pattern) == *is,
            _ => false,
        },
        Condition::Ilike(column, is, pattern) => {
            found(&value(row, column), &ignoring_case(pattern, RegexpSyntax::Rust)).is_some_and(|found| found == *is)
        }
        Condition::Regexp(column, pattern) => {
            found(&value(row, column), &pattern.write(RegexpSyntax::Rust)).unwrap_or(false)
        }
        Condition::Near(near) => match GeoPoint::from_value(row.get(near.at).cloned().unwrap_or_default()) {
            Ok(point) => {
                let angle = point.distance_to(near.from, Unit::Radians);
                near.min.is_none_or(|min| angle >= min) && near.max.is_none_or(|max| angle <= max)
            }
            Err(_) => false,
        },
        Condition::Not(condition) => !holds(condition, row),
        Condition::Fixed(condition) => holds(condition, row),
        // What is embedded has no related rows.
        Condition::Related(_) | Condition::LinkedTo(_) => false,
    }
}

/// Whether a regular expression is found in a text; `None`: it is no text.
fn found(value: &Value, pattern: &str) -> Option<bool> {
    let Value::Text(text) = value else { return None };
    Some(regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(text)))
}

/// The value of a property, or of a place inside its JSON.
fn value(row: &Row, column: &Column) -> Value {
    let Some(found) = row.get(column.at) else { return Value::Null };
    if column.path.is_empty() {
        return found.clone();
    }
    let Value::Json(json) = found else { return Value::Null };
    match column.path.iter().try_fold(json, |json, key| json.get(key)) {
        None | Some(Json::Null) => Value::Null,
        Some(Json::Bool(b)) => Value::Bool(*b),
        Some(Json::Number(n)) => Value::Float(n.as_f64().unwrap_or(f64::NAN)),
        Some(Json::String(text)) => Value::Text(text.clone()),
        Some(other) => Value::Json(other.clone()),
    }
}

/// The order of two values; `None`: they cannot be compared.
fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Float(b)) => (*a as f64).partial_cmp(b),
        (Value::Float(a), Value::Int(b)) => a.partial_cmp(&(*b as f64)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::DateTime(a), Value::DateTime(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) => Some(a.cmp(b)),
        (Value::Uuid(a), Value::Uuid(b)) => Some(a.cmp(b)),
        (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// SQL's LIKE: `%` any text, `_` any character, `\` takes their meaning away.
fn like(text: &str, pattern: &str) -> bool {
    let mut regex = String::from("(?s)^");
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => regex.push_str(".*"),
            '_' => regex.push('.'),
            '\\' => regex.push_str(&regex::escape(&chars.next().unwrap_or('\\').to_string())),
            c => regex.push_str(&regex::escape(&c.to_string())),
        }
    }
    regex.push('$');
    regex::Regex::new(&regex).is_ok_and(|regex| regex.is_match(text))
}
