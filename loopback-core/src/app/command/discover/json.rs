//! Models as LoopBack's model-definition JSON.

use super::draft::{Back, Draft, Field, Link};
use crate::connector::sql::schema::discover::FoundDefault;
use crate::graph::{Kind, snake_case};
use crate::meta::OnDelete;
use serde_json::{Map, Value as Json, json};

/// Digits of a decimal that needs no options.
const DECIMAL: (u32, u32) = (28, 10);

/// The definitions of models. `connector` is the key of the settings for their database, `source` is named where it is not
/// the default.
pub(super) fn definitions(drafts: &[Draft], connector: &str, source: Option<&str>) -> Vec<Json> {
    drafts.iter().map(|draft| definition(draft, connector, source)).collect()
}

fn definition(draft: &Draft, connector: &str, source: Option<&str>) -> Json {
    let mut map = Map::new();
    let mut set = |key: &str, value: Json| map.insert(key.to_owned(), value);
    set("name", draft.name.as_str().into());
    let notes: Vec<&str> = [&draft.doc].into_iter().chain(&draft.notes).map(String::as_str).collect();
    if let Some(text) = lines(&notes) {
        set("description", text);
    }
    if let Some(plural) = &draft.plural {
        set("plural", plural.as_str().into());
    }
    if let Some(source) = source {
        set("dataSource", source.into());
    }
    if draft.free {
        set("strict", false.into());
    }
    if draft.gives_ids {
        set("forceId", false.into());
    }
    if snake_case(&draft.name) != draft.table {
        set(connector, json!({ "table": draft.table }));
    }
    let properties = draft.fields.iter().map(|field| (field.json.clone(), property(field, draft, connector)));
    set("properties", Json::Object(properties.collect()));
    let inclusions = draft.fields.iter().filter_map(|field| match &field.kind {
        Kind::Enum(words) => Some(json!(["inclusion", field.json, { "in": words }])),
        _ => None,
    });
    let validations: Vec<Json> = inclusions.collect();
    if !validations.is_empty() {
        set("validations", validations.into());
    }
    let keys = draft.fields.iter().filter_map(|field| Some((field.link.as_ref()?, field)));
    let keys = keys.map(|(link, field)| (link.json.clone(), belongs_to(link, field)));
    let relations: Map<String, Json> =
        keys.chain(draft.backs.iter().map(|back| (back.json.clone(), other_end(back)))).collect();
    if !relations.is_empty() {
        set("relations", Json::Object(relations));
    }
    let indexes = draft.indexes.iter().map(|index| {
        let names: Vec<&str> = index.fields.iter().map(|at| draft.fields[*at].json.as_str()).collect();
        // A list, for the order counts.
        let mut json = json!({ "keys": names });
        if index.unique {
            json["options"] = json!({ "unique": true });
        }
        (format!("{}{}", names.join("_"), if index.unique { "_unique" } else { "" }), json)
    });
    let indexes: Map<String, Json> = indexes.collect();
    if !indexes.is_empty() {
        set("indexes", Json::Object(indexes));
    }
    Json::Object(map)
}

/// A text, or a list of lines; nothing of nothing.
fn lines(texts: &[&str]) -> Option<Json> {
    let lines: Vec<&str> = texts.iter().flat_map(|text| text.lines()).filter(|line| !line.trim().is_empty()).collect();
    match lines.as_slice() {
        [] => None,
        [one] => Some((*one).into()),
        several => Some(several.into()),
    }
}

fn property(field: &Field, draft: &Draft, connector: &str) -> Json {
    let mut map = Map::new();
    let mut set = |key: &str, value: Json| map.insert(key.to_owned(), value);
    set("type", type_of(&field.kind).into());
    if field.id {
        set("id", true.into());
    }
    if field.generated {
        set("generated", true.into());
    } else if !field.nullable {
        set("required", true.into());
    }
    if field.unique {
        set("index", json!({ "unique": true }));
    } else if field.index {
        set("index", true.into());
    } else if field.link.is_some() && begins_an_index(field, draft) {
        // A key has an index of its own, unless this says that another one serves.
        set("index", false.into());
    }
    match &field.default {
        FoundDefault::None | FoundDefault::Other(_) => {}
        FoundDefault::Literal(value) => {
            set("default", value.clone());
        }
        FoundDefault::Now => {
            set("defaultFn", "now".into());
        }
        FoundDefault::Uuid => {
            set("defaultFn", "uuid".into());
        }
    }
    if let Some(length) = field.length {
        set("length", length.into());
    }
    let mut options = Map::new();
    if snake_case(&field.json) != field.column {
        options.insert("columnName".into(), field.column.as_str().into());
    }
    if let Kind::Decimal { precision, scale } = field.kind
        && (precision, scale) != DECIMAL
    {
        options.insert("dataPrecision".into(), precision.into());
        options.insert("dataScale".into(), scale.into());
    }
    let notes: Vec<&str> = [&field.doc].into_iter().chain(&field.notes).map(String::as_str).collect();
    if let Some(text) = lines(&notes) {
        set("description", text);
    }
    if !options.is_empty() {
        set(connector, Json::Object(options));
    }
    Json::Object(map)
}

fn begins_an_index(field: &Field, draft: &Draft) -> bool {
    let first = draft.indexes.iter().filter_map(|index| draft.fields.get(*index.fields.first()?));
    first.into_iter().any(|first| first.column == field.column)
}

fn type_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::String | Kind::Enum(_) => "string",
        Kind::Integer { .. } => "integer",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::DateTime => "date",
        Kind::Date => "datestring",
        Kind::Decimal { .. } => "decimal",
        Kind::Uuid => "uuid",
        Kind::Bytes => "buffer",
        Kind::GeoPoint => "geopoint",
        Kind::Array(_) => "array",
        Kind::Object(_) | Kind::Any => "any",
    }
}

fn belongs_to(link: &Link, field: &Field) -> Json {
    let mut json = json!({ "type": "belongsTo", "model": link.model, "foreignKey": field.json });
    if let Some(to) = &link.to {
        json["primaryKey"] = to.json.as_str().into();
    }
    match link.on_delete {
        OnDelete::Restrict => {}
        OnDelete::Cascade => json["options"] = json!({ "onDelete": "cascade" }),
        OnDelete::SetNull => json["options"] = json!({ "onDelete": "setNull" }),
    }
    if link.unsaid.is_some() {
        json["options"] = json!({ "foreignKeyConstraint": false });
    }
    json
}

fn other_end(back: &Back) -> Json {
    let kind = if back.one { "hasOne" } else { "hasMany" };
    let mut json = json!({ "type": kind, "model": back.model, "foreignKey": back.key });
    if let Some(key) = &back.primary_key {
        json["primaryKey"] = key.as_str().into();
    }
    if let Some(through) = &back.through {
        json["through"] = through.model.as_str().into();
        json["keyThrough"] = through.key.as_str().into();
    }
    json
}
