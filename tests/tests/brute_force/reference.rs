//! Filters on rows in memory, in plain Rust: what every database has to answer.

use super::cells::{Cell, Point, angle_of};
use super::schema::{self, Kind, Model, Relation, Seen, Way};
use serde_json::{Map, Value as Json, json};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

pub type Row = Map<String, Json>;

/// All rows: of each model in the order of their ids, of the tables between in the order in which they were made.
#[derive(Debug)]
pub struct World {
    pub models: Vec<Model>,
    pub tables: BTreeMap<&'static str, Vec<Row>>,
}

/// A filter with what the model and the relation add to it.
struct Query<'f> {
    /// All of them have to hold.
    conditions: Vec<&'f Json>,
    order: Vec<(&'f str, bool)>,
    limit: Option<usize>,
    skip: usize,
    fields: Fields<'f>,
    include: Vec<(&'f str, Cow<'f, Json>)>,
}

enum Fields<'f> {
    All,
    Only(Vec<&'f str>),
    Except(Vec<&'f str>),
}

/// Where an answer stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is the whole answer.
    Top,
    /// In another model's answer.
    Included,
    /// It is, or was, stored in another row: what has no value is not there.
    Embedded,
}

const NONE: &Json = &Json::Null;

fn get<'r>(row: &'r Row, name: &str) -> &'r Json {
    row.get(name).unwrap_or(NONE)
}

impl World {
    pub fn model(&self, name: &str) -> &Model {
        schema::model(&self.models, name)
    }

    pub fn rows(&self, name: &str) -> &[Row] {
        self.tables.get(name).map_or(&[], Vec::as_slice)
    }

    // ---- the endpoints ------------------------------------------------------------------------------------------

    /// `GET /Models?filter=`
    pub fn find(&self, model: &Model, filter: &Json) -> Json {
        let query = self.query(model, None, filter, true);
        let rows = self.select(model, self.rows(model.name).iter().collect(), &query, false);
        self.answers(model, &rows, &query, Place::Top, None)
    }

    /// `GET /Models/count?where=`
    pub fn count(&self, model: &Model, condition: &Json) -> usize {
        let filter = json!({ "where": condition });
        let mut query = self.query(model, None, &filter, false);
        (query.limit, query.skip) = (None, 0);
        self.select(model, self.rows(model.name).iter().collect(), &query, false).len()
    }

    /// `GET /Models/id?filter=`; none: 404.
    pub fn find_by_id(&self, model: &Model, id: &Json, filter: &Json) -> Option<Json> {
        let query = self.query(model, None, filter, false);
        let rows = self.select(model, self.by_key(model, model.id, id), &query, false);
        first(self.answers(model, &rows, &query, Place::Top, None))
    }

    /// `GET /Models/id/relation?filter=`; none: 404.
    pub fn find_related(&self, model: &Model, id: &Json, relation: &Relation, filter: &Json) -> Option<Json> {
        let (target, rows) = self.related_to(model, id, relation)?;
        let query = self.query(target, Some(relation), filter, !relation.way.is_embedded());
        let rows = self.select(target, rows, &query, relation.way.is_embedded());
        let place = if relation.way.is_embedded() { Place::Embedded } else { Place::Top };
        let answers = self.answers(target, &rows, &query, place, None);
        if relation.way.is_to_one() { first(answers) } else { Some(answers) }
    }

    /// `GET /Models/id/relation/count?where=`; none: 404.
    pub fn count_related(&self, model: &Model, id: &Json, relation: &Relation, condition: &Json) -> Option<usize> {
        let (target, rows) = self.related_to(model, id, relation)?;
        let filter = json!({ "where": condition });
        let mut query = self.query(target, Some(relation), &filter, false);
        (query.limit, query.skip) = (None, 0);
        Some(self.select(target, rows, &query, relation.way.is_embedded()).len())
    }

    fn related_to(&self, model: &Model, id: &Json, relation: &Relation) -> Option<(&Model, Vec<&Row>)> {
        let query = self.query(model, None, NONE, false);
        let source = *self.select(model, self.by_key(model, model.id, id), &query, false).first()?;
        self.related(relation, model, source)
    }

    fn by_key(&self, model: &Model, property: &str, key: &Json) -> Vec<&Row> {
        self.rows(model.name).iter().filter(|row| !key.is_null() && get(row, property) == key).collect()
    }

