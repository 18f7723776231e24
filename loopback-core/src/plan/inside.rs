//! Conditions on what is stored inside a row.

use super::{Column, Condition};
use crate::value::Value;

/// A condition on a model as one on the property that keeps its data; `name` gives the keys in there.
pub(crate) fn inside(at: usize, name: &dyn Fn(usize) -> String, condition: Condition) -> Condition {
    let place = |column: Column| Column { at, path: std::iter::once(name(column.at)).chain(column.path).collect() };
    let all = |list: Vec<Condition>| list.into_iter().map(|condition| inside(at, name, condition)).collect();
    match condition {
        Condition::And(list) => Condition::And(all(list)),
        Condition::Or(list) => Condition::Or(all(list)),
        Condition::Compare(column, comparison, value) => match in_json(&value) {
            Some(value) => Condition::Compare(place(column), comparison, value),
            None => Condition::Constant(false),
        },
        Condition::Null(column, is) => Condition::Null(place(column), is),
        Condition::In(column, is, values) => {
            let values: Vec<_> = values.iter().filter_map(in_json).collect();
            // Nothing that could be equal is left: as an empty list.
            if values.is_empty() { Condition::Constant(!is) } else { Condition::In(place(column), is, values) }
        }
        Condition::Between(column, low, high) => match (in_json(&low), in_json(&high)) {
            (Some(low), Some(high)) => Condition::Between(place(column), low, high),
            _ => Condition::Constant(false),
        },
        Condition::Like(column, is, pattern) => Condition::Like(place(column), is, pattern),
        Condition::Ilike(column, is, pattern) => Condition::Ilike(place(column), is, pattern),
        Condition::Regexp(column, pattern) => Condition::Regexp(place(column), pattern),
        Condition::Not(condition) => Condition::Not(Box::new(inside(at, name, *condition))),
        Condition::Fixed(condition) => inside(at, name, *condition),
        Condition::Constant(always) => Condition::Constant(always),
        // What is embedded has no rows that it is related to, and distances are measured from columns.
        Condition::Related(related) => Condition::Constant(!related.some),
        Condition::LinkedTo(_) | Condition::Near(_) => Condition::Constant(false),
    }
}

/// A value as a place inside JSON is compared with it; `None`: nothing there equals it.
fn in_json(value: &Value) -> Option<Value> {
    match value.to_json() {
        serde_json::Value::String(text) => Some(Value::Text(text)),
        serde_json::Value::Bool(is) => Some(Value::Bool(is)),
        serde_json::Value::Number(n) => n.as_f64().map(Value::Float),
        serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
    }
}
