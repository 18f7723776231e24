//! A verb and a path to a remote method of the graph.

use crate::error::{Error, Result};
use crate::graph::{Graph, MethodNode, ModelNode, Segment, Verb};
use axum::http::Method;
use std::borrow::Cow;
use std::sync::Arc;

/// What a path leads to.
pub(super) struct Found<'g, 'p> {
    pub(super) model: &'g Arc<ModelNode>,
    pub(super) method: &'g MethodNode,
    pub(super) id: Option<Cow<'p, str>>,
}

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
    // A path of more parts than any route has needs no look.
    let parts: Vec<&str> = rest.split('/').skip(1).take(4).collect();
    let (found, id) = matching(model, verb, &parts)
        // GET serves HEAD where nothing serves HEAD itself.
        .or_else(|| if verb == Verb::Head { matching(model, Verb::Get, &parts) } else { None })
        .ok_or_else(no_method)?;
    let id = id.map(decoded).transpose()?;
    Ok(Found { model, method: found, id })
}

/// The verbs that a path has, for `Allow`; `None`: it has none.
pub(super) fn allowed(graph: &Graph, path: &str) -> Option<String> {
    let (model, rest) = graph.route(path.strip_suffix('/').unwrap_or(path))?;
    let parts: Vec<&str> = rest.split('/').skip(1).take(4).collect();
    let verbs = [Verb::Get, Verb::Head, Verb::Post, Verb::Put, Verb::Patch, Verb::Delete];
    let known = |verb: &Verb| {
        matching(model, *verb, &parts).is_some() || *verb == Verb::Head && matching(model, Verb::Get, &parts).is_some()
    };
    let names: Vec<&str> = verbs.into_iter().filter(known).map(Verb::as_str).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Words beat parameters: `/count` is the method, not an id.
fn matching<'g, 'p>(model: &'g ModelNode, verb: Verb, parts: &[&'p str]) -> Option<(&'g MethodNode, Option<&'p str>)> {
    let mut by_id = None;
    for method in &model.methods {
        for route in &method.routes {
            if route.verb != verb || route.segments.len() != parts.len() {
                continue;
            }
            let mut id = None;
            let fits = route.segments.iter().zip(parts).all(|(segment, part)| match segment {
                Segment::Literal(word) => word.eq_ignore_ascii_case(part),
                Segment::Param(_) => {
                    id = Some(*part);
                    !part.is_empty()
                }
            });
            if !fits {
                continue;
            }
            if !matches!(route.segments.first(), Some(Segment::Param(_))) {
                return Some((method, id));
            }
            by_id = by_id.or(Some((method, id)));
        }
    }
    by_id
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