    /// The rows that a row is related to, in the order that they have when the query has none, and nothing left out. Of a
    /// polymorphic relation that leads nowhere: none.
    fn related<'w>(&'w self, relation: &Relation, model: &Model, row: &'w Row) -> Option<(&'w Model, Vec<&'w Row>)> {
        let id = get(row, model.id);
        if let Way::BelongsToAny { from, kind } = relation.way {
            let name = get(row, kind).as_str()?;
            let target = self.models.iter().find(|model| model.name == name)?;
            return Some((target, self.by_key(target, target.id, get(row, from))));
        }
        let target = self.model(relation.target);
        let rows = match relation.way {
            Way::BelongsToAny { .. } => Vec::new(),
            Way::BelongsTo { from } => self.by_key(target, target.id, get(row, from)),
            Way::HasOne { to } | Way::HasMany { to } => self.by_key(target, to, id),
            Way::HasAny { to, kind } => {
                let mut rows = self.by_key(target, to, id);
                rows.retain(|row| get(row, kind) == model.name);
                rows
            }
            Way::Through { between, from, to } => {
                let mut keys: Vec<&Json> = Vec::new();
                for link in self.rows(between).iter().filter(|link| get(link, from) == id) {
                    if !keys.contains(&get(link, to)) {
                        keys.push(get(link, to));
                    }
                }
                keys.into_iter().flat_map(|key| self.by_key(target, target.id, key)).collect()
            }
            Way::References { from } => {
                let keys = get(row, from).as_array().map_or(&[][..], Vec::as_slice);
                self.rows(target.name).iter().filter(|row| keys.contains(get(row, target.id))).collect()
            }
            Way::EmbedsOne { from } => get(row, from).as_object().into_iter().collect(),
            Way::EmbedsMany { from } => {
                get(row, from).as_array().into_iter().flatten().filter_map(Json::as_object).collect()
            }
        };
        Some((target, rows))
    }

    // ---- which rows ---------------------------------------------------------------------------------------------

    /// A filter, narrowed by the scope of the relation that it goes over, on top of the model's own scope.
    fn query<'f>(
        &'f self,
        model: &'f Model,
        relation: Option<&'f Relation>,
        filter: &'f Json,
        with_limit: bool,
    ) -> Query<'f> {
        let scopes = [relation.and_then(|relation| relation.scope.as_ref()), model.default_scope.as_ref()];
        let all = || std::iter::once(filter).chain(scopes.into_iter().flatten());
        let order = all().map(|filter| order(&filter["order"])).find(|order| !order.is_empty());
        let skip = [&filter["skip"], &filter["offset"]].into_iter().find_map(count);
        Query {
            conditions: all().map(|filter| &filter["where"]).filter(|condition| !condition.is_null()).collect(),
            order: order.unwrap_or_default(),
            limit: count(&filter["limit"]).or(model.default_limit.filter(|_| with_limit)),
            skip: skip.unwrap_or(0),
            fields: fields(&filter["fields"]),
            include: include(&filter["include"]),
        }
    }

    /// The rows that a query finds among these.
    fn select<'r>(&self, model: &Model, rows: Vec<&'r Row>, query: &Query<'_>, stored: bool) -> Vec<&'r Row> {
        let holds = |row: &&Row| query.conditions.iter().all(|condition| self.holds(model, condition, row));
        let mut rows: Vec<&Row> = rows.into_iter().filter(holds).collect();
        let nearest = query.conditions.iter().find_map(|condition| nearest(model, condition));
        if query.order.is_empty()
            && let Some((name, from)) = nearest
        {
            let angle = |row: &Row| Point::read(get(row, name)).map_or(f64::INFINITY, |point| point.angle(from));
            rows.sort_by(|a, b| angle(a).total_cmp(&angle(b)));
        }
        // Ties go the way of the last property; of what is stored in a row they stay as they are.
        if !stored && query.order.last().is_some_and(|(_, descending)| *descending) {
            rows.reverse();
        }
        rows.sort_by(|a, b| {
            let by = query.order.iter().map(|(name, descending)| {
                let kind = kind_of(model, name);
                let by = match (Cell::read(kind, get(a, name)), Cell::read(kind, get(b, name))) {
                    (Cell::Missing, Cell::Missing) => Ordering::Equal,
                    (Cell::Missing, _) => Ordering::Greater,
                    (_, Cell::Missing) => Ordering::Less,
                    (a, b) => a.compare(&b).expect("values of one kind"),
                };
                if *descending { by.reverse() } else { by }
            });
            by.fold(Ordering::Equal, Ordering::then)
        });
        rows.into_iter().skip(query.skip).take(query.limit.unwrap_or(usize::MAX)).collect()
    }

    fn holds(&self, model: &Model, condition: &Json, row: &Row) -> bool {
        let each = |list: &Json, is: bool| {
            let list = list.as_array().expect("a list of conditions");
            // An empty list says nothing.
            (list.is_empty(), list.iter().any(|condition| self.holds(model, condition, row) == is))
        };
        condition.as_object().expect("a condition").iter().all(|(name, with)| match name.as_str() {
            "and" => !each(with, false).1,
            "or" => matches!(each(with, true), (true, _) | (_, true)),
            "nor" => !each(with, true).1,
            name => match (model.property(name), name.split_once('.')) {
                (Some(property), _) => property_meets(property.kind, &[], get(row, name), with),
                (None, Some((head, rest))) => match model.property(head) {
                    Some(property) => {
                        let path: Vec<&str> = rest.split('.').collect();
                        property_meets(property.kind, &path, get(row, head), with)
                    }
                    None => self.some_related(model, head, row, &json!({ rest: with })),
                },
                (None, None) => match there(with) {
                    Some(there) => self.is_there(model, name, row) == there,
                    None => self.some_related(model, name, row, with),
                },
            },
        })
    }

    /// Whether one of the related rows meets a condition, that of the relation's and of the model's scope besides.
    fn some_related(&self, model: &Model, name: &str, row: &Row, condition: &Json) -> bool {
        let relation = model.relation(name).unwrap_or_else(|| panic!("{} has no {name}", model.name));
        let filter = json!({ "where": condition });
        let Some((target, rows)) = self.related(relation, model, row) else { return false };
        if relation.way.is_embedded() && rows.is_empty() {
            // Nothing is stored: the parts of it have no values.
            return self.holds(target, condition, &Row::new());
        }
        let mut query = self.query(target, Some(relation), &filter, false);
        (query.limit, query.skip) = (None, 0);
        !self.select(target, rows, &query, true).is_empty()
    }

    /// Whether anything is related. Of a `belongsTo`, and of what is stored in the row: whether the property has a value.
    fn is_there(&self, model: &Model, name: &str, row: &Row) -> bool {
        let relation = model.relation(name).unwrap_or_else(|| panic!("{} has no {name}", model.name));
        match relation.way {
            Way::BelongsTo { from }
            | Way::BelongsToAny { from, .. }
            | Way::EmbedsOne { from }
            | Way::EmbedsMany { from } => !get(row, from).is_null(),
            _ => self.some_related(model, name, row, &json!({})),
        }
    }

    // ---- what of them -------------------------------------------------------------------------------------------

    fn answers(&self, model: &Model, rows: &[&Row], query: &Query<'_>, place: Place, key: Option<&str>) -> Json {
        rows.iter().map(|row| self.answer(model, row, query, place, key)).collect()
    }

    /// A row, with `key`, the property that has led to it, whatever the fields are.
    fn answer(&self, model: &Model, row: &Row, query: &Query<'_>, place: Place, key: Option<&str>) -> Json {
        let mut answer = Row::new();
        for property in &model.properties {
            let seen = match property.seen {
                Seen::Always => true,
                Seen::Protected => place == Place::Top,
                Seen::Never => false,
            };
            let named = match &query.fields {
                Fields::All => true,
                Fields::Only(names) => names.contains(&property.name),
                Fields::Except(names) => !names.contains(&property.name),
            };
            let value = get(row, property.name);
            if seen && (named || key == Some(property.name)) && !(place == Place::Embedded && value.is_null()) {
                answer.insert(property.name.to_owned(), value.clone());
            }
        }
        for (name, scope) in &query.include {
            let relation = model.relation(name).unwrap_or_else(|| panic!("{} has no {name}", model.name));
            let related = self.included(model, row, relation, scope);
            match (relation.way.is_to_one(), related) {
                // A single row that is not there is left out.
                (true, related) => answer.extend(first(related).map(|one| (relation.name.to_owned(), one))),
                (false, related) => {
                    answer.insert(relation.name.to_owned(), related);
                }
            }
        }
        Json::Object(answer)
    }

    fn included(&self, model: &Model, row: &Row, relation: &Relation, scope: &Json) -> Json {
        let Some((target, rows)) = self.related(relation, model, row) else { return json!([]) };
        let query = self.query(target, Some(relation), scope, false);
        let rows = self.select(target, rows, &query, relation.way.is_embedded());
        let key = match relation.way {
            Way::BelongsTo { .. } | Way::BelongsToAny { .. } | Way::References { .. } => Some(target.id),
            Way::HasOne { to } | Way::HasMany { to } | Way::HasAny { to, .. } => Some(to),
            Way::Through { .. } | Way::EmbedsOne { .. } | Way::EmbedsMany { .. } => None,
        };
        let place = if relation.way.is_embedded() { Place::Embedded } else { Place::Included };
        self.answers(target, &rows, &query, place, key)
    }
}

