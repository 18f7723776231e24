//! JSON to [`Filter`]. What cannot be understood is a 400 that says what it is; nothing is ignored.

use super::{Fields, Filter, Include, Operator, OrderBy, Where};
use crate::error::{Error, Result};
use crate::suggest::did_you_mean;
use serde_json::{Map, Value as Json};

/// How much there may be of a condition.
#[derive(Clone, Copy)]
struct Limits {
    depth: usize,
    conditions: usize,
}

impl Limits {
    /// Of a client. The depth is LoopBack's own limit for queries over REST (`maxDepthOfQuery`).
    const CLIENT: Self = Self { depth: 12, conditions: 1_000 };
    /// Of the application's own code, which puts more around what a client has asked.
    const OWN: Self = Self { depth: 100, conditions: 100_000 };
}

const KEYS: [&str; 7] = ["where", "order", "limit", "skip", "offset", "fields", "include"];

/// Reads a filter. `null` is no filter.
///
/// # Errors
/// 400: not an object, an unknown key or operator, a limit that is no whole number above 0, and the like.
pub fn parse_filter(json: Json) -> Result<Filter> {
    filter_at(json, &mut Includes { limits: Limits::CLIENT, depth: 0, count: 0 })
}

/// As [`parse_filter`], of the application's own code.
///
/// # Errors
/// As [`parse_filter`].
pub(crate) fn own_filter(json: Json) -> Result<Filter> {
    filter_at(json, &mut Includes { limits: Limits::OWN, depth: 0, count: 0 })
}

/// Relations in one filter, and how deep they stand in each other.
struct Includes {
    /// Those of each condition.
    limits: Limits,
    depth: usize,
    count: usize,
}

/// Relations inside relations.
const MAX_INCLUDE_DEPTH: usize = 6;
/// Relations in one filter.
const MAX_INCLUDES: usize = 50;

fn filter_at(json: Json, includes: &mut Includes) -> Result<Filter> {
    let map = match json {
        Json::Null => return Ok(Filter::default()),
        Json::Object(map) => map,
        _ => return Err(as_loopback("Value is not an object.")),
    };
    let mut filter = Filter::default();
    let mut offset = None;
    for (key, value) in map {
        if value.is_null() {
            continue;
        }
        match key.as_str() {
            "where" => filter.condition = condition(value, includes.limits)?,
            "order" => filter.order = order(value)?,
            "limit" => filter.limit = Some(count("limit", 1, &value)?),
            "skip" => filter.skip = Some(count("offset/skip", 0, &value)?),
            "offset" => offset = Some(count("offset/skip", 0, &value)?),
            "fields" => filter.fields = fields(value)?,
            "include" => filter.include = include(value, includes)?,
            _ => {
                let hint = did_you_mean(&key, KEYS);
                return Err(invalid(format!("the filter has an unknown key `{key}`{hint}")));
            }
        }
    }
    match (filter.skip, offset) {
        (Some(skip), Some(offset)) if skip != offset => {
            return Err(invalid("the filter has both `skip` and `offset`, with different numbers"));
        }
        (None, offset) => filter.skip = offset,
        _ => {}
    }
    Ok(filter)
}

/// Reads a condition. `null` and `{}` are no condition; neither is an empty list of `and`, `or` or `nor`, wherever it
/// stands, as in LoopBack.
///
/// # Errors
/// 400: not an object, an unknown operator, an empty object as an item of `and`, `or` or `nor`, nested too deep.
pub fn parse_where(json: Json) -> Result<Option<Where>> {
    condition(json, Limits::CLIENT)
}

/// As [`parse_where`], of the application's own code.
///
/// # Errors
/// As [`parse_where`].
pub(crate) fn own_where(json: Json) -> Result<Option<Where>> {
    condition(json, Limits::OWN)
}

