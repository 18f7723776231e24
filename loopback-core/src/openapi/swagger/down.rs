//! Schemas and responses of OpenAPI 3.1 as Swagger 2.0 can say them. What it cannot say is left out, so that a schema never
//! refuses what the server takes.

use serde_json::{Map, Value as Json, json};

/// Keywords that mean the same in both.
const SAME: &[&str] = &[
    "format",
    "title",
    "description",
    "default",
    "multipleOf",
    "maximum",
    "minimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxProperties",
    "minProperties",
    "required",
];

/// A schema.
pub(super) fn schema(from: &Json) -> Json {
    let Some(object) = from.as_object() else { return json!({}) };
    if let Some(to) = object.get("$ref").and_then(Json::as_str) {
        return json!({ "$ref": reference(to) });
    }
    if let Some(Json::Array(options)) = object.get("anyOf") {
        return any_of(options);
    }
    let mut to = Map::new();
    let (kind, nullable) = kind(object.get("type"));
    if let Some(kind) = kind {
        to.insert("type".into(), kind.into());
    }
    if nullable {
        to.insert("x-nullable".into(), true.into());
    }
    for key in SAME {
        match object.get(*key) {
            Some(value) if !value.is_null() => drop(to.insert((*key).to_owned(), value.clone())),
            _ => {}
        }
    }
    if let Some(Json::Array(values)) = object.get("enum") {
        let values: Vec<&Json> = values.iter().filter(|value| !value.is_null()).collect();
        if !values.is_empty() {
            to.insert("enum".into(), json!(values));
        }
    }
    if let Some(value) = object.get("const") {
        to.insert("enum".into(), json!([value]));
    }
    if object.contains_key("contentEncoding") {
        to.insert("format".into(), "byte".into());
    }
    if object.get("writeOnly") == Some(&Json::Bool(true)) {
        to.insert("x-writeOnly".into(), true.into());
    }
    if let Some(Json::Object(properties)) = object.get("properties") {
        let properties: Map<_, _> = properties.iter().map(|(name, part)| (name.clone(), schema(part))).collect();
        to.insert("properties".into(), properties.into());
    }
    match object.get("additionalProperties") {
        Some(Json::Bool(free)) => drop(to.insert("additionalProperties".into(), (*free).into())),
        Some(part) => drop(to.insert("additionalProperties".into(), schema(part))),
        None => {}
    }
    if to.get("type") == Some(&json!("array")) {
        to.insert("items".into(), schema(object.get("items").unwrap_or(&Json::Null)));
    }
    to.into()
}

/// The type, and whether it may be null. Of several types none.
fn kind(from: Option<&Json>) -> (Option<&str>, bool) {
    match from {
        Some(Json::String(one)) => (Some(one), false),
        Some(Json::Array(several)) => {
            let mut types = several.iter().filter_map(Json::as_str).filter(|one| *one != "null");
            let (one, more) = (types.next(), types.next());
            (one.filter(|_| more.is_none()), several.iter().any(|one| one == "null"))
        }
        _ => (None, false),
    }
}

/// One of several. Swagger 2.0 has no word for it: of an instance and a list of them it is the instance, as in LoopBack.
fn any_of(options: &[Json]) -> Json {
    let values: Vec<&Json> = options.iter().filter(|option| option["type"] != "null").collect();
    match values[..] {
        [one] if one.get("$ref").is_some() => schema(one),
        [one] => {
            let mut one = schema(one);
            if values.len() < options.len() {
                one["x-nullable"] = true.into();
            }
            one
        }
        [one, list] if list["items"] == *one => schema(one),
        _ if values.iter().all(|one| one.get("$ref").is_some() || one["type"] == "object") => {
            json!({ "type": "object" })
        }
        _ => json!({}),
    }
}

