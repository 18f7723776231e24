//! Conditions on rows in memory. A condition means here what it means in SQL: a comparison with a missing value does not
//! hold.

use super::Tables;
use super::key::compare;
use crate::error::{Error, Result};
use crate::graph::{ModelNode, Polymorphic, RelationKind, RelationNode};
use crate::plan::{Column, Comparison, Condition, LinkedTo, RegexpSyntax, Related, ignoring_case};
use crate::value::{GeoPoint, PropertyType, Row, Unit, Value};
use regex::Regex;
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Says for which rows a condition holds. Patterns are read once, so that one serves for all rows of a query.
///
/// ```ignore
/// let matcher = Matcher::new(plan.model, plan.query.condition.as_ref(), &());
/// for row in rows {
///     if matcher.holds(row)? { /* .. */ }
/// }
/// ```
pub struct Matcher<'c> {
    model: Option<&'c ModelNode>,
    condition: Option<&'c Condition>,
    tables: Option<&'c dyn Tables>,
    /// Those of the conditions, by the address of the condition: it is borrowed for as long as this lives.
    patterns: Mutex<HashMap<usize, Option<Regex>>>,
}

impl fmt::Debug for Matcher<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matcher").field("condition", &self.condition).finish_non_exhaustive()
    }
}

impl<'c> Matcher<'c> {
    /// Of a condition on a model; `None` holds for every row. `tables` has the rows that conditions over relations lead to;
    /// `&()` has none, and such conditions are 501 `NOT_SUPPORTED`.
    pub fn new(model: &'c ModelNode, condition: Option<&'c Condition>, tables: &'c dyn Tables) -> Self {
        Self { model: Some(model), condition, tables: Some(tables), patterns: Mutex::default() }
    }

    /// Of a condition on what has no related rows, being embedded in another row.
    pub(super) fn of_embedded(condition: Option<&'c Condition>) -> Self {
        Self { model: None, condition, tables: None, patterns: Mutex::default() }
    }

    /// Whether it holds for a row.
    ///
    /// # Errors
    /// Those of the tables.
    pub fn holds(&self, row: &Row) -> Result<bool> {
        match self.condition {
            Some(condition) => self.met(self.model, condition, row),
            None => Ok(true),
        }
    }

    fn met(&self, model: Option<&ModelNode>, condition: &'c Condition, row: &Row) -> Result<bool> {
        Ok(match condition {
            Condition::And(list) => {
                for item in list {
                    if !self.met(model, item, row)? {
                        return Ok(false);
                    }
                }
                true
            }
            Condition::Or(list) => {
                for item in list {
                    if self.met(model, item, row)? {
                        return Ok(true);
                    }
                }
                false
            }
            Condition::Not(inner) => !self.met(model, inner, row)?,
            Condition::Fixed(inner) => self.met(model, inner, row)?,
            Condition::Constant(always) => *always,
            Condition::Null(column, is) => value(row, column).is_null() == *is,
            Condition::Compare(column, comparison, with) => {
                let Some(order) = compare(&value(row, column), with) else { return Ok(false) };
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
                !found.is_null() && values.iter().any(|value| equal(&found, value)) == *inside
            }
            Condition::Between(column, low, high) => {
                let found = value(row, column);
                compare(&found, low).is_some_and(Ordering::is_ge) && compare(&found, high).is_some_and(Ordering::is_le)
            }
            Condition::Like(column, is, pattern) => {
                self.found(condition, &value(row, column), || like(pattern)).is_some_and(|found| found == *is)
            }
            Condition::Ilike(column, is, pattern) => {
                let regex = || ignoring_case(pattern, RegexpSyntax::Rust);
                self.found(condition, &value(row, column), regex).is_some_and(|found| found == *is)
            }
            Condition::Regexp(column, pattern) => {
                self.found(condition, &value(row, column), || pattern.write(RegexpSyntax::Rust)).unwrap_or(false)
            }
            Condition::Near(near) => match GeoPoint::from_value(row.get(near.at).cloned().unwrap_or_default()) {
                Ok(point) => {
                    let angle = point.distance_to(near.from, Unit::Radians);
                    near.min.is_none_or(|min| angle >= min) && near.max.is_none_or(|max| angle <= max)
                }
                Err(_) => false,
            },
            Condition::Related(related) => match (model, self.tables) {
                (Some(model), Some(tables)) => self.related(model, related, row, tables)? == related.some,
                // What is embedded has no related rows.
                _ => false,
            },
            Condition::LinkedTo(link) => match self.tables {
                Some(tables) => self.linked(link, row, tables)?,
                None => false,
            },
        })
    }

