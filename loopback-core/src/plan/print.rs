//! A plan as LoopBack's JSON: what a hook reads as `ctx.query` and `ctx.where`. [`resolve`](super::resolve_where) reads
//! it back.

use super::{Column, Comparison, Condition, FreeFields, Near, Query};
use crate::graph::ModelNode;
use crate::value::Unit;
use serde_json::{Map, Value as Json, json};

/// A condition as `where`; `{}` for all rows. What has no form there, a link that a relation follows, is left out:
/// [`fixed`] has it.
pub(crate) fn where_json(model: &ModelNode, condition: Option<&Condition>) -> Json {
    match condition {
        None | Some(Condition::Constant(true)) => json!({}),
        Some(condition) => print(model, condition).unwrap_or_else(|| json!({})),
    }
}

/// A query as a filter.
pub(crate) fn filter_json(model: &ModelNode, query: &Query) -> Json {
    let mut map = Map::new();
    if query.condition.is_some() {
        map.insert("where".into(), where_json(model, query.condition.as_ref()));
    }
    if !query.order.is_empty() {
        let orders = query.order.iter().map(|order| {
            let direction = if order.descending { "DESC" } else { "ASC" };
            Json::from(format!("{} {direction}", model.properties[order.at].name))
        });
        map.insert("order".into(), orders.collect());
    }
    for (key, value) in [("limit", query.limit), ("skip", query.skip)] {
        if let Some(value) = value {
            map.insert(key.into(), value.into());
        }
    }
    if let Some(fields) = &query.fields {
        let named = fields.columns.iter().filter(|at| Some(**at) != model.free);
        let mut names: Vec<Json> = named.map(|at| Json::from(&*model.properties[*at].name)).collect();
        if let FreeFields::Only(free) = &fields.free {
            names.extend(free.iter().map(|name| Json::from(name.as_str())));
        }
        let none = names.is_empty();
        // An empty list would be all of them.
        let without = || model.named().map(|(_, property)| (property.name.to_string(), Json::from(false))).collect();
        map.insert("fields".into(), if none { Json::Object(without()) } else { names.into() });
    }
    if !query.include.is_empty() {
        let includes = query.include.iter().map(|include| {
            let relation = &model.relations[include.relation];
            if relation.is_to_any() || include.query == Query::default() {
                return Json::from(&*relation.name);
            }
            json!({ "relation": &*relation.name, "scope": filter_json(&relation.target(), &include.query) })
        });
        map.insert("include".into(), includes.collect());
    }
    Json::Object(map)
}

/// The conditions that no hook takes away.
pub(crate) fn fixed(condition: Option<Condition>) -> Option<Condition> {
    match condition? {
        Condition::And(list) => list.into_iter().filter_map(|one| fixed(Some(one))).reduce(Condition::and),
        kept @ (Condition::LinkedTo(_) | Condition::Fixed(_)) => Some(kept),
        _ => None,
    }
}

fn print(model: &ModelNode, condition: &Condition) -> Option<Json> {
    let list = |list: &[Condition]| list.iter().filter_map(|one| print(model, one)).collect::<Vec<_>>();
    let named = |column: &Column, value: Json| {
        let mut name = model.properties[column.at].name.to_string();
        for key in &column.path {
            name.push('.');
            name.push_str(key);
        }
        if Some(column.at) == model.free {
            name = column.path.join(".");
        }
        Some(json!({ name: value }))
    };
    // A condition inside another cannot be `{}`.
    let all = || named(&model.id.into(), json!({ "nin": [] }));
    let none = || named(&model.id.into(), json!({ "inq": [] }));
    match condition {
        Condition::And(parts) if parts.is_empty() => all(),
        Condition::And(parts) => {
            let parts = list(parts);
            (!parts.is_empty()).then(|| json!({ "and": parts }))
        }
        Condition::Or(parts) if parts.is_empty() => none(),
        Condition::Or(parts) => Some(json!({ "or": list(parts) })),
        Condition::Compare(column, comparison, value) => {
            let value = value.to_json();
            let operator = match comparison {
                Comparison::Eq => return named(column, value),
                Comparison::Ne => "neq",
                Comparison::Gt => "gt",
                Comparison::Gte => "gte",
                Comparison::Lt => "lt",
                Comparison::Lte => "lte",
            };
            named(column, json!({ operator: value }))
        }
        Condition::Null(column, true) => named(column, Json::Null),
        Condition::Null(column, false) => named(column, json!({ "neq": null })),
        Condition::In(column, inside, values) => {
            let values: Vec<Json> = values.iter().map(crate::value::Value::to_json).collect();
            named(column, json!({ if *inside { "inq" } else { "nin" }: values }))
        }
        Condition::Between(column, low, high) => named(column, json!({ "between": [low.to_json(), high.to_json()] })),
        Condition::Not(inner) => Some(json!({ "nor": [print(model, inner)?] })),
        Condition::Like(column, is, pattern) => named(column, json!({ if *is { "like" } else { "nlike" }: pattern })),
        Condition::Ilike(column, is, pattern) => {
            named(column, json!({ if *is { "ilike" } else { "nilike" }: pattern }))
        }
        Condition::Regexp(column, pattern) => named(column, json!({ "regexp": pattern.source() })),
        Condition::Near(near) => named(&near.at.into(), near_json(near)),
        Condition::Constant(true) => all(),
        Condition::Constant(false) => none(),
        Condition::Related(related) => {
            let relation = &model.relations[related.relation];
            let name = &*relation.name;
            let target = relation.target();
            let inner = related.condition.as_ref().filter(|condition| !matches!(condition, Condition::Constant(true)));
            match inner.and_then(|condition| print(&target, condition)) {
                None if related.some => Some(json!({ name: { "neq": null } })),
                None => Some(json!({ name: null })),
                Some(inner) if related.some => Some(json!({ name: inner })),
                Some(inner) => Some(json!({ "nor": [{ name: inner }] })),
            }
        }
        Condition::Fixed(condition) => print(model, condition),
        Condition::LinkedTo(_) => None,
    }
}

fn near_json(near: &Near) -> Json {
    let mut json = json!({ "near": { "lat": near.from.lat, "lng": near.from.lng } });
    for (key, angle) in [("maxDistance", near.max), ("minDistance", near.min)] {
        if let Some(angle) = angle {
            json[key] = angle.into();
            json["unit"] = Unit::Radians.name().into();
        }
    }
    json
}
