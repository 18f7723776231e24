//! Conditions on related rows and on embedded data: `shop.reviews.some(review.stars.eq(5))`.

use super::AnyKey;
use super::handles::{EmbeddedOne, ToAny, ToMany, ToOne};
use crate::meta::ModelDef;
use crate::plan::{Column, Condition, Related};
use crate::typed::{Model, Where};
use crate::value::Value;

fn related<M>(relation: u16, some: bool, condition: Option<Condition>) -> Where<M> {
    Where::new(Condition::Related(Box::new(Related { relation: relation.into(), some, condition })))
}

impl<M, T> ToMany<M, T> {
    /// There is a related row that the condition holds for.
    pub fn some(self, condition: Where<T>) -> Where<M> {
        related(self.relation, true, Some(condition.into_condition()))
    }

    /// There is no related row that the condition holds for.
    pub fn none(self, condition: Where<T>) -> Where<M> {
        related(self.relation, false, Some(condition.into_condition()))
    }

    /// There is a related row.
    pub fn any(self) -> Where<M> {
        related(self.relation, true, None)
    }

    /// There is no related row.
    pub fn is_empty(self) -> Where<M> {
        related(self.relation, false, None)
    }
}

impl<M, T, P> ToOne<M, T, P> {
    /// The row that it leads to is such: `review.shop.is(shop.city.eq("Oslo"))`.
    pub fn is(self, condition: Where<T>) -> Where<M> {
        related(self.relation, true, Some(condition.into_condition()))
    }

    /// The row that it leads to is not such, or there is none.
    pub fn is_not(self, condition: Where<T>) -> Where<M> {
        related(self.relation, false, Some(condition.into_condition()))
    }
}

impl<M, F: AnyKey> ToAny<M, F> {
    /// It leads to a row of the model: `picture.imageable.is::<Product>()`. For one row:
    /// `picture.imageable.is::<Product>().and(picture.imageable.eq(5))`.
    pub fn is<T: Model>(self) -> Where<M> {
        // The name of the model follows the key.
        Where::new(Condition::equals(self.at() + 1, Value::Text(T::DEF.name.to_owned())))
    }
}

impl<M, T: Model, P> EmbeddedOne<M, T, P> {
    /// The embedded data is such: `supplier.address.is(address.city.eq("Troy"))`.
    ///
    /// Values are compared as they are in JSON: a date or a `Decimal` is text there. A list or an object is equal to
    /// nothing; name a place of it. What is embedded has no related rows.
    pub fn is(self, condition: Where<T>) -> Where<M> {
        Where::new(inside(T::DEF, self.at(), condition.into_condition()))
    }
}

/// A condition on a model as one on the property that keeps its data.
fn inside(def: &'static ModelDef, at: usize, condition: Condition) -> Condition {
    let place = |column: Column| {
        let name = def.properties.get(column.at).map_or("", |property| property.name).to_owned();
        Column { at, path: std::iter::once(name).chain(column.path).collect() }
    };
    let all = |list: Vec<Condition>| list.into_iter().map(|condition| inside(def, at, condition)).collect();
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
        Condition::Constant(always) => Condition::Constant(always),
        Condition::Related(related) => Condition::Constant(!related.some),
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
