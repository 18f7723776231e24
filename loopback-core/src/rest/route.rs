//! A verb and a path to a remote method of the graph.

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::graph::{Graph, MethodNode, ModelNode, Operation, Route, Segment, Verb};
use axum::http::Method;
use std::borrow::Cow;
use std::sync::Arc;

/// What a path leads to.
pub(super) struct Found<'g, 'p> {
    pub(super) model: &'g Arc<ModelNode>,
    pub(super) method: &'g MethodNode,
    /// The index of the method.
    pub(super) at: usize,
    pub(super) route: &'g Route,
    /// The parameters of the path, when the method is one of the application's own.
    pub(super) params: Vec<(&'g str, Cow<'p, str>)>,
    pub(super) id: Option<Cow<'p, str>>,
    pub(super) foreign_key: Option<Cow<'p, str>>,
    /// The way from the model that the path begins with to the one whose method it is.
    pub(super) hops: Vec<Hop<'g, 'p>>,
}

impl Found<'_, '_> {
    /// The template of the path, `/api/Customers/{id}/orders`. Of nested relations only the first is named: there are too
    /// many ways through them to count each.
    pub(super) fn template(&self, root: &str) -> String {
        let mut text = root.trim_end_matches('/').to_owned();
        match self.hops.first() {
            Some(hop) => {
                text.push_str(&hop.model.path);
                text.push_str("/{id}/");
                text.push_str(&hop.model.relations[hop.relation].name);
                text.push_str("/..");
            }
            None => text.push_str(&self.model.path),
        }
        for segment in self.route.segments.iter() {
            text.push('/');
            match segment {
                Segment::Literal(word) => text.push_str(word),
                Segment::Param(name) => {
                    text.push('{');
                    text.push_str(name);
                    text.push('}');
                }
            }
        }
        text
    }

    /// Puts the id of the caller where a path has the word for it: `/Customers/me`.
    ///
    /// # Errors
    /// 401: nobody of that model has logged in.
    pub(super) fn name_the_caller(&mut self, cx: &Ctx, literal: Option<&str>) -> Result<()> {
        let Some(literal) = literal else { return Ok(()) };
        let first = self.hops.first_mut().map(|hop| (hop.model, &mut hop.id));
        let (model, id) = match (first, &mut self.id) {
            (Some((model, id)), _) => (model, id),
            (None, Some(id)) => (self.model, id),
            (None, None) => return Ok(()),
        };
        if model.user.is_none() || **id != *literal {
            return Ok(());
        }
        let own = cx.caller().filter(|caller| caller.user_model.as_deref().is_none_or(|own| *own == *model.name));
        let user = own.and_then(|caller| caller.user.as_ref()).ok_or_else(Error::authorization_required)?;
        *id = Cow::Owned(crate::access::text(user));
        Ok(())
    }
}

/// `/1/products/3` of a path: from an instance over a relation to another.
pub(super) struct Hop<'g, 'p> {
    pub(super) model: &'g Arc<ModelNode>,
    pub(super) relation: usize,
    pub(super) id: Cow<'p, str>,
}

/// Relations that a path may follow: more than any client has use for, and few enough for the stack of a database.
const MAX_HOPS: usize = 8;

/// The method that serves a path below the REST root.
///
/// # Errors
/// 404 in LoopBack's words; 400 for a path that is not UTF-8.
pub(super) fn find<'g, 'p>(
    graph: &'g Graph,
    method: &Method,
    verb: Option<Verb>,
    path: &'p str,
) -> Result<Found<'g, 'p>> {
    let nothing = || {
        let path = if path.is_empty() { "/" } else { path };
        Error::no_such_method(format!("There is no method to handle {method} {path}"))
    };
    let path = path.strip_suffix('/').unwrap_or(path);
    let (model, rest) = graph.route(path).ok_or_else(nothing)?;
    let no_method = || {
        let rest = if rest.is_empty() { "/" } else { rest };
        Error::no_such_method(format!("Shared class \"{}\" has no method handling {method} {rest}", model.name))
    };
    let verb = verb.ok_or_else(no_method)?;
    let parts = parts(rest);
    let (model, hops, parts) = hops(graph, model, verb, &parts)?;
    let found = matching(model, verb, parts)
        .filter(|found| hops.is_empty() || matches!(found.method.operation, Operation::Relation(..)))
        .ok_or_else(no_method)?;
    let id = found.id.map(decoded).transpose()?;
    let foreign_key = found.key.map(decoded).transpose()?;
    let Matching { method, place: (at, route), .. } = found;
    let mut params = Vec::new();
    if method.custom.is_some() {
        for (segment, part) in method.routes[route].segments.iter().zip(parts) {
            if let Segment::Param(name) = segment {
                params.push((&**name, decoded(part)?));
            }
        }
    }
    Ok(Found { model, method, at, route: &method.routes[route], params, id, foreign_key, hops })
}