fn condition(json: Json, limits: Limits) -> Result<Option<Where>> {
    match json {
        Json::Null => Ok(None),
        Json::Object(map) => Parser { limits, conditions: 0 }.object(map, 1),
        _ => Err(as_loopback("Value is not an object.")),
    }
}

/// What LoopBack refuses too: in its words, and without a code, as there.
pub(crate) fn as_loopback(message: impl Into<String>) -> Error {
    Error::bad_request(message.into())
}

fn invalid(message: impl Into<String>) -> Error {
    Error::bad_request(message.into()).with_code("INVALID_FILTER")
}

struct Parser {
    limits: Limits,
    conditions: usize,
}

impl Parser {
    fn object(&mut self, map: Map<String, Json>, depth: usize) -> Result<Option<Where>> {
        if depth > self.limits.depth {
            let message = format!("The query object exceeds the max depth of {}", self.limits.depth);
            return Err(Error::bad_request(message).with_code("QUERY_OBJECT_TOO_DEEP"));
        }
        let mut all = Vec::with_capacity(map.len());
        for (key, value) in map {
            let of: fn(Vec<Where>) -> Where = match key.as_str() {
                "and" => Where::And,
                "or" => Where::Or,
                "nor" => Where::Nor,
                _ if key.starts_with('$') => return Err(not_allowed(&key)),
                _ => {
                    match (not_operators(&value), value) {
                        (Some(unknown), Json::Object(map)) => {
                            if let Some(condition) = self.object(map, depth + 1)? {
                                let condition = Box::new(condition);
                                all.push(Where::Related { relation: key, condition, unknown });
                            }
                        }
                        (_, value) => self.property(key, value, &mut all)?,
                    }
                    continue;
                }
            };
            let list = self.list(&key, value, depth)?;
            if !list.is_empty() {
                all.push(of(list));
            }
        }
        Ok(if all.len() <= 1 { all.pop() } else { Some(Where::And(all)) })
    }

    fn list(&mut self, key: &str, value: Json, depth: usize) -> Result<Vec<Where>> {
        let items = list(value)
            .map_err(|value| as_loopback(format!("The {key} operator has invalid clauses {value}: {NO_LIST}")))?;
        let mut conditions = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Json::Object(map) if !map.is_empty() => conditions.extend(self.object(map, depth + 1)?),
                Json::Object(_) => return Err(invalid(format!("the `{key}` operator has an empty condition"))),
                _ => return Err(invalid(format!("the `{key}` operator needs a list of conditions"))),
            }
        }
        Ok(conditions)
    }

    fn property(&mut self, property: String, value: Json, all: &mut Vec<Where>) -> Result<()> {
        let mut operators = match value {
            Json::Object(operators) if operators.is_empty() => {
                return Err(invalid(format!("the condition of `{property}` is empty")));
            }
            Json::Object(operators) => operators,
            value => return self.add(Where::Compare { property, operator: Operator::Eq, value }, all),
        };
        let first = all.len();
        if let Some(near) = operators.remove("near") {
            let [min_distance, max_distance, unit] = ["minDistance", "maxDistance", "unit"]
                .map(|key| operators.remove(key).filter(|value| !value.is_null()));
            let near = Where::Near { property: property.clone(), near, min_distance, max_distance, unit };
            self.add(near, all)?;
        }
        // Several operators on one property all hold. Differs from LoopBack: it reads the first alone.
        for (name, value) in operators {
            let Some(operator) = Operator::of_name(&name) else {
                return Err(match name.as_str() {
                    "minDistance" | "maxDistance" | "unit" => {
                        invalid(format!("the condition of `{property}` has `{name}` without `near`"))
                    }
                    _ if name.starts_with('$') => not_allowed(&name),
                    _ => {
                        let hint = did_you_mean(&name, Operator::names().chain(["near"]));
                        invalid(format!("the condition of `{property}` has an unknown operator `{name}`{hint}"))
                    }
                });
            };
            self.add(Where::Compare { property: property.clone(), operator, value }, all)?;
        }
        if property.contains('.') && all.len() > first + 1 {
            let together = all.split_off(first);
            all.push(Where::Together(together));
        }
        Ok(())
    }

    fn add(&mut self, condition: Where, all: &mut Vec<Where>) -> Result<()> {
        self.conditions += 1;
        if self.conditions > self.limits.conditions {
            return Err(invalid(format!("the filter has more than {} conditions", self.limits.conditions)));
        }
        all.push(condition);
        Ok(())
    }
}