fn first(list: Json) -> Option<Json> {
    match list {
        Json::Array(list) => list.into_iter().next(),
        _ => None,
    }
}

fn kind_of(model: &Model, name: &str) -> Kind {
    model.property(name).unwrap_or_else(|| panic!("{} has no {name}", model.name)).kind
}

/// The point that orders the rows: that of a `near` which every row has to meet.
fn nearest<'f>(model: &Model, condition: &'f Json) -> Option<(&'f str, Point)> {
    condition.as_object()?.iter().find_map(|(name, with)| match name.as_str() {
        "and" => with.as_array()?.iter().find_map(|condition| nearest(model, condition)),
        name => match model.property(name) {
            Some(_) => Some((name, Point::read(with.get("near")?)?)),
            None => None,
        },
    })
}

/// Whether it asks for anything, or for nothing to be there.
fn there(with: &Json) -> Option<bool> {
    match with {
        Json::Null => Some(false),
        with if *with == json!({ "eq": null }) => Some(false),
        with if *with == json!({ "neq": null }) => Some(true),
        _ => None,
    }
}

fn property_meets(kind: Kind, path: &[&str], value: &Json, with: &Json) -> bool {
    let place = path.iter().try_fold(value, |json, key| json.as_object()?.get(*key)).unwrap_or(NONE);
    let read = |json: &Json| if path.is_empty() { Cell::read(kind, json) } else { Cell::loose(json) };
    let cell = read(place);
    let Some(operators) = with.as_object() else { return cell.meets("eq", with, &read) };
    operators.iter().all(|(operator, with)| match operator.as_str() {
        "maxDistance" | "minDistance" | "unit" => true,
        "near" => {
            let from = Point::read(with).expect("a point");
            let bound = |name: &str| operators.get(name).map(|d| angle_of(d, operators.get("unit").unwrap_or(NONE)));
            Point::read(place).is_some_and(|point| {
                let angle = point.angle(from);
                bound("maxDistance").is_none_or(|max| angle <= max)
                    && bound("minDistance").is_none_or(|min| angle >= min)
            })
        }
        operator => cell.meets(operator, with, &read),
    })
}