/// The parts of a path. Of one that has more than any route could have, so many that nothing matches it.
fn parts(rest: &str) -> Vec<&str> {
    rest.split('/').skip(1).take(2 * MAX_HOPS + 6).collect()
}

/// Follows nested relations as long as the path has more parts than a route.
fn hops<'g, 'p, 'l>(
    graph: &'g Graph,
    mut model: &'g Arc<ModelNode>,
    verb: Verb,
    mut parts: &'l [&'p str],
) -> Result<(&'g Arc<ModelNode>, Vec<Hop<'g, 'p>>, &'l [&'p str])> {
    let mut hops = Vec::new();
    // A method of the application's own may have as long a path.
    if parts.len() > 3 && matching(model, verb, parts).is_some_and(|found| found.method.custom.is_some()) {
        return Ok((model, hops, parts));
    }
    while let [id, name, _, next, ..] = parts
        && hops.len() < MAX_HOPS
    {
        let relations = model.relations.iter();
        let found =
            relations.enumerate().find(|(_, relation)| relation.nest && relation.name.eq_ignore_ascii_case(name));
        let Some((relation, node)) = found else { break };
        let Some(target) = graph.model(&node.target().name) else { break };
        // `/1/products/rel/3` links a product; a relation of the target's that is named as the last part wins.
        if !target.relations.iter().any(|relation| relation.name.eq_ignore_ascii_case(next)) {
            break;
        }
        hops.push(Hop { model, relation, id: decoded(id)? });
        (model, parts) = (target, &parts[2..]);
    }
    Ok((model, hops, parts))
}

/// The verbs that a path has, for `Allow`; `None`: it has none.
pub(super) fn allowed(graph: &Graph, path: &str) -> Option<String> {
    let (model, rest) = graph.route(path.strip_suffix('/').unwrap_or(path))?;
    let parts = parts(rest);
    let has = |verb: &Verb| {
        let Ok((model, hops, parts)) = hops(graph, model, *verb, &parts) else { return false };
        let found = matching(model, *verb, parts);
        found.is_some_and(|found| hops.is_empty() || matches!(found.method.operation, Operation::Relation(..)))
    };
    let names: Vec<&str> = Verb::ALL.into_iter().filter(has).map(Verb::as_str).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

struct Matching<'g, 'p> {
    method: &'g MethodNode,
    id: Option<&'p str>,
    /// The foreign key.
    key: Option<&'p str>,
    /// The method and its route, by their indexes.
    place: (usize, usize),
}

/// What serves a verb. GET serves HEAD where nothing serves HEAD itself.
fn matching<'g, 'p>(model: &'g ModelNode, verb: Verb, parts: &[&'p str]) -> Option<Matching<'g, 'p>> {
    let found = matching_verb(model, verb, parts);
    if verb != Verb::Head {
        return found;
    }
    let words = |found: &Matching<'_, '_>| {
        let (_, route) = found.place;
        found.method.routes[route].segments.iter().map(|s| matches!(s, Segment::Literal(_))).collect::<Vec<_>>()
    };
    // `HEAD /count` is no question for the row with the id `count`: the path with more words is the one that is meant.
    match (found, matching_verb(model, Verb::Get, parts)) {
        (Some(head), Some(get)) => Some(if words(&get) > words(&head) { get } else { head }),
        (head, get) => head.or(get),
    }
}

fn matching_verb<'g, 'p>(model: &'g ModelNode, verb: Verb, parts: &[&'p str]) -> Option<Matching<'g, 'p>> {
    'routes: for place @ (m, r) in model.routes.get(parts.len())? {
        let method = &model.methods[*m];
        let route = &method.routes[*r];
        if route.verb != verb {
            continue;
        }
        let (mut id, mut key) = (None, None);
        for (segment, part) in route.segments.iter().zip(parts) {
            match segment {
                Segment::Literal(word) if word.eq_ignore_ascii_case(part) => {}
                Segment::Param(_) if part.is_empty() => continue 'routes,
                Segment::Param(name) if name == "fk" => key = Some(*part),
                Segment::Param(name) if name == "id" => id = Some(*part),
                Segment::Param(_) => {}
                Segment::Literal(_) => continue 'routes,
            }
        }
        return Some(Matching { method, id, key, place: *place });
    }
    None
}

fn decoded(part: &str) -> Result<Cow<'_, str>> {
    if !part.contains('%') {
        return Ok(Cow::Borrowed(part));
    }
    let malformed = || Error::bad_request(format!("Failed to decode param '{part}'")).with_name("URIError");
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).ok_or_else(malformed)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(malformed());
        }
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| malformed())?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn ids_are_decoded_or_refused() {
        assert_eq!(decoded("a%20b").unwrap(), "a b");
        assert_eq!(decoded("%E2%82%AC").unwrap(), "€");
        for bad in ["%", "%2", "%zz", "%+1", "%ff"] {
            assert_eq!(decoded(bad).unwrap_err().status(), 400, "{bad}");
        }
    }
}
