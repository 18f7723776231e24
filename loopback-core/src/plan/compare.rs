//! One property, one operator, one value: the operators of the filter language on the kinds of properties.

use super::resolve::invalid;
use super::{Column, Comparison, Condition, Near, Pattern};
use crate::error::{Error, Result};
use crate::filter::{NO_LIST, Operator, as_loopback, list};
use crate::graph::{Kind, ModelNode};
use crate::value::{GeoPoint, Unit, Value, coerce, finite};
use serde_json::Value as Json;

/// Values in one `inq` or `nin`.
const MAX_LIST: usize = 1_000;
/// Characters of a `like` pattern.
const MAX_PATTERN: usize = 1_000;

/// One property, one operator.
pub(super) struct Comparing<'a> {
    pub(super) model: &'a ModelNode,
    pub(super) name: &'a str,
    pub(super) column: Column,
    pub(super) operator: Operator,
}

impl Comparing<'_> {
    fn bad(&self, message: &str) -> Error {
        invalid(format!("`where.{}.{}`: {message}", self.name, self.operator.name()))
    }

    /// The value, of the property's type.
    fn value(&self, json: Json) -> Result<Value> {
        if !self.column.path.is_empty() {
            return match json {
                Json::String(text) if !text.contains('\0') => Ok(Value::Text(text)),
                Json::Bool(b) => Ok(Value::Bool(b)),
                Json::Number(n) => Ok(Value::Float(n.as_f64().unwrap_or(f64::NAN))),
                other => Err(self
                    .bad(&format!("a place inside JSON is compared with text, a number or a boolean, found {other}"))),
            };
        }
        let kind = &self.model.properties[self.column.at].kind;
        if kind.is_json() {
            let name = self.name;
            let instead = match kind {
                Kind::Array(_) => "only null can be asked for".to_owned(),
                _ => format!("compare one of its keys (`{name}.key`), or with null"),
            };
            return Err(self.bad(&format!("`{name}` is {}: {instead}", kind.describe())));
        }
        // An enum's word that does not exist is a mistake of the client's; so is a word for a number.
        match coerce(kind, json) {
            Ok(Value::Null) => Err(self.bad("null stands for no value here; use eq or neq")),
            Ok(value) => Ok(value),
            Err(error) => Err(self.bad(&format!("the value {}", error.message))),
        }
    }

    fn ordered(&self) -> Result<()> {
        let kind = &self.model.properties[self.column.at].kind;
        if self.column.path.is_empty() && matches!(kind, Kind::Boolean | Kind::Bytes) {
            return Err(self.bad(&format!("{} has no order", kind.describe())));
        }
        Ok(())
    }

    pub(super) fn condition(self, json: Json) -> Result<Condition> {
        let compare = |this: Self, comparison, json| {
            let value = this.value(json)?;
            Ok(Condition::Compare(this.column, comparison, value))
        };
        match self.operator {
            Operator::Eq if json.is_null() => Ok(Condition::Null(self.column, true)),
            Operator::Neq if json.is_null() => Ok(Condition::Null(self.column, false)),
            Operator::Eq => compare(self, Comparison::Eq, json),
            Operator::Neq => compare(self, Comparison::Ne, json),
            Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte => {
                self.ordered()?;
                let comparison = match self.operator {
                    Operator::Gt => Comparison::Gt,
                    Operator::Gte => Comparison::Gte,
                    Operator::Lt => Comparison::Lt,
                    _ => Comparison::Lte,
                };
                compare(self, comparison, json)
            }
            Operator::Inq | Operator::Nin => self.list(json),
            Operator::Between => {
                self.ordered()?;
                let received = json.to_string();
                match <[Json; 2]>::try_from(self.items(json)?) {
                    Ok([low, high]) => {
                        let (low, high) = (self.value(low)?, self.value(high)?);
                        if std::mem::discriminant(&low) != std::mem::discriminant(&high) {
                            // A place inside JSON has one type at a time, and PostgreSQL refuses to compare.
                            return Ok(Condition::Constant(false));
                        }
                        Ok(Condition::Between(self.column, low, high))
                    }
                    Err(items) => Err(as_loopback(format!(
                        "The {} property has invalid clause {{\"between\":{received}}}: Expected precisely 2 values, \
                         received {}",
                        self.name,
                        items.len()
                    ))),
                }
            }
            Operator::Like | Operator::Nlike | Operator::Ilike | Operator::Nilike => {
                let pattern = self.pattern(json)?;
                // PostgreSQL and MySQL refuse or misread a pattern that ends in the middle of an escape.
                if pattern.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1 {
                    return Err(self.bad("the pattern ends with a single backslash"));
                }
                Ok(match self.operator {
                    Operator::Like => Condition::Like(self.column, true, pattern),
                    Operator::Nlike => Condition::Like(self.column, false, pattern),
                    Operator::Ilike => Condition::Ilike(self.column, true, pattern),
                    _ => Condition::Ilike(self.column, false, pattern),
                })
            }
            Operator::Regexp => {
                let pattern = self.pattern(json)?;
                match Pattern::new(&pattern) {
                    Ok(pattern) => Ok(Condition::Regexp(self.column, pattern)),
                    Err(error) => Err(self.bad(error.message())),
                }
            }
        }
    }

    /// A pattern for text.
    fn pattern(&self, json: Json) -> Result<String> {
        let kind = &self.model.properties[self.column.at].kind;
        if self.column.path.is_empty() && !kind.is_text() {
            return Err(self.bad(&format!("is for text; `{}` is {}", self.name, kind.describe())));
        }
        match json {
            Json::String(pattern) if pattern.chars().count() > MAX_PATTERN => {
                Err(self.bad(&format!("the pattern has more than {MAX_PATTERN} characters")))
            }
            Json::String(pattern) if pattern.contains('\0') => Err(self.bad("the pattern has a NUL character")),
            Json::String(pattern) => Ok(pattern),
            other => Err(self.bad(&format!("needs a pattern, found {other}"))),
        }
    }

    /// The items of a list; or the error in LoopBack's words.
    fn items(&self, json: Json) -> Result<Vec<Json>> {
        list(json).map_err(|json| {
            as_loopback(format!(
                "The {} property has invalid clause {{\"{}\":{json}}}: Error: {NO_LIST}",
                self.name,
                self.operator.name()
            ))
        })
    }

    /// `inq` and `nin`; NULL in the list stands for rows without a value.
    fn list(self, json: Json) -> Result<Condition> {
        let items = self.items(json)?;
        if items.len() > MAX_LIST {
            return Err(self.bad(&format!("the list has more than {MAX_LIST} values")));
        }
        let inside = self.operator == Operator::Inq;
        let (nulls, items): (Vec<_>, Vec<_>) = items.into_iter().partition(Json::is_null);
        let values = items.into_iter().map(|item| self.value(item)).collect::<Result<Vec<_>>>()?;
        let null = Condition::Null(self.column.clone(), inside);
        Ok(match (values.is_empty(), nulls.is_empty()) {
            (true, true) => Condition::Constant(!inside),
            (true, false) => null,
            (false, true) => Condition::In(self.column, inside, values),
            (false, false) if inside => Condition::In(self.column, inside, values).or(null),
            (false, false) => Condition::In(self.column, inside, values).and(null),
        })
    }
}