fn not_allowed(operator: &str) -> Error {
    Error::bad_request(format!("the operator `{operator}` is not allowed in a query"))
        .with_code("OPERATOR_NOT_ALLOWED_IN_QUERY")
}

/// LoopBack's words for what is no [`list`].
pub(crate) const NO_LIST: &str = "Value is not an array or object with sequential numeric indices";

/// A list, or an object that stands for one: brackets in a query string make `{"0": .., "1": ..}` of a list that is
/// longer than `qs` lets a list be. Gives back what is neither.
pub(crate) fn list(value: Json) -> Result<Vec<Json>, Json> {
    match value {
        Json::Array(items) => Ok(items),
        Json::Object(mut map) if !map.is_empty() && (0..map.len()).all(|at| map.contains_key(&at.to_string())) => {
            Ok((0..map.len()).filter_map(|at| map.remove(&at.to_string())).collect())
        }
        other => Err(other),
    }
}

/// The first key that is no operator, of an object that may be a condition on related rows.
fn not_operators(value: &Json) -> Option<String> {
    let map = value.as_object()?;
    let known = |key: &String| {
        let near = ["near", "minDistance", "maxDistance", "unit"].contains(&key.as_str());
        Operator::of_name(key).is_some() || key.starts_with('$') || near && map.contains_key("near")
    };
    map.keys().find(|key| !known(key)).cloned()
}

