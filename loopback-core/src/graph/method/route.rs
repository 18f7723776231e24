//! The table of a model's routes.

use super::{MethodNode, Route, Segment};
use crate::graph::{Fault, ModelNode};
use std::collections::HashMap;

/// The routes of a model by the number of their parts, those with words before those with parameters: `/count` is the
/// method, not an id. `(method, route)` by their indexes.
pub(in crate::graph) fn routes(methods: &[MethodNode]) -> Vec<Vec<(usize, usize)>> {
    let mut routes: Vec<Vec<(usize, usize)>> = Vec::new();
    for (m, method) in methods.iter().enumerate() {
        for (r, route) in method.routes.iter().enumerate() {
            let length = route.segments.len();
            if routes.len() <= length {
                routes.resize(length + 1, Vec::new());
            }
            routes[length].push((m, r));
        }
    }
    for list in &mut routes {
        list.sort_by_key(|(m, r)| {
            let segments = methods[*m].routes[*r].segments.iter();
            segments.map(|segment| matches!(segment, Segment::Param(_))).collect::<Vec<_>>()
        });
    }
    routes
}

/// Routes that two methods share, of which one would never be reached. Built-in methods have none in common.
pub(super) fn clashes(model: &ModelNode, methods: &[MethodNode], faults: &mut Vec<Fault>) {
    let mut taken: HashMap<String, &MethodNode> = HashMap::new();
    for method in methods {
        for route in &method.routes {
            let Some(other) = taken.insert(shape(route), method) else { continue };
            let Some(place) = [method, other].iter().find_map(|m| m.custom.as_ref().map(|custom| &custom.location))
            else {
                continue;
            };
            let whose = match &other.custom {
                Some(custom) => format!("`{}` of {}", other.name, custom.location),
                None => format!("the built-in method `{}` (`disable(..)` it to take its place)", other.name),
            };
            faults.push(Fault {
                location: place.to_string(),
                message: format!("{}.{}: `{route}` is the route of {whose}, too", model.name, method.name),
            });
        }
    }
}

/// What two routes that answer the same requests have in common.
fn shape(route: &Route) -> String {
    let mut shape = route.verb.to_string();
    for segment in &*route.segments {
        match segment {
            Segment::Literal(word) => shape.extend(["/", &word.to_lowercase()]),
            Segment::Param(_) => shape.push_str("/{}"),
        }
    }
    shape
}