/// An answer, or a reference to one.
pub(super) fn response(from: &Json) -> Json {
    if let Some(to) = from["$ref"].as_str() {
        return json!({ "$ref": reference(to) });
    }
    let mut to = json!({ "description": from["description"] });
    let content = &from["content"];
    if !content["application/json"].is_null() {
        to["schema"] = schema(&content["application/json"]["schema"]);
        if !content["application/json"]["example"].is_null() {
            to["examples"] = json!({ "application/json": content["application/json"]["example"] });
        }
    } else if !content["application/octet-stream"].is_null() {
        to["schema"] = json!({ "type": "file" });
    } else if !content["text/event-stream"].is_null() {
        to["schema"] = json!({ "type": "string" });
    }
    if let Some(headers) = from.get("headers").and_then(Json::as_object) {
        let headers = headers.iter().map(|(name, header)| (name.clone(), schema(&header["schema"])));
        to["headers"] = headers.collect::<Map<_, _>>().into();
    }
    to
}

fn reference(to: &str) -> String {
    to.replace("#/components/schemas/", "#/definitions/").replace("#/components/responses/", "#/responses/")
}

/// The definitions that something refers to.
pub(super) fn references(json: &Json) -> Vec<String> {
    let mut found = Vec::new();
    collect(json, &mut found);
    found
}

fn collect(json: &Json, found: &mut Vec<String>) {
    match json {
        Json::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(|to| to.as_str()?.strip_prefix("#/definitions/")) {
                found.push(name.to_owned());
            }
            map.values().for_each(|part| collect(part, found));
        }
        Json::Array(list) => list.iter().for_each(|part| collect(part, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{any_of, response, schema};
    use serde_json::json;

    #[test]
    fn what_swagger_cannot_say_is_left_out() {
        for (from, to) in [
            (json!({ "type": ["string", "null"] }), json!({ "type": "string", "x-nullable": true })),
            (json!({ "type": ["string", "number"] }), json!({})),
            (json!({ "$ref": "#/components/schemas/A", "description": "x" }), json!({ "$ref": "#/definitions/A" })),
            (json!({ "const": "a" }), json!({ "enum": ["a"] })),
            (json!({ "type": "string", "enum": ["a", null] }), json!({ "type": "string", "enum": ["a"] })),
            (json!({ "type": "string", "contentEncoding": "base64" }), json!({ "type": "string", "format": "byte" })),
            (json!({ "type": "array", "prefixItems": [{}] }), json!({ "type": "array", "items": {} })),
            (json!({ "not": { "enum": [1] }, "default": null }), json!({})),
            (
                json!({ "type": "object", "properties": { "a": { "writeOnly": true } }, "additionalProperties": false }),
                json!({ "type": "object", "properties": { "a": { "x-writeOnly": true } }, "additionalProperties": false }),
            ),
        ] {
            assert_eq!(schema(&from), to, "{from}");
        }
    }

    #[test]
    fn of_one_or_a_list_it_is_the_one() {
        let one = json!({ "$ref": "#/components/schemas/A" });
        assert_eq!(
            any_of(&[one.clone(), json!({ "type": "array", "items": one })]),
            json!({ "$ref": "#/definitions/A" })
        );
        assert_eq!(any_of(&[one.clone(), json!({ "type": "null" })]), json!({ "$ref": "#/definitions/A" }));
        assert_eq!(any_of(&[one, json!({ "type": "object" })]), json!({ "type": "object" }));
        assert_eq!(
            any_of(&[json!({ "type": "array", "items": {} }), json!({ "type": "null" })]),
            json!({ "type": "array", "items": {}, "x-nullable": true })
        );
        assert_eq!(any_of(&[json!({ "type": "string" }), json!({ "type": "number" })]), json!({}));
    }

    #[test]
    fn an_answer_is_its_schema_or_a_file() {
        let json = json!({ "description": "d", "content": { "application/json": { "schema": { "type": "number" } } } });
        assert_eq!(response(&json), json!({ "description": "d", "schema": { "type": "number" } }));
        let file = json!({ "description": "d", "content": { "application/octet-stream": { "schema": {} } } });
        assert_eq!(response(&file), json!({ "description": "d", "schema": { "type": "file" } }));
        assert_eq!(response(&json!({ "$ref": "#/components/responses/X" })), json!({ "$ref": "#/responses/X" }));
    }
}
