//! [`Filter`] to [`Query`]: every name is looked up, every value coerced. What is unknown is a 400 with a hint.

use super::compare::{Comparing, Nearing};
use super::{Column, Condition, FieldSet, FreeFields, Order, Query};
use crate::error::{Error, Result};
use crate::filter::{Fields, Filter, Where};
use crate::graph::{Kind, ModelNode, ObjectNode};
use crate::suggest::did_you_mean;

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

pub(super) fn invalid(message: String) -> Error {
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

    /// A condition in `or` or `nor`, where the order that `near` gives the rows has no place.
    fn nested(&self, condition: Where) -> Result<Condition> {
        match &condition {
            Where::Near { property, min_distance: None, max_distance: None, .. } => Err(invalid(format!(
                "`where.{property}.near` within `or` or `nor` needs `maxDistance` or `minDistance`: it orders no rows there"
            ))),
            _ => self.condition(condition),
        }
    }

    fn condition(&self, condition: Where) -> Result<Condition> {
        Ok(match condition {
            Where::And(list) => {
                Condition::And(list.into_iter().map(|item| self.condition(item)).collect::<Result<_>>()?)
            }
            Where::Or(list) => Condition::Or(list.into_iter().map(|item| self.nested(item)).collect::<Result<_>>()?),
            Where::Nor(list) => {
                let list = list.into_iter().map(|item| self.nested(item)).collect::<Result<_>>()?;
                Condition::Or(list).negated()
            }
            Where::Near { property, near, min_distance, max_distance, unit } => {
                let column = self.column("where", &property)?;
                let comparing = Nearing { model: self.model, name: &property, column };
                comparing.condition(&near, min_distance, max_distance, unit)?
            }
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