    /// Whether there is a related row as it is asked for.
    fn related(&self, model: &ModelNode, related: &'c Related, row: &Row, tables: &dyn Tables) -> Result<bool> {
        let Some(relation) = model.relations.get(related.relation) else { return Ok(false) };
        let from = row.get(relation.from).unwrap_or(&Value::Null);
        if from.is_null() {
            return Ok(false);
        }
        let target = relation.target();
        same_source(model, relation, &target)?;
        let meets = |found: &Row, key: &Value| found.get(relation.to).is_some_and(|to| equal(to, key));
        let wanted = |found: &Row| match &related.condition {
            Some(condition) => self.met(Some(&target), condition, found),
            None => Ok(true),
        };
        let Some(through) = &relation.through else {
            for found in tables.rows(&target)? {
                let met = match relation.kind {
                    RelationKind::ReferencesMany => lists(from, found.get(relation.to)),
                    _ => meets(found, from),
                };
                if met && of_model(relation, found) && wanted(found)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        };
        let between = through.model();
        for link in tables.rows(&between)? {
            let joins = link.get(through.from).is_some_and(|key| equal(key, from))
                && through.discriminator.as_ref().is_none_or(|(at, name)| is_text(link.get(*at), name));
            if !joins || !self.may(Some(&between), related.between.as_ref(), link)? {
                continue;
            }
            let Some(key) = link.get(through.to).filter(|key| !key.is_null()) else { continue };
            for found in tables.rows(&target)? {
                if meets(found, key) && wanted(found)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether a row of the model between links the row to a key.
    fn linked(&self, link: &'c LinkedTo, row: &Row, tables: &dyn Tables) -> Result<bool> {
        let Some(own) = row.get(link.at).filter(|own| !own.is_null()) else { return Ok(false) };
        for found in tables.rows(&link.between)? {
            let joins = found.get(link.from).is_some_and(|key| equal(key, &link.key))
                && found.get(link.to).is_some_and(|to| equal(to, own))
                && link.discriminator.as_ref().is_none_or(|(at, name)| found.get(*at) == Some(name));
            if joins && self.may(Some(&link.between), link.condition.as_ref(), found)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn may(&self, model: Option<&ModelNode>, condition: Option<&'c Condition>, row: &Row) -> Result<bool> {
        condition.map_or(Ok(true), |condition| self.met(model, condition, row))
    }

    /// Whether the pattern of a condition is found in a text; `None`: it is no text.
    fn found(&self, condition: &Condition, value: &Value, pattern: impl FnOnce() -> String) -> Option<bool> {
        let Value::Text(text) = value else { return None };
        let mut patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        let known = patterns.entry(std::ptr::from_ref(condition).addr());
        let regex = known.or_insert_with(|| Regex::new(&pattern()).ok());
        Some(regex.as_ref().is_some_and(|regex| regex.is_match(text)))
    }
}

/// Conditions do not leave their data source.
pub(super) fn same_source(model: &ModelNode, relation: &RelationNode, target: &ModelNode) -> Result<()> {
    if model.data_source == target.data_source {
        return Ok(());
    }
    Err(Error::not_supported(format!(
        "a condition cannot go over the relation `{}` of {}: it leads to another data source",
        relation.name, model.name
    )))
}

/// Whether a row belongs to this model, of those that a polymorphic relation leads from.
fn of_model(relation: &RelationNode, row: &Row) -> bool {
    match &relation.polymorphic {
        Some(Polymorphic::From { discriminator, name }) => is_text(row.get(*discriminator), name),
        _ => true,
    }
}

pub(super) fn is_text(value: Option<&Value>, text: &str) -> bool {
    matches!(value, Some(Value::Text(found)) if **found == *text)
}

/// Whether a list of keys has this one.
fn lists(list: &Value, key: Option<&Value>) -> bool {
    let (Value::Json(Json::Array(items)), Some(key)) = (list, key) else { return false };
    let key = key.to_json();
    items.contains(&key)
}

pub(super) fn equal(a: &Value, b: &Value) -> bool {
    compare(a, b).is_some_and(Ordering::is_eq)
}

/// The value of a property, or of a place inside its JSON.
pub(super) fn value(row: &Row, column: &Column) -> Value {
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

/// SQL's LIKE as a regular expression: `%` any text, `_` any character, `\` takes their meaning away.
fn like(pattern: &str) -> String {
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
    regex
}
