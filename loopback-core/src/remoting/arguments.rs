//! Arguments of remote methods from a path and a query string.

use super::json;
use crate::error::{Error, Result};
use crate::filter::{Filter, Where, parse_filter, parse_where, qs};
use crate::graph::{Kind, ModelNode};
use crate::value::Value;
use serde_json::{Map, Value as Json};

/// The id in a path. It is read by the type of the id and nothing else: no JSON, no exponents, no spaces.
///
/// # Errors
/// 400: the text is not of the id's type.
pub(crate) fn id(model: &ModelNode, text: &str) -> Result<Value> {
    let kind = &model.id_property().kind;
    let value = match kind {
        // What is written otherwise than the number itself (`01`, `+1`) is no id.
        Kind::Integer { .. } => text.parse::<i64>().ok().filter(|n| n.to_string() == text).map(Value::Int),
        Kind::Uuid => text.parse().ok().map(Value::Uuid),
        _ => (!text.contains('\0')).then(|| Value::Text(text.to_owned())),
    };
    value.ok_or_else(|| {
        Error::bad_request(format!("the id `{}` of {} is not {}", shortened(text), model.name, kind.describe()))
            .with_code("INVALID_ID")
    })
}

/// Where the objects among the arguments are: still text in a query string, or read, perhaps changed by hooks.
#[derive(Clone, Copy)]
pub(crate) enum Objects<'a> {
    Query(Option<&'a str>),
    Read(&'a Map<String, Json>),
}

impl Objects<'_> {
    /// An argument; `null` when there is none.
    pub(super) fn get(self, name: &str) -> Result<Json> {
        match self {
            Self::Query(None) => Ok(Json::Null),
            Self::Query(Some(query)) => object(query, name),
            Self::Read(args) => Ok(args.get(name).cloned().unwrap_or_default()),
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// An argument of the query string that is an object: as JSON, or as `name[key]=value`.
///
/// # Errors
/// 400: it cannot be read, or stands twice.
fn object(query: &str, name: &str) -> Result<Json> {
    let text = match qs::plain(query, name) {
        Some(None) => return Ok(Json::Null),
        Some(Some(text)) => text.into_owned(),
        None => {
            let parsed = qs::parse(query).map_err(|error| Error::bad_request(error.to_string()))?;
            match parsed {
                Json::Object(mut map) => match map.remove(name) {
                    None => return Ok(Json::Null),
                    Some(Json::String(text)) => text,
                    Some(other) => return Ok(other),
                },
                _ => return Ok(Json::Null),
            }
        }
    };
    let text = text.trim();
    if text.is_empty() {
        return Ok(Json::Null);
    }
    match json::parse(text.as_bytes()) {
        Ok(json) => Ok(json),
        // LoopBack's words for an object that is none; with the reason, so that a typo is found.
        Err(error) => Err(Error::bad_request(format!("Value is not an object. `{name}`: {}", error.message()))),
    }
}

/// The argument `filter`.
pub(super) fn filter(args: Objects<'_>) -> Result<Filter> {
    match args {
        Objects::Query(None) => Ok(Filter::default()),
        args => parse_filter(args.get("filter")?),
    }
}

/// The argument `filter` of a method that answers with one instance.
///
/// # Errors
/// 400: it has more than `fields` and `include`.
pub(super) fn instance_filter(args: Objects<'_>) -> Result<Filter> {
    let filter = filter(args)?;
    if filter.condition.is_some() || !filter.order.is_empty() || filter.limit.is_some() || filter.skip.is_some() {
        return Err(Error::bad_request("a filter of one instance takes `fields` and `include` alone")
            .with_code("INVALID_FILTER"));
    }
    Ok(filter)
}

/// The argument `where`.
pub(super) fn condition(args: Objects<'_>) -> Result<Option<Where>> {
    parse_where(args.get("where")?)
}

/// The argument `where` of a write. `{}` means every row; what has no condition but empty lists (`{"or": []}`) is not
/// taken for that. Differs from LoopBack, which changes every row.
pub(super) fn condition_of_write(args: Objects<'_>) -> Result<Option<Where>> {
    let json = args.get("where")?;
    let every = json.as_object().is_none_or(Map::is_empty);
    match parse_where(json)? {
        None if !every => {
            Err(Error::bad_request("the `where` has no condition; for every row write `{}`")
                .with_code("INVALID_FILTER"))
        }
        condition => Ok(condition),
    }
}

/// Whether the argument `where` is there at all, `{}` included.
pub(super) fn has_where(args: Objects<'_>) -> Result<bool> {
    if let Objects::Query(Some(query)) = args
        && let Some(found) = qs::plain(query, "where")
    {
        return Ok(found.is_some());
    }
    Ok(!args.get("where")?.is_null())
}
