//! [`Filter`] to [`Query`]: every name is looked up, every value coerced. What is unknown is a 400 with a hint.

use super::compare::{Comparing, Nearing};
use super::{Column, Condition, FieldSet, FreeFields, Include as FoundInclude, Order, Query, Related, inside};
use crate::error::{Error, Result};
use crate::filter::{Fields, Filter, Include, Operator, Where};
use crate::graph::{Kind, ModelNode, ObjectNode, PropertyNode, RelationKind, RelationNode};
use crate::suggest::did_you_mean;
use serde_json::Value as Json;

/// Who asks: it decides which properties can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A client: hidden properties are unknown to it.
    Client,
    /// A client that asks for another model's rows: those of an include, those that a condition goes over. Protected
    /// properties are not shown there, so they are unknown, too.
    Included,
    /// The application's own code: every property can be named.
    Application,
}

impl Reader {
    fn sees(self, property: &PropertyNode) -> bool {
        match self {
            Self::Application => true,
            Self::Client => !property.hidden,
            Self::Included => !property.hidden && !property.protected,
        }
    }

    /// The same reader, one relation further.
    fn included(self) -> Self {
        match self {
            Self::Application => Self::Application,
            Self::Client | Self::Included => Self::Included,
        }
    }
}

/// Resolves a filter.
///
/// # Errors
/// 400: an unknown or hidden property, an unknown relation, a value that its property cannot be compared with, a limit
/// above the model's. 403: a relation that clients may not include.
pub fn resolve_filter(model: &ModelNode, filter: Filter, reader: Reader) -> Result<Query> {
    let mut query = resolve_scope(model, filter, reader)?;
    if reader == Reader::Client {
        query.limit = query.limit.or(model.default_limit).or(model.max_limit);
    }
    Ok(query)
}

/// As [`resolve_filter`], without the limit that a model has for clients which name none.
fn resolve_scope(model: &ModelNode, filter: Filter, reader: Reader) -> Result<Query> {
    let resolver = Resolver { model, reader, depth: 0 };
    if let (Some(limit), Some(max)) = (filter.limit, model.max_limit)
        && limit > max
        && reader != Reader::Application
    {
        return Err(invalid(format!("`limit` is {limit}; {} answers with {max} rows at most", model.name)));
    }
    Ok(Query {
        condition: filter.condition.map(|condition| resolver.condition(condition).and_then(counted)).transpose()?,
        order: filter
            .order
            .iter()
            .map(|order| Ok(Order { at: resolver.sortable(&order.property)?, descending: order.descending }))
            .collect::<Result<_>>()?,
        limit: filter.limit,
        skip: filter.skip,
        fields: filter.fields.as_ref().map(|fields| resolver.fields(fields)).transpose()?,
        include: filter.include.into_iter().map(|include| resolver.include(include)).collect::<Result<_>>()?,
    })
}

/// Resolves a condition.
///
/// # Errors
/// As [`resolve_filter`].
pub fn resolve_where(model: &ModelNode, condition: Option<Where>, reader: Reader) -> Result<Option<Condition>> {
    condition.map(|condition| Resolver { model, reader, depth: 0 }.condition(condition).and_then(counted)).transpose()
}

pub(super) fn invalid(message: String) -> Error {
    Error::bad_request(message).with_code("INVALID_FILTER")
}

/// Relations that a condition goes over, one after the other: as deep as LoopBack lets a query's objects be. The names
/// of a path with dots are counted, too.
const MAX_RELATIONS: usize = 12;

struct Resolver<'a> {
    model: &'a ModelNode,
    reader: Reader,
    /// Relations that the condition has gone over.
    depth: usize,
}

