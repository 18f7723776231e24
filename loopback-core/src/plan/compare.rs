//! One property, one operator, one value: the operators of the filter language on the kinds of properties.

use super::resolve::invalid;
use super::{Column, Comparison, Condition};
use crate::error::{Error, Result};
use crate::filter::Operator;
use crate::graph::{Kind, ModelNode};
use crate::value::{Value, coerce};
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
            return Err(self.bad(&format!(
                "`{}` is {}: compare one of its keys (`{}.key`), or with null",
                self.name,
                kind.describe(),
                self.name
            )));
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
                match json {
                    Json::Array(list) => match <[Json; 2]>::try_from(list) {
                        Ok([low, high]) => {
                            let (low, high) = (self.value(low)?, self.value(high)?);
                            Ok(Condition::Between(self.column, low, high))
                        }
                        Err(_) => Err(self.bad("needs a list of two values")),
                    },
                    _ => Err(self.bad("needs a list of two values")),
                }
            }
            Operator::Like | Operator::Nlike => {
                let text = self.column.path.is_empty() && !self.model.properties[self.column.at].kind.is_text();
                match json {
                    _ if text => Err(self.bad("is for text")),
                    Json::String(pattern) if pattern.chars().count() > MAX_PATTERN => {
                        Err(self.bad(&format!("the pattern has more than {MAX_PATTERN} characters")))
                    }
                    Json::String(pattern) if pattern.contains('\0') => Err(self.bad("the pattern has a NUL character")),
                    // PostgreSQL and MySQL refuse or misread a pattern that ends in the middle of an escape.
                    Json::String(pattern) if pattern.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1 => {
                        Err(self.bad("the pattern ends with a single backslash"))
                    }
                    Json::String(pattern) => {
                        let is = self.operator == Operator::Like;
                        Ok(Condition::Like(self.column, is, pattern))
                    }
                    other => Err(self.bad(&format!("needs a pattern, found {other}"))),
                }
            }
        }
    }

    /// `inq` and `nin`; NULL in the list stands for rows without a value.
    fn list(self, json: Json) -> Result<Condition> {
        let Json::Array(items) = json else { return Err(self.bad("needs a list of values")) };
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
