//! LoopBack's types of properties. Answers to juggler `lib/types.js` and the documentation's "LoopBack types".

use super::intern;
use super::outline::Outline;
use crate::meta::{FieldDef, KindDef, ModelDef, ObjectDef, PropertyDef};
use crate::suggest::did_you_mean;
use serde_json::Value as Json;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// The names of types.
const TYPES: [&str; 16] = [
    "string", "number", "integer", "boolean", "date", "object", "array", "any", "buffer", "geopoint", "text", "json",
    "decimal", "uuid", "bool", "bigint",
];

/// Whole numbers of LoopBack: ids and `integer`.
pub(super) const INTEGER: KindDef = KindDef::Integer { min: i64::MIN, max: i64::MAX };

/// Models that types may name.
pub(super) struct Models<'a, 'o> {
    pub(super) outlines: &'a [Outline<'o>],
    pub(super) known: &'a HashMap<&'a str, &'static ModelDef>,
    /// What has been made of models as types.
    made: RefCell<HashMap<String, KindDef>>,
    /// The fields of the type that is being read, so far.
    fields: Cell<usize>,
}

impl<'a, 'o> Models<'a, 'o> {
    pub(super) fn new(outlines: &'a [Outline<'o>], known: &'a HashMap<&'a str, &'static ModelDef>) -> Self {
        Self { outlines, known, made: RefCell::default(), fields: Cell::new(0) }
    }
}

/// How deep types can stand in each other.
const MAX_DEPTH: usize = 8;

/// How many fields a type can have, those of the types in it included.
const MAX_FIELDS: usize = 2_000;

/// The kind of a type as a definition writes it: a name, `["string"]`, or an object of properties. `path` has the models in
/// which it stands: what leads back to one of them is any JSON there.
///
/// # Errors
/// What is wrong with it.
pub(super) fn kind(json: &Json, models: &Models<'_, '_>, path: &[&str]) -> Result<KindDef, String> {
    models.fields.set(0);
    inner(json, models, path, 0)
}

fn inner(json: &Json, models: &Models<'_, '_>, path: &[&str], depth: usize) -> Result<KindDef, String> {
    models.fields.set(models.fields.get() + 1);
    if models.fields.get() > MAX_FIELDS {
        return Err(format!("the type has more than {MAX_FIELDS} fields, those of the types in it included"));
    }
    if depth > MAX_DEPTH {
        return Err(format!("types stand in each other more than {MAX_DEPTH} deep"));
    }
    match json {
        Json::String(name) => named(name, models, path, depth),
        Json::Array(items) => match items.as_slice() {
            [] => Ok(KindDef::Array(&KindDef::Any)),
            [item] => Ok(KindDef::Array(intern::kind(inner(type_of(item), models, path, depth + 1)?))),
            _ => Err("a list has one type of items".into()),
        },
        Json::Object(map) => {
            let fields = map.iter().map(|(name, json)| {
                let kind = inner(type_of(json), models, path, depth + 1).map_err(|why| format!("{name}: {why}"))?;
                let doc = json.get("description").and_then(Json::as_str).unwrap_or_default();
                Ok(field(intern::text(name), kind, false, intern::text(doc)))
            });
            Ok(object("object", fields.collect::<Result<_, String>>()?))
        }
        other => Err(format!("is no type: {other}")),
    }
}

const fn field(name: &'static str, kind: KindDef, hidden: bool, doc: &'static str) -> FieldDef {
    FieldDef { name, kind, required: false, hidden, doc }
}

/// The type in `{"type": "string", "required": true}`; what has no `type` is one itself.
pub(super) fn type_of(json: &Json) -> &Json {
    match json.get("type") {
        Some(inner) if json.is_object() && is_type(inner) => inner,
        _ => json,
    }
}

/// A property named `type` in an object of properties is none: its own type says so.
fn is_type(json: &Json) -> bool {
    json.is_string() || json.is_array() || json.is_object()
}

fn named(name: &str, models: &Models<'_, '_>, path: &[&str], depth: usize) -> Result<KindDef, String> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "string" | "text" | "objectid" => KindDef::String,
        "number" => KindDef::Number,
        "integer" | "bigint" => INTEGER,
        "boolean" | "bool" => KindDef::Boolean,
        "date" => KindDef::DateTime,
        "datestring" => KindDef::Date,
        "buffer" | "binary" => KindDef::Bytes,
        "geopoint" => KindDef::GeoPoint,
        "decimal" => KindDef::Decimal,
        "uuid" => KindDef::Uuid,
        "object" | "any" | "json" => KindDef::Any,
        "array" => KindDef::Array(&KindDef::Any),
        _ => return of_model(name, models, path, depth),
    })
}

/// A model as a type: data of its shape. What is hidden in it is hidden here.
fn of_model(name: &str, models: &Models<'_, '_>, path: &[&str], depth: usize) -> Result<KindDef, String> {
    if path.contains(&name) {
        return Ok(KindDef::Any);
    }
    // What leads back to a model on the way is another kind there.
    let whole = path.is_empty();
    if let Some(kind) = models.made.borrow().get(name).filter(|_| whole) {
        return Ok(*kind);
    }
    let mut within = path.to_vec();
    within.push(name);
    let kind = match models.outlines.iter().find(|outline| outline.name == name) {
        Some(outline) => {
            let hidden = |name: &str| {
                let lists = ["hidden", "protected"].into_iter().filter_map(|key| outline.map.get(key));
                lists
                    .into_iter()
                    .any(|list| *list == name || list.as_array().is_some_and(|l| l.iter().any(|n| n == name)))
            };
            let mut all = match outline.base().map(|base| of_model(base, models, &within, depth + 1)) {
                Some(Ok(KindDef::Object(base))) => base.fields.to_vec(),
                _ => Vec::new(),
            };
            for (name, json) in outline.properties() {
                let kind = inner(type_of(json), models, &within, depth + 1)?;
                let was_hidden = all.iter().any(|field| field.name == name && field.hidden);
                all.retain(|field| field.name != name);
                let own = json.get("hidden").is_some_and(|on| *on == true);
                all.push(field(intern::text(name), kind, was_hidden || own || hidden(name), ""));
            }
            object(name, all)
        }
        None => match models.known.get(name) {
            Some(def) => {
                let of = |p: &PropertyDef| field(p.name, p.kind, p.hidden || p.protected, p.doc);
                object(name, def.properties.iter().map(of).collect())
            }
            None => {
                let all = models.outlines.iter().map(|outline| &*outline.name);
                let hint = did_you_mean(name, TYPES.into_iter().chain(all));
                let types = TYPES[..10].join(", ");
                return Err(format!("there is no type `{name}`{hint}; types: {types}, a model, a list `[\"string\"]`"));
            }
        },
    };
    if whole {
        models.made.borrow_mut().insert(name.to_owned(), kind);
    }
    Ok(kind)
}

fn object(name: &str, fields: Vec<FieldDef>) -> KindDef {
    KindDef::Object(intern::object(ObjectDef { name: intern::text(name), fields: intern::fields(fields) }))
}
