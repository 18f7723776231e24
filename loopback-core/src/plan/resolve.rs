//! [`Filter`] to [`Query`]: every name is looked up, every value coerced. What is unknown is a 400 with a hint.

use super::{Column, Comparison, Condition, FieldSet, FreeFields, Order, Query};
use crate::error::{Error, Result};
use crate::filter::{Fields, Filter, Operator, Where};
use crate::graph::{Kind, ModelNode, ObjectNode};
use crate::suggest::did_you_mean;
use crate::value::{Value, coerce};
use serde_json::Value as Json;

/// Values in one `inq` or `nin`.
const MAX_LIST: usize = 1_000;
/// Characters of a `like` pattern.
const MAX_PATTERN: usize = 1_000;

/// Who asks: it decides which properties can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A client: hidden properties are unknown to it.
    Client,
    /// The application's own code: every property can be named.
    Application,
}

/// Resolves a filter.
///
/// # Errors
/// 400: an unknown or hidden property, an unknown relation, a value that its property cannot be compared with.
pub fn resolve_filter(model: &ModelNode, filter: Filter, reader: Reader) -> Result<Query> {
    let resolver = Resolver { model, reader };
    if let Some(relation) = filter.include.first() {
        return Err(invalid(format!("Relation \"{relation}\" is not defined for {} model", model.name))
            .with_code("INVALID_INCLUDE"));
    }
    Ok(Query {
        condition: filter.condition.map(|condition| resolver.condition(condition)).transpose()?,
        order: filter
            .order
            .iter()
            .map(|order| Ok(Order { at: resolver.sortable(&order.property)?, descending: order.descending }))
            .collect::<Result<_>>()?,
        limit: filter.limit,
        skip: filter.skip,
        fields: filter.fields.as_ref().map(|fields| resolver.fields(fields)).transpose()?,
    })
}

/// Resolves a condition.
///
/// # Errors
/// As [`resolve_filter`].
pub fn resolve_where(model: &ModelNode, condition: Option<Where>, reader: Reader) -> Result<Option<Condition>> {
    condition.map(|condition| Resolver { model, reader }.condition(condition)).transpose()
}

fn invalid(message: String) -> Error {
    Error::bad_request(message).with_code("INVALID_FILTER")
}

struct Resolver<'a> {
    model: &'a ModelNode,
    reader: Reader,
}

impl Resolver<'_> {
    fn named(&self, name: &str) -> Option<usize> {
        let at = self.model.property(name)?;
        (self.reader == Reader::Application || !self.model.properties[at].hidden).then_some(at)
    }

    /// Hidden properties are unknown to a client, also in the hint.
    fn unknown(&self, place: &str, name: &str) -> Error {
        let visible = self.model.named().filter(|(_, p)| self.reader == Reader::Application || !p.hidden);
        let hint = did_you_mean(name, visible.map(|(_, p)| &*p.name));
        invalid(format!("`{place}` names an unknown property `{name}` of {}{hint}", self.model.name))
    }

    fn column(&self, place: &str, name: &str) -> Result<Column> {
        if let Some(at) = self.named(name) {
            return Ok(at.into());
        }
        let mut keys = name.split('.');
        let head = keys.next().unwrap_or_default();
        let column = match self.named(head) {
            Some(at) if self.model.properties[at].kind.is_json() => Some(Column { at, path: Vec::new() }),
            Some(_) => None,
            // A hidden property is not one of those without a column.
            None if self.model.property(head).is_some() => None,
            None => self.model.free.map(|at| Column { at, path: vec![head.to_owned()] }),
        };
        let Some(mut column) = column else { return Err(self.unknown(place, name)) };
        column.path.extend(keys.map(str::to_owned));
        if let Kind::Object(object) = &self.model.properties[column.at].kind {
            known_path(object, &column.path).map_err(|hint| {
                invalid(format!("`{place}` names an unknown key in `{name}` of {}{hint}", self.model.name))
            })?;
        }
        // Paths of SQLite and MySQL have no escape for these.
        if column.path.iter().any(|key| key.is_empty() || key.contains(['"', '\\', '\0'])) {
            return Err(self.unknown(place, name));
        }
        Ok(column)
    }

    fn sortable(&self, name: &str) -> Result<usize> {
        let at = self.named(name).ok_or_else(|| self.unknown("order", name))?;
        if self.model.properties[at].kind.is_json() {
            let kind = self.model.properties[at].kind.describe();
            return Err(invalid(format!("`order` cannot go by `{name}`: it is {kind}")));
        }
        Ok(at)
    }

    fn fields(&self, fields: &Fields) -> Result<FieldSet> {
        let (names, only) = match fields {
            Fields::Only(names) => (names, true),
            Fields::Except(names) => (names, false),
        };
        let mut listed = Vec::new();
        let mut free = Vec::new();
        for name in names {
            match self.named(name) {
                Some(at) => listed.push(at),
                None if self.model.free.is_some() && self.model.property(name).is_none() => free.push(name.clone()),
                None => return Err(self.unknown("fields", name)),
            }
        }
        let columns = (0..self.model.width())
            .filter(|at| match self.model.free {
                Some(own) if own == *at => !only || !free.is_empty(),
                _ => listed.contains(at) == only,
            })
            .collect();
        Ok(FieldSet { columns, free: if only { FreeFields::Only(free) } else { FreeFields::Except(free) } })
    }

    fn condition(&self, condition: Where) -> Result<Condition> {
        Ok(match condition {
            Where::And(list) => {
                Condition::And(list.into_iter().map(|item| self.condition(item)).collect::<Result<_>>()?)
            }
            Where::Or(list) => Condition::Or(list.into_iter().map(|item| self.condition(item)).collect::<Result<_>>()?),
            Where::Compare { property, operator, value } => {
                let column = self.column("where", &property)?;
                Comparing { model: self.model, name: &property, column, operator }.condition(value)?
            }
        })
    }
}

/// Whether the fields of a nested object lead along a path; else a hint.
fn known_path(object: &ObjectNode, path: &[String]) -> Result<(), String> {
    let Some((key, rest)) = path.split_first() else { return Ok(()) };
    match object.fields.iter().find(|field| *field.name == **key) {
        None => Err(did_you_mean(key, object.fields.iter().map(|field| &*field.name))),
        Some(field) => match &field.kind {
            Kind::Object(inner) => known_path(inner, rest),
            Kind::Any | Kind::GeoPoint | Kind::Array(_) => Ok(()),
            _ if rest.is_empty() => Ok(()),
            other => Err(format!("; `{key}` is {}", other.describe())),
        },
    }
}

/// One property, one operator.
struct Comparing<'a> {
    model: &'a ModelNode,
    name: &'a str,
    column: Column,
    operator: Operator,
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

    fn condition(self, json: Json) -> Result<Condition> {
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