impl Resolver<'_> {
    fn named(&self, name: &str) -> Option<usize> {
        let at = self.model.property(name)?;
        self.reader.sees(&self.model.properties[at]).then_some(at)
    }

    /// A relation, by its name.
    fn relation(&self, place: &str, name: &str) -> Result<(usize, &RelationNode)> {
        let Some(at) = self.model.relation(name) else {
            let hint = did_you_mean(name, self.model.relations.iter().map(|relation| &*relation.name));
            // LoopBack's words.
            let message = format!("Relation \"{name}\" is not defined for {} model (`{place}`){hint}", self.model.name);
            return Err(invalid(message).with_code("INVALID_INCLUDE"));
        };
        let relation = &self.model.relations[at];
        if relation.disable_include && self.reader != Reader::Application {
            let message = format!("the relation `{name}` of {} cannot be included", self.model.name);
            return Err(Error::new(403, message).with_code("INCLUDE_DISABLED"));
        }
        Ok((at, relation))
    }

    fn include(&self, include: Include) -> Result<FoundInclude> {
        let (at, relation) = self.relation("include", &include.relation)?;
        let reader = self.reader.included();
        if relation.is_to_any() {
            // Each row may lead to another model: what does not depend on one is all that can be asked for.
            let scope = include.scope;
            if scope != Filter::default() {
                return Err(invalid(format!(
                    "the relation `{}` of {} is polymorphic: it can be included as it is, without a scope",
                    relation.name, self.model.name
                ))
                .with_code("INVALID_INCLUDE"));
            }
            return Ok(FoundInclude { relation: at, query: Query::default(), of_any: Vec::new() });
        }
        let query = resolve_scope(&relation.target(), include.scope, reader)?;
        Ok(FoundInclude { relation: at, query, of_any: Vec::new() })
    }

    /// A condition on related rows.
    fn related(&self, name: &str, condition: Where) -> Result<Condition> {
        if self.depth == MAX_RELATIONS {
            return Err(invalid(format!("`where` goes over more than {MAX_RELATIONS} relations, one after the other")));
        }
        let (at, relation) = self.relation("where", name)?;
        let target = relation.target();
        if relation.is_to_any() || relation.kind == RelationKind::EmbedsMany {
            let what = if relation.is_to_any() { "polymorphic" } else { "a list inside the row" };
            return Err(invalid(format!(
                "`where` cannot go over the relation `{name}` of {}: it is {what}",
                self.model.name
            )));
        }
        let inner = Resolver { model: &target, reader: self.reader.included(), depth: self.depth + 1 };
        let condition = inner.condition(condition)?;
        if relation.kind == RelationKind::EmbedsOne {
            if condition.is_near() || condition.is_related() {
                return Err(invalid(format!(
                    "`where` cannot go over the relation `{name}` of {} by a distance or by related rows: \
                     it is stored inside the row",
                    self.model.name
                )));
            }
            let name = |at: usize| target.properties[at].name.to_string();
            return Ok(inside(relation.from, &name, condition));
        }
        self.stays(relation, &target)?;
        Ok(Condition::Related(Box::new(Related {
            relation: at,
            some: true,
            condition: Some(condition),
            between: None,
        })))
    }

    /// A condition over a relation is one question to one data source.
    fn stays(&self, relation: &RelationNode, target: &ModelNode) -> Result<()> {
        if self.model.data_source == target.data_source {
            return Ok(());
        }
        Err(invalid(format!(
            "`where` cannot go over the relation `{}` of {}: {} is served from another data source",
            relation.name, self.model.name, target.name
        )))
    }

    /// Hidden properties are unknown to a client, also in the hint.
    fn unknown(&self, place: &str, name: &str) -> Error {
        let visible = self.model.named().filter(|(_, p)| self.reader.sees(p)).map(|(_, p)| &*p.name);
        // Conditions go over relations too.
        let relations = self.model.relations.iter().filter(|_| place == "where").map(|relation| &*relation.name);
        let hint = did_you_mean(name, visible.chain(relations));
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
        // A list has no fields of its own that could be looked up.
        if matches!(self.model.properties[column.at].kind, Kind::Array(_)) && !column.path.is_empty() {
            return Err(invalid(format!("`{place}` cannot go into `{head}` of {}: it is an array", self.model.name)));
        }
        if let Kind::Object(object) = &self.model.properties[column.at].kind {
            known_path(object, &column.path, self.reader).map_err(|hint| {
                invalid(format!("`{place}` names an unknown key in `{name}` of {}{hint}", self.model.name))
            })?;
        }
        if column.path.len() > MAX_PATH {
            return Err(invalid(format!("`{place}` names a place more than {MAX_PATH} keys deep in `{head}`")));
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

    /// The relation that a name with dots begins with: `reviews.stars`.
    fn over<'n>(&self, name: &'n str) -> Option<&'n str> {
        let (head, _) = name.split_once('.')?;
        (self.named(head).is_none() && self.model.relation(head).is_some()).then_some(head)
    }

    /// `reviews.stars`, and `reviews: null` for a row without any.
    fn over_relation(&self, property: &str, operator: Operator, value: &Json) -> Result<Option<Condition>> {
        let (head, rest) = property.split_once('.').map_or((property, None), |(head, rest)| (head, Some(rest)));
        if self.named(head).is_some() || self.model.relation(head).is_none() {
            return Ok(None);
        }
        if let Some(rest) = rest {
            let inner = Where::Compare { property: rest.to_owned(), operator, value: value.clone() };
            return self.related(head, inner).map(Some);
        }
        let (at, relation) = self.relation("where", head)?;
        let some = match (operator, value) {
            (Operator::Eq, Json::Null) => false,
            (Operator::Neq, Json::Null) => true,
            _ => {
                return Err(invalid(format!(
                    "`where.{head}`: a relation is compared with null, or with a condition on its rows: \
                     {{\"{head}\": {{\"property\": \"value\"}}}}"
                )));
            }
        };
        Ok(Some(match relation.kind {
            RelationKind::EmbedsOne | RelationKind::EmbedsMany | RelationKind::BelongsTo => {
                Condition::Null(relation.from.into(), !some)
            }
            _ => {
                if !relation.is_to_any() {
                    self.stays(relation, &relation.target())?;
                }
                Condition::Related(Box::new(Related { relation: at, some, condition: None, between: None }))
            }
        }))
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
            Where::Related { relation, condition, unknown } => {
                if self.model.relation(&relation).is_some() {
                    return self.related(&relation, *condition);
                }
                // `books.comments: {"stars": 5}`
                if let Some((head, rest)) = relation.split_once('.')
                    && self.named(head).is_none()
                    && self.model.relation(head).is_some()
                {
                    let inner = Where::Related { relation: rest.to_owned(), condition, unknown };
                    return self.related(head, inner);
                }
                // No relation, so a property; and then the word is no operator.
                self.column("where", &relation)?;
                return Err(invalid(if ["minDistance", "maxDistance", "unit"].contains(&unknown.as_str()) {
                    format!("the condition of `{relation}` has `{unknown}` without `near`")
                } else {
                    let hint = did_you_mean(&unknown, Operator::names().chain(["near"]));
                    format!("the condition of `{relation}` has an unknown operator `{unknown}`{hint}")
                }));
            }
            Where::Together(list) => match list.first().and_then(|first| self.over(property_of(first)?)) {
                Some(head) => {
                    let head = head.to_owned();
                    self.related(&head, Where::Together(list.into_iter().map(further).collect()))?
                }
                None => self.condition(Where::And(list))?,
            },
            Where::Near { property, near, min_distance, max_distance, unit } => {
                if let Some(head) = self.over(&property) {
                    let rest = property[head.len() + 1..].to_owned();
                    let inner = Where::Near { property: rest, near, min_distance, max_distance, unit };
                    return self.related(head, inner);
                }
                let column = self.column("where", &property)?;
                let comparing = Nearing { model: self.model, name: &property, column };
                comparing.condition(&near, min_distance, max_distance, unit)?
            }
            Where::Compare { property, operator, value } => {
                if let Some(condition) = self.over_relation(&property, operator, &value)? {
                    return Ok(condition);
                }
                let column = self.column("where", &property)?;
                Comparing { model: self.model, name: &property, column, operator }.condition(value)?
            }
        })
    }
}

