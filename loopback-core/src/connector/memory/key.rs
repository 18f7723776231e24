//! The order of values.

use crate::value::Value;
use std::cmp::Ordering;

/// A value as the key of a map: `BTreeMap<Key, Row>`. Values of one kind are ordered as `order` and `gt` of a filter order
/// them.
#[derive(Clone, Debug)]
pub struct Key(pub Value);

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0).unwrap_or_else(|| match (&self.0, &other.0) {
            (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
            (Value::Json(a), Value::Json(b)) => a.to_string().cmp(&b.to_string()),
            (a, b) => rank(a).cmp(&rank(b)),
        })
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

/// Values of different kinds stand in this order.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) => 2,
        Value::Float(_) => 3,
        Value::Text(_) => 4,
        Value::DateTime(_) => 5,
        Value::Date(_) => 6,
        Value::Decimal(_) => 7,
        Value::Uuid(_) => 8,
        Value::Bytes(_) => 9,
        Value::Json(_) => 10,
    }
}

/// The order of two values; `None`: they cannot be compared.
pub(super) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
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

#[cfg(test)]
mod tests {
    use super::Key;
    use crate::value::Value;
    use std::collections::BTreeSet;

    #[test]
    fn keys_of_every_kind_have_one_order() {
        let keys: BTreeSet<Key> = [
            Value::Text("b".into()),
            Value::Int(10),
            Value::Null,
            Value::Text("a".into()),
            Value::Int(9),
            Value::Null,
            Value::Float(f64::NAN),
            Value::Float(f64::NAN),
        ]
        .map(Key)
        .into();
        let shown: Vec<String> = keys.iter().map(|Key(value)| format!("{value:?}")).collect();
        assert_eq!(shown, ["Null", "Int(9)", "Int(10)", "Float(NaN)", "Text(\"a\")", "Text(\"b\")"]);
    }
}
