//! Scopes: the query that every query of a model starts from, and the conditions that relations bring along.

use crate::graph::ModelNode;
use crate::plan::{Condition, Query, Related};
use std::borrow::Cow;

/// The query with the model's default scope, and with the scopes of the relations that its conditions go over.
///
/// The scope's condition holds besides the query's; its order and limit stand in where the query has none.
pub(super) fn scoped<'q>(model: &ModelNode, query: &'q Query) -> Cow<'q, Query> {
    if model.default_scope.is_none() && query.condition.as_ref().is_none_or(|condition| !condition.is_related()) {
        return Cow::Borrowed(query);
    }
    let mut query = query.clone();
    query.condition = condition(model, query.condition.take());
    if let Some(scope) = &model.default_scope {
        if query.order.is_empty() {
            query.order.clone_from(&scope.order);
        }
        query.limit = query.limit.or(scope.limit);
        query.skip = query.skip.or(scope.skip);
    }
    Cow::Owned(query)
}

/// The condition with that of the model's default scope, and with the scopes of the relations that it goes over.
pub(super) fn condition(model: &ModelNode, condition: Option<Condition>) -> Option<Condition> {
    let own = condition.map(|condition| over_relations(model, condition));
    let scope = model.default_scope.as_ref().and_then(|scope| scope.condition.clone());
    both(own, scope.map(|scope| over_relations(model, scope).fixed(model)))
}

/// As [`condition`], without a copy where there is nothing to add.
pub(super) fn borrowed<'c>(model: &ModelNode, given: Option<&'c Condition>) -> Option<Cow<'c, Condition>> {
    let plain = model.default_scope.is_none() && given.is_none_or(|condition| !condition.is_related());
    if plain { given.map(Cow::Borrowed) } else { condition(model, given.cloned()).map(Cow::Owned) }
}

/// A query narrowed by another: a named scope, or that of a relation.
pub(crate) fn narrowed(mut query: Query, scope: &Query) -> Query {
    query.condition = both(query.condition.take(), scope.condition.clone());
    if query.order.is_empty() {
        query.order.clone_from(&scope.order);
    }
    query.limit = match (query.limit, scope.limit) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    query.skip = query.skip.or(scope.skip);
    if query.fields.is_none() {
        query.fields.clone_from(&scope.fields);
    }
    for include in &scope.include {
        if !query.include.iter().any(|known| known.relation == include.relation) {
            query.include.push(include.clone());
        }
    }
    query
}

pub(crate) fn both(a: Option<Condition>, b: Option<Condition>) -> Option<Condition> {
    match (a, b) {
        (Some(a), Some(b)) => Some(Condition::And(vec![a, b])),
        (a, b) => a.or(b),
    }
}

/// Related rows are those that their relation and their model let be seen.
pub(crate) fn over_relations(model: &ModelNode, condition: Condition) -> Condition {
    condition.map_related(&|related| {
        let Some(relation) = model.relations.get(related.relation) else { return related };
        let target = relation.target();
        let scope = relation.scope.as_ref().and_then(|scope| scope.condition.clone());
        let between = relation.through.as_ref().and_then(|through| self::condition(&through.model(), None));
        let between = both(related.between, between);
        Related { condition: self::condition(&target, both(related.condition, scope)), between, ..related }
    })
}

/// The values that rows of a scope have: a new row takes them over, as it would not be of the scope otherwise.
pub(crate) fn fixed_values(condition: &Condition) -> Vec<(usize, crate::value::Value)> {
    match condition {
        Condition::And(list) => list.iter().flat_map(fixed_values).collect(),
        Condition::Fixed(condition) => fixed_values(condition),
        Condition::Compare(column, crate::plan::Comparison::Eq, value) if column.path.is_empty() => {
            vec![(column.at, value.clone())]
        }
        _ => Vec::new(),
    }
}