/// Relations that a condition goes over in all: with each, databases have more orders to choose from in which they could
/// go through the tables. PostgreSQL takes minutes to plan some hundreds.
const MAX_RELATED: usize = 20;

fn counted(condition: Condition) -> Result<Condition> {
    if condition.relations() > MAX_RELATED {
        return Err(invalid(format!("`where` goes over more than {MAX_RELATED} relations")));
    }
    Ok(condition)
}

/// Keys that lead to a place inside JSON; PostgreSQL's stack ends before six thousand.
const MAX_PATH: usize = 100;

/// The property that a comparison is about.
fn property_of(condition: &Where) -> Option<&str> {
    match condition {
        Where::Compare { property, .. } | Where::Near { property, .. } => Some(property),
        _ => None,
    }
}

/// The same comparison, seen from the rows of the relation that its property begins with.
fn further(mut condition: Where) -> Where {
    if let Where::Compare { property, .. } | Where::Near { property, .. } = &mut condition
        && let Some((_, rest)) = property.split_once('.')
    {
        *property = rest.to_owned();
    }
    condition
}

/// Whether the fields of a nested object lead along a path; else a hint.
fn known_path(object: &ObjectNode, path: &[String], reader: Reader) -> Result<(), String> {
    let Some((key, rest)) = path.split_first() else { return Ok(()) };
    let mut fields = object.fields.iter().filter(|field| reader == Reader::Application || !field.hidden);
    match fields.clone().find(|field| *field.name == **key) {
        None => Err(did_you_mean(key, fields.by_ref().map(|field| &*field.name))),
        Some(field) => match &field.kind {
            Kind::Object(inner) => known_path(inner, rest, reader),
            Kind::Any | Kind::GeoPoint | Kind::Array(_) => Ok(()),
            _ if rest.is_empty() => Ok(()),
            other => Err(format!("; `{key}` is {}", other.describe())),
        },
    }
}
