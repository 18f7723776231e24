//! Scopes that lead back to themselves.

use crate::graph::{Fault, ModelNode};
use crate::plan::{Condition, Include};

/// Finds them all: a query of such a scope would never be complete.
pub(super) fn circles(models: &[ModelNode], faults: &mut Vec<Fault>) {
    for (at, model) in models.iter().enumerate() {
        if (Circle { models, scopes: Vec::new(), relations: Vec::new() }).model(at) {
            let message = format!("the default scope of {} leads, over relations, back to {0} itself", model.name);
            faults.push(Fault { location: model.location.clone(), message });
        }
        for (i, relation) in model.relations.iter().enumerate() {
            if (Circle { models, scopes: Vec::new(), relations: Vec::new() }).relation(at, i) {
                let message = format!(
                    "{}.{}: the scope of the relation leads back to the relation itself",
                    model.name, relation.name
                );
                faults.push(Fault { location: relation.location.clone(), message });
            }
        }
    }
}

/// Follows scopes; each step tells whether it came to a place that it had begun from.
struct Circle<'m> {
    models: &'m [ModelNode],
    /// Models whose default scopes are being followed.
    scopes: Vec<usize>,
    /// Relations whose scopes are being followed.
    relations: Vec<(usize, usize)>,
}

impl Circle<'_> {
    fn model(&mut self, at: usize) -> bool {
        let Some(condition) = self.models[at].default_scope.as_ref().and_then(|scope| scope.condition.as_ref()) else {
            return false;
        };
        if self.scopes.contains(&at) {
            return true;
        }
        self.scopes.push(at);
        let found = self.condition(at, condition);
        self.scopes.pop();
        found
    }

    fn relation(&mut self, at: usize, relation: usize) -> bool {
        let node = &self.models[at].relations[relation];
        let Some(scope) = &node.scope else { return false };
        if self.relations.contains(&(at, relation)) {
            return true;
        }
        self.relations.push((at, relation));
        let found = scope.condition.as_ref().is_some_and(|condition| self.condition(node.target.at, condition))
            || self.include(node.target.at, &scope.include);
        self.relations.pop();
        found
    }

    fn condition(&mut self, at: usize, condition: &Condition) -> bool {
        match condition {
            Condition::And(list) | Condition::Or(list) => list.iter().any(|item| self.condition(at, item)),
            Condition::Not(condition) => self.condition(at, condition),
            Condition::Related(related) => {
                let Some(relation) = self.models[at].relations.get(related.relation) else { return false };
                let target = relation.target.at;
                related.condition.as_ref().is_some_and(|condition| self.condition(target, condition))
                    || self.relation(at, related.relation)
                    || self.model(target)
            }
            _ => false,
        }
    }

    fn include(&mut self, at: usize, includes: &[Include]) -> bool {
        includes.iter().any(|include| {
            let Some(relation) = self.models[at].relations.get(include.relation) else { return false };
            self.relation(at, include.relation) || self.include(relation.target.at, &include.query.include)
        })
    }
}