fn count(json: &Json) -> Option<usize> {
    match json {
        Json::String(text) => text.parse().ok(),
        other => other.as_u64().and_then(|n| usize::try_from(n).ok()),
    }
}

fn order(json: &Json) -> Vec<(&str, bool)> {
    let parts: Vec<&str> = match json {
        Json::String(text) => vec![text],
        Json::Array(list) => list.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    let parts = parts.into_iter().flat_map(|part| part.split(','));
    let term = |part: &'_ str| part.trim().len() > "desc".len() && part.trim().to_lowercase().ends_with(" desc");
    parts.map(|part| (part.split_whitespace().next().unwrap_or_default(), term(part))).collect()
}

fn fields(json: &Json) -> Fields<'_> {
    match json {
        Json::String(name) => Fields::Only(vec![name]),
        Json::Array(list) if !list.is_empty() => Fields::Only(list.iter().filter_map(Json::as_str).collect()),
        Json::Object(map) if !map.is_empty() => {
            let of = |is: bool| map.iter().filter(|(_, v)| **v == is).map(|(k, _)| k.as_str()).collect::<Vec<_>>();
            if of(true).is_empty() { Fields::Except(of(false)) } else { Fields::Only(of(true)) }
        }
        _ => Fields::All,
    }
}

/// Relations and their scopes; `{"reviews": "author"}` stands for a scope with an include.
fn include(json: &Json) -> Vec<(&str, Cow<'_, Json>)> {
    match json {
        Json::String(name) => vec![(name, Cow::Borrowed(NONE))],
        Json::Array(list) => list.iter().flat_map(include).collect(),
        Json::Object(map) => match map.get("relation").and_then(Json::as_str) {
            Some(name) => vec![(name, Cow::Borrowed(map.get("scope").unwrap_or(NONE)))],
            None => map.iter().map(|(name, inner)| (name.as_str(), Cow::Owned(json!({ "include": inner })))).collect(),
        },
        _ => Vec::new(),
    }
}