fn count(key: &str, least: u64, value: &Json) -> Result<u64> {
    let n = match value {
        Json::Number(n) => n.as_u64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    // What a database takes as a limit is a signed 64-bit number.
    n.filter(|n| *n >= least && *n <= i64::MAX as u64).ok_or_else(|| {
        // LoopBack takes a limit of 0 for none.
        let hint = if n == Some(0) { "; leave it out for all rows" } else { "" };
        as_loopback(format!("The {key} parameter {value} is not valid{hint}"))
    })
}

fn order(value: Json) -> Result<Vec<OrderBy>> {
    let bad = |value: &Json| as_loopback(format!("The order {value} is not valid"));
    let parts = match value {
        Json::String(text) => vec![text],
        value => list(value)
            .map_err(|value| bad(&value))?
            .into_iter()
            .map(|item| match item {
                Json::String(text) => Ok(text),
                other => Err(bad(&other)),
            })
            .collect::<Result<_>>()?,
    };
    let mut orders = Vec::new();
    for part in parts.iter().flat_map(|part| part.split(',')) {
        let mut words = part.split_whitespace();
        let Some(property) = words.next() else { continue };
        let descending = match (words.next(), words.next()) {
            (None, _) => false,
            (Some(word), None) if word.eq_ignore_ascii_case("asc") => false,
            (Some(word), None) if word.eq_ignore_ascii_case("desc") => true,
            _ => return Err(as_loopback(format!("The order {} has invalid direction", Json::from(part)))),
        };
        orders.push(OrderBy { property: property.to_owned(), descending });
    }
    Ok(orders)
}

fn names(key: &str, list: Vec<Json>) -> Result<Vec<String>> {
    list.into_iter()
        .map(|item| match item {
            Json::String(name) => Ok(name),
            other => Err(invalid(format!("`{key}` needs names, found {other}"))),
        })
        .collect()
}

fn fields(value: Json) -> Result<Option<Fields>> {
    Ok(match value {
        Json::String(name) => Some(Fields::Only(vec![name])),
        Json::Array(list) if list.is_empty() => None,
        Json::Array(list) => Some(Fields::Only(names("fields", list)?)),
        Json::Object(map) => {
            // A list of more names than `qs` lets a list have.
            let map = match list(Json::Object(map)) {
                Ok(listed) => return Ok(Some(Fields::Only(names("fields", listed)?))),
                Err(Json::Object(map)) => map,
                Err(_) => return Ok(None),
            };
            let (mut only, mut except) = (Vec::new(), Vec::new());
            for (name, value) in map {
                match &value {
                    Json::Bool(true) => only.push(name),
                    Json::Bool(false) => except.push(name),
                    Json::String(text) if text == "true" || text == "1" => only.push(name),
                    Json::String(text) if text == "false" || text == "0" => except.push(name),
                    Json::Number(n) if n.as_u64() == Some(1) => only.push(name),
                    Json::Number(n) if n.as_u64() == Some(0) => except.push(name),
                    other => return Err(invalid(format!("`fields.{name}` must be true or false, found {other}"))),
                }
            }
            match (only.is_empty(), except.is_empty()) {
                (false, _) => Some(Fields::Only(only)),
                (true, false) => Some(Fields::Except(except)),
                (true, true) => None,
            }
        }
        other => return Err(invalid(format!("`fields` needs a list of names or an object, found {other}"))),
    })
}

/// `"reviews"`, `["reviews", "tags"]`, `{"reviews": "author"}`, `{"relation": "reviews", "scope": {..}}`.
fn include(value: Json, includes: &mut Includes) -> Result<Vec<Include>> {
    let mut list = Vec::new();
    match value {
        Json::Null => {}
        Json::String(relation) => add(&mut list, named(relation, Filter::default(), includes)?)?,
        Json::Array(items) => {
            for item in items {
                for item in include(item, includes)? {
                    add(&mut list, item)?;
                }
            }
        }
        Json::Object(mut map) if map.contains_key("relation") => {
            let Some(Json::String(relation)) = map.remove("relation") else {
                return Err(invalid("`include.relation` must be a relation's name").with_code("INVALID_INCLUDE"));
            };
            let scope = map.remove("scope").unwrap_or_default();
            if let Some(key) = map.keys().next() {
                let hint = did_you_mean(key, ["relation", "scope"]);
                return Err(invalid(format!("`include` has an unknown key `{key}`{hint}")).with_code("INVALID_INCLUDE"));
            }
            let scope = deeper(includes, |includes| filter_at(scope, includes))?;
            add(&mut list, named(relation, scope, includes)?)?;
        }
        Json::Object(map) => {
            for (relation, inner) in map {
                let inner = match inner {
                    Json::Bool(true) => Json::Null,
                    inner => inner,
                };
                let include = deeper(includes, |includes| include(inner, includes))?;
                add(&mut list, named(relation, Filter { include, ..Filter::default() }, includes)?)?;
            }
        }
        other => {
            return Err(
                invalid(format!("`include` needs the name of a relation, found {other}")).with_code("INVALID_INCLUDE")
            );
        }
    }
    Ok(list)
}

fn named(relation: String, scope: Filter, includes: &mut Includes) -> Result<Include> {
    includes.count += 1;
    if includes.count > MAX_INCLUDES {
        return Err(
            invalid(format!("the filter includes more than {MAX_INCLUDES} relations")).with_code("INVALID_INCLUDE")
        );
    }
    Ok(Include { relation, scope })
}

fn deeper<T>(includes: &mut Includes, read: impl FnOnce(&mut Includes) -> Result<T>) -> Result<T> {
    includes.depth += 1;
    if includes.depth > MAX_INCLUDE_DEPTH {
        let message = format!("the filter includes relations more than {MAX_INCLUDE_DEPTH} deep");
        return Err(invalid(message).with_code("INVALID_INCLUDE"));
    }
    let read = read(includes);
    includes.depth -= 1;
    read
}

/// A relation that stands twice is one, when one of the two says nothing more than its name.
fn add(list: &mut Vec<Include>, item: Include) -> Result<()> {
    match list.iter_mut().find(|known| known.relation == item.relation) {
        None => list.push(item),
        Some(known) if item.scope == Filter::default() || item == *known => {}
        Some(known) if known.scope == Filter::default() => *known = item,
        Some(known) => {
            return Err(invalid(format!("`include` names `{}` twice, in two ways", known.relation))
                .with_code("INVALID_INCLUDE"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn several_operators_on_one_property_all_hold() {
        let parsed = parse_where(json!({ "price": { "gt": 1, "lt": 5 } })).unwrap();
        let Some(Where::And(list)) = parsed else { panic!("{parsed:?}") };
        assert_eq!(list.len(), 2);
    }

    #[test]
    fn operators_of_one_name_with_dots_stay_together() {
        let parsed = parse_where(json!({ "reviews.stars": { "gt": 1, "lt": 5 }, "a": { "gt": 1 } })).unwrap();
        let Some(Where::And(list)) = parsed else { panic!("{parsed:?}") };
        assert!(matches!(&list[..], [Where::Compare { .. }, Where::Together(two)] if two.len() == 2), "{list:?}");
    }

    #[test]
    fn text_of_a_query_string_stands_for_numbers_and_booleans() {
        let filter = parse_filter(json!({ "limit": "10", "offset": "5", "fields": { "name": "true" } })).unwrap();
        assert_eq!((filter.limit, filter.skip), (Some(10), Some(5)));
        assert_eq!(filter.fields, Some(Fields::Only(vec!["name".into()])));
    }

    #[test]
    fn empty_lists_are_no_condition() {
        for nothing in [
            json!({}),
            json!({ "and": [] }),
            json!({ "or": [], "and": [], "nor": [] }),
            json!({ "and": [{ "or": [] }] }),
            json!({ "nor": [{ "and": [{ "or": [] }] }] }),
        ] {
            assert_eq!(parse_where(nothing.clone()).unwrap(), None, "{nothing}");
        }
        let one = Where::Compare { property: "a".into(), operator: Operator::Eq, value: json!(1) };
        assert_eq!(parse_where(json!({ "or": [], "a": 1 })).unwrap(), Some(one.clone()));
        assert_eq!(parse_where(json!({ "or": [{ "or": [] }, { "a": 1 }] })).unwrap(), Some(Where::Or(vec![one])));
    }

    #[test]
    fn near_takes_its_distances_along() {
        let parsed = parse_where(json!({ "geo": { "near": "0,0", "maxDistance": 5, "unit": null, "neq": null } }));
        let Some(Where::And(list)) = parsed.unwrap() else { panic!("two conditions") };
        let near = Where::Near {
            property: "geo".into(),
            near: json!("0,0"),
            min_distance: None,
            max_distance: Some(json!(5)),
            unit: None,
        };
        assert_eq!(list[0], near);
        assert_eq!(list[1], Where::Compare { property: "geo".into(), operator: Operator::Neq, value: Json::Null });
    }

    #[test]
    fn objects_with_indexes_are_lists() {
        let listed = |json| list(json).ok();
        assert_eq!(listed(json!({ "0": "a", "1": "b" })), Some(vec![json!("a"), json!("b")]));
        let many: Map<String, Json> = (0..30).map(|n| (n.to_string(), json!(n))).collect();
        assert_eq!(listed(Json::Object(many)), Some((0..30).map(|n| json!(n)).collect()), "by number, not by text");
        for no_list in [json!({}), json!({ "1": 1 }), json!({ "0": 1, "2": 2 }), json!({ "0": 1, "01": 2 }), json!("0")]
        {
            assert_eq!(listed(no_list.clone()), None, "{no_list}");
        }
        let filter = parse_filter(json!({ "order": { "0": "a DESC" }, "fields": { "0": "a", "1": "b" } })).unwrap();
        assert_eq!(filter.order, [OrderBy { property: "a".into(), descending: true }]);
        assert_eq!(filter.fields, Some(Fields::Only(vec!["a".into(), "b".into()])));
    }

    #[test]
    fn errors_are_in_loopbacks_words() {
        for (bad, message) in [
            (json!({ "limit": -1 }), "The limit parameter -1 is not valid"),
            (json!({ "limit": "x" }), "The limit parameter \"x\" is not valid"),
            (json!({ "skip": -1 }), "The offset/skip parameter -1 is not valid"),
            (json!({ "order": "id SIDEWAYS" }), "The order \"id SIDEWAYS\" has invalid direction"),
            (json!({ "order": { "id": "DESC" } }), "The order {\"id\":\"DESC\"} is not valid"),
            (
                json!({ "where": { "and": { "id": 1 } } }),
                "The and operator has invalid clauses {\"id\":1}: Value is not an array or object with sequential numeric \
                 indices",
            ),
        ] {
            let error = parse_filter(bad).unwrap_err();
            assert_eq!((error.message(), error.code(), error.status()), (message, None, 400));
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in [
            json!([]),
            json!("x"),
            json!({ "limits": 1 }),
            json!({ "limit": 0 }),
            json!({ "limit": -1 }),
            json!({ "limit": 1.5 }),
            json!({ "limit": "10; x" }),
            json!({ "skip": -1 }),
            json!({ "skip": 1, "offset": 2 }),
            json!({ "order": "name DESC; DROP" }),
            json!({ "order": "name sideways" }),
            json!({ "order": { "name": 1 } }),
            json!({ "where": "x" }),
            json!({ "where": [] }),
            json!({ "where": { "or": "x" } }),
            json!({ "where": { "or": {} } }),
            json!({ "where": { "or": { "0": { "a": 1 }, "2": { "a": 1 } } } }),
            json!({ "where": { "nor": { "a": 1 } } }),
            json!({ "where": { "nor": [{}] } }),
            json!({ "where": { "and": [{}] } }),
            json!({ "where": { "name": {} } }),
            json!({ "where": { "name": { "$gt": "" } } }),
            json!({ "where": { "$where": "sleep(5000)" } }),
            json!({ "fields": 5 }),
            json!({ "fields": { "name": "perhaps" } }),
            json!({ "include": 5 }),
        ] {
            let error = parse_filter(bad.clone()).expect_err(&bad.to_string());
            assert_eq!(error.status(), 400, "{bad}");
        }
    }

    #[test]
    fn an_object_of_other_words_than_operators_is_a_condition_on_related_rows() {
        let parsed = parse_where(json!({ "reviews": { "stars": { "gt": 3 } } })).unwrap();
        let Some(Where::Related { relation, unknown, .. }) = parsed else { panic!("{parsed:?}") };
        assert_eq!((relation.as_str(), unknown.as_str()), ("reviews", "stars"));
    }

    #[test]
    fn includes_nest_six_deep_and_no_deeper() {
        let nest = |depth: usize| (1..depth).fold(json!("a"), |inner, _| json!({ "a": inner }));
        assert!(parse_filter(json!({ "include": nest(6) })).is_ok());
        assert_eq!(parse_filter(json!({ "include": nest(9) })).unwrap_err().code(), Some("INVALID_INCLUDE"));
        let many: Vec<Json> = (0..51).map(|at| json!(format!("r{at}"))).collect();
        assert_eq!(parse_filter(json!({ "include": many })).unwrap_err().status(), 400);
    }

    #[test]
    fn conditions_nest_twelve_deep_and_no_deeper() {
        let nest = |depth: usize| (1..depth).fold(json!({ "a": 1 }), |inner, _| json!({ "and": [inner] }));
        assert!(parse_where(nest(12)).is_ok());
        assert_eq!(parse_where(nest(13)).unwrap_err().code(), Some("QUERY_OBJECT_TOO_DEEP"));
    }
}