/// `near` on one property.
pub(super) struct Nearing<'a> {
    pub(super) model: &'a ModelNode,
    pub(super) name: &'a str,
    pub(super) column: Column,
}

impl Nearing<'_> {
    fn bad(&self, key: &str, message: &str) -> Error {
        invalid(format!("`where.{}.{key}`: {message}", self.name))
    }

    pub(super) fn condition(
        self,
        near: &Json,
        min_distance: Option<Json>,
        max_distance: Option<Json>,
        unit: Option<Json>,
    ) -> Result<Condition> {
        let kind = &self.model.properties[self.column.at].kind;
        if !self.column.path.is_empty() || !matches!(kind, Kind::GeoPoint) {
            return Err(self.bad("near", "is for geo points"));
        }
        let Some(from) = GeoPoint::from_json(near) else {
            let message = format!(
                "needs a point like {{\"lat\": 59.9, \"lng\": 10.7}} or \"59.9,10.7\", latitude -90 to 90, longitude -180 \
                 to 180; found {near}"
            );
            return Err(self.bad("near", &message));
        };
        let unit = match unit {
            None => Unit::default(),
            Some(Json::String(name)) => Unit::of_name(&name).ok_or_else(|| {
                let names: Vec<_> = Unit::ALL.iter().map(|unit| unit.name()).collect();
                self.bad("unit", &format!("`{name}` is unknown; allowed: {}", names.join(", ")))
            })?,
            Some(other) => return Err(self.bad("unit", &format!("needs the name of a unit, found {other}"))),
        };
        let distance = |key: &str, json: Option<Json>| match json {
            None => Ok(None),
            Some(json) => match finite(&json).filter(|n| *n >= 0.0) {
                Some(n) => Ok(Some(unit.to_radians(n))),
                None => Err(self.bad(key, &format!("needs a number of 0 or more, found {json}"))),
            },
        };
        let (min, max) = (distance("minDistance", min_distance)?, distance("maxDistance", max_distance)?);
        Ok(Condition::Near(Near { at: self.column.at, from, min, max }))
    }
}
